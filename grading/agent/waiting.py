"""An interpreter that waits for a candidate's files with the modules imported that their program will need.

It reads a delivery (`sandbox.delivery` defines it), unpacks the files and becomes the program: `python3 [-u]
script.py arguments` or `python3 [-u] -m module arguments` goes on in this very process, as the interpreter
would have begun it. Everything else, and everything that is unusual, is `exec`: another command, a script
that does not compile, a file that shadows a module which is already imported, a thread that an import has
started.

Arguments: `--preload=a,b` names what to import; `--functions=8000` connects to the judge on that port and
serves the candidate's functions (`function`), with the processes of `--tests=10` forked ahead;
`--module=solution` serves at once, without a delivery.
"""

import contextlib
import gc
import importlib
import importlib.machinery
import io
import os
import re
import runpy
import select
import shlex
import signal
import sys
import tarfile
import types
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from . import function

NOT_UNPACKED = 125
SERVE_FUNCTIONS = "/usr/local/bin/serve-functions"
_ESCAPED = re.compile(rb"\\0([0-7]{3})")
_USER_SITE = ".local"
"""A folder of modules that an interpreter started now would take note of."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What is to be run, when the files are unpacked."""

    environment: dict[str, str]
    command: tuple[str, ...]


def main(arguments: Sequence[str]) -> None:
    """Becomes the candidate's program."""
    options = dict(argument.removeprefix("--").split("=", 1) for argument in arguments)
    if "module" in options:
        gc.enable()
        judge = function.connect(int(os.environ["PORT"]))
        function.serve(judge, function.no_children(judge), options["module"], str(Path.cwd()), {})
        return
    port = options.get("functions")
    modules = [name for name in options.get("preload", "").split(",") if name]
    if port:
        wait_with_children(int(port), modules, int(options["tests"]))
    else:
        preload(modules)
        delivery = receive(0)
        os.environ.update(delivery.environment)
        become(delivery.command)


def wait_with_children(port: int, modules: Sequence[str], tests: int) -> None:
    """Serves functions when they come, with the processes of so many tests at rest."""
    judge = function.connect(port)
    preload(modules)
    ready = function.no_children(judge)
    while tests and not _has_come():
        ready.rest()
        tests -= 1
    delivery = receive(0)
    if delivery.command[0] == SERVE_FUNCTIONS:
        function.serve(judge, ready, delivery.command[1], str(Path.cwd()), delivery.environment)
        os._exit(0)  # Without taking the interpreter down.
    else:
        ready.end()
        os.environ.update(delivery.environment)
        execute(delivery.command)


def preload(names: Sequence[str]) -> None:
    """Imports what is there, until a delivery arrives: from then on the program itself imports."""
    for name in names:
        if _has_come():
            break
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.freeze()
    gc.enable()


def _has_come() -> bool:
    return bool(select.select([0], [], [], 0)[0])


def receive(source: int) -> Delivery:
    """Reads header and archive, and not one byte of what follows them. Exits with 125 if that fails."""
    try:
        line = b""
        while not line.endswith(b"\n"):
            line += _read(source, 1)
        size, is_fed, delivery = parse(line)
        data = b"".join(_pieces(source, size))
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Not in 3.11.2.
            archive.extractall(Path.cwd())  # noqa: S202 - a filter is set wherever there is one.
    except (OSError, ValueError, EOFError, tarfile.TarError) as error:
        sys.stderr.write(f"The files could not be unpacked: {error}\n")
        sys.stderr.flush()
        os._exit(NOT_UNPACKED)
    if not is_fed:
        with Path(os.devnull).open("rb") as null:
            os.dup2(null.fileno(), 0)
    return delivery


def parse(line: bytes) -> tuple[int, bool, Delivery]:
    """Of a delivery's first line: bytes of the archive, whether standard input follows it, what is to be run.

    Raises ValueError.
    """
    size, stdin, escaped = line.rstrip(b"\n").split(b" ", 2)
    words = shlex.split(_ESCAPED.sub(lambda found: bytes([int(found[1], 8)]), escaped).decode())
    end = words.index("exec")
    environment = dict(word.split("=", 1) for word in words[:end])
    return int(size), stdin == b"stdin", Delivery(environment=environment, command=tuple(words[end + 1 :]))


def become(command: tuple[str, ...]) -> None:
    """Runs the program here if that is sure to be the same, else by `exec`."""
    arguments = command[2:] if command[1:2] == ("-u",) else command[1:]
    wants_unbuffered = "-u" in command[1:2] or bool(os.environ.get("PYTHONUNBUFFERED"))
    is_same = command[0] in ("python3", "python") and _is_unbuffered() == wants_unbuffered
    if not is_same or not arguments or not _is_usual():
        execute(command)
    sys.orig_argv[:] = command
    if arguments[0] == "-m" and len(arguments) > 1 and not _is_shadowed(Path.cwd()):
        _run_module(arguments[1], list(arguments[2:]))
    elif not arguments[0].startswith("-"):
        _run_script(arguments, command)
    else:
        execute(command)


def execute(command: tuple[str, ...]) -> NoReturn:
    """As a shell would: 127 for a program that is not there, 126 for one that cannot be run."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and a program would inherit that.
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606 - becoming the candidate's program is what it is for.
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.stderr.flush()
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)


def _run_script(arguments: tuple[str, ...], command: tuple[str, ...]) -> None:
    path = Path(arguments[0]).absolute()
    if _is_shadowed(path.parent):
        execute(command)
    try:
        code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError, MemoryError, RecursionError):
        execute(command)  # The interpreter itself tells it best.
    sys.argv[:] = arguments
    sys.path.insert(0, str(path.parent))
    main_module = _fresh_main()
    main_module.__file__ = str(path)
    main_module.__loader__ = importlib.machinery.SourceFileLoader("__main__", str(path))
    main_module.__dict__.update(__builtins__=sys.modules["builtins"], __cached__=None, __annotations__={})
    _guarded(exec, code, main_module.__dict__)


def _run_module(name: str, arguments: list[str]) -> None:
    sys.argv[:] = ["-m", *arguments]
    sys.path.insert(0, str(Path.cwd()))
    _fresh_main().__dict__["__builtins__"] = sys.modules["builtins"]
    run_as_main: Any = vars(runpy)["_run_module_as_main"]  # What the interpreter itself calls for -m.
    _guarded(run_as_main, name)


def _fresh_main() -> types.ModuleType:
    sys.modules["__main__"] = module = types.ModuleType("__main__")
    return module


def _guarded(run: Any, *arguments: Any) -> None:
    """A traceback begins where the candidate's program does."""
    try:
        run(*arguments)
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001 - told as the interpreter tells it.
        trace = error.__traceback__
        error.__traceback__ = trace.tb_next if trace else None
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)


def _is_unbuffered() -> bool:
    return isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.write_through


def _is_usual() -> bool:
    threads = list(Path("/proc/self/task").iterdir())
    return len(threads) == 1 and not Path(os.environ.get("HOME", "/"), _USER_SITE).exists()


def _is_shadowed(folder: Path) -> bool:
    """Whether the folder has a file or folder of the name of a module that is imported already."""
    imported = {name.partition(".")[0] for name in sys.modules} - {"__main__"}
    try:
        return any(entry.name.partition(".")[0] in imported for entry in folder.iterdir())
    except OSError:
        return True


def _pieces(source: int, size: int) -> list[bytes]:
    pieces = []
    while size:
        pieces.append(_read(source, min(size, 1024 * 1024)))
        size -= len(pieces[-1])
    return pieces


def _read(source: int, size: int) -> bytes:
    data = os.read(source, size)
    if not data:
        raise EOFError("the delivery is not whole")
    return data
