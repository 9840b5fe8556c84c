"""How files reach a candidate's container: on its attached standard input, made in memory by the worker.

Never a bind mount, `docker cp` or the archive API: they would tie the worker to the engine's own machine,
and the latter two have a history of escapes when the container has run hostile code.

The container does not know yet what it will be asked to run: it waits, in trusted code of the image (the
spec's `waiting` command, `WAITING` unless it names another), and learns everything from this stream:

1. One line of printable ASCII, `<archive bytes> <input> <words>`, ended by a newline.

   archive bytes   decimal: the size of part 2
   input           'stdin': the program reads part 3; 'null': its standard input is /dev/null
   words           `NAME=value` for each addition to the environment, the word `exec`, the command and its
                   arguments: a line of shell, each word quoted as `shlex.quote` does, one blank between
                   them. In it every byte that is a backslash or not printable ASCII is written as `\\0` and
                   three octal digits.

2. The archive: a tar of exactly that many bytes, to be unpacked into `WORK`. The file times are not kept.
3. With 'stdin', the program's standard input, up to the end of the stream.

Whoever waits must not read beyond part 2, and becomes the program (`exec`, or the like of it) with the
working directory `WORK`. It exits with `NOT_UNPACKED` if the line is not whole or the archive does not fit.
"""

import io
import re
import shlex
import tarfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from sandbox.errors import PodError
from sandbox.spec import WORK

NOT_UNPACKED = 125
"""Exit code of a container that could not take its files."""

_MODIFIED = 946_684_800
"""2000-01-01: the same for every file, so that a tar depends on nothing but its content."""

_WAIT = f"""read -r size input words || exit {NOT_UNPACKED}
case $words in *\\\\*) words=$(printf %b "$words") ;; esac
head -c "$size" | tar -x -o -m -f - -C {WORK} || exit {NOT_UNPACKED}
[ "$input" = stdin ] || exec </dev/null
eval "$words"
"""
WAITING = ("/bin/sh", "-c", _WAIT)
"""Waits for a delivery. `read` takes the line byte by byte and `head` exactly the archive, so that the rest
is left to the program. Needs sh, head and tar in the image."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def delivery(
    files: Mapping[str, bytes],
    command: tuple[str, ...],
    *,
    environment: Mapping[str, str],
    stdin: bytes | None,
) -> bytes:
    """All that goes to a waiting container's standard input; None: the program gets /dev/null.

    Raises PodError for a name or a path that cannot be sent: callers have checked that already.
    """
    data = archive(files)
    header = f"{len(data)} {'null' if stdin is None else 'stdin'} ".encode() + _words(command, environment)
    return header + b"\n" + data + (stdin or b"")


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return a tar of regular files and their folders, in a fixed order; what begins with '#!' is executable.

    Raises PodError for a path that is absolute or leaves the folder: callers have checked that already.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for folder in _folders(files):
            tar.addfile(_entry(folder, kind=tarfile.DIRTYPE, mode=0o755))
        for path, data in sorted(files.items()):
            mode = 0o755 if data.startswith(b"#!") else 0o644
            tar.addfile(_entry(path, kind=tarfile.REGTYPE, mode=mode, size=len(data)), io.BytesIO(data))
    return buffer.getvalue()


def _words(command: tuple[str, ...], environment: Mapping[str, str]) -> bytes:
    """The last part of the line. Raises PodError for what no program can be given."""
    if not command or "\0" in "".join((*command, *environment.values())):
        raise PodError(f"A container cannot be told to run {command!r}.")
    if wrong := [name for name in environment if not _NAME.fullmatch(name)]:
        raise PodError(f"An environment variable cannot be named {wrong[0]!r}.")
    given = [f"{name}={shlex.quote(value)}" for name, value in environment.items()]
    return _escape(" ".join([*given, "exec", *map(shlex.quote, command)]))


def _escape(text: str) -> bytes:
    """What `printf %b` of sh turns back. A lone surrogate, which no encoding has, becomes '?'."""
    return b"".join(
        bytes([byte]) if 32 <= byte < 127 and byte != 92 else b"\\0%03o" % byte
        for byte in text.encode(errors="replace")
    )


def _folders(files: Mapping[str, bytes]) -> list[str]:
    found: set[str] = set()
    for name in files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
            raise PodError(f"A file cannot be sent to a container under the name {name!r}.")
        found.update(str(parent) for parent in path.parents if str(parent) != ".")
    return sorted(found)


def _entry(path: str, *, kind: bytes, mode: int, size: int = 0) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.type, entry.mode, entry.size, entry.mtime = kind, mode, size, _MODIFIED
    return entry
