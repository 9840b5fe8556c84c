"""How files reach a container: as a tar on its attached standard input, made in memory by the worker.

Never a bind mount, `docker cp` or the archive API: they would tie the worker to the engine's own machine,
and the latter two have a history of escapes when the container has run hostile code.
"""

import io
import tarfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from sandbox.errors import PodError
from sandbox.spec import WORK

_MODIFIED = 946_684_800
"""2000-01-01: the same for every file, so that a tar depends on nothing but its content."""

_UNPACK = f'head -c "$1" | tar -x -o -m -f - -C {WORK} || exit 125; shift; exec "$@"'
"""`head` takes exactly the archive; what follows on standard input is left to the program."""


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


def unpacking(command: tuple[str, ...], *, archive_bytes: int, stdin: bool) -> tuple[str, ...]:
    """Wrap `command` so that it first unpacks an archive of that size. Needs sh, head and tar in the image.

    Afterwards standard input is what follows the archive if `stdin`, else /dev/null. Exit code 125: did not
    fit.
    """
    script = _UNPACK if stdin else f"{_UNPACK} </dev/null"
    return ("/bin/sh", "-c", script, "sh", str(archive_bytes), *command)


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
