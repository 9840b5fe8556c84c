"""What is wrong with a pack's own tests, found before any candidate is let in: by file and line, for the
author.
"""

import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

Fault = tuple[str, int, str]
"""Path in the pack, line (0: the file as a whole), message."""
MOST = 20
"""One mistake of a conftest.py may break every test."""
MESSAGE_CHARACTERS = 500


class PackFaultError(Exception):
    """The pack's tests cannot be run as its manifest says. Not the candidate's doing."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults[:MOST]
        super().__init__("; ".join(f"{path}:{line}: {message}" for path, line, message in self.faults))


def of_error(error: BaseException, root: Path, file: Path) -> Fault:
    """Where an error of the author's code happened: the last line of theirs that it passed through, or else
    the `file` that was being read.
    """
    while isinstance(error, pytest.Collector.CollectError) and error.__cause__ is not None:
        error = error.__cause__
    error = getattr(error, "cause", None) or error  # As pytest wraps what a conftest.py raises.
    if isinstance(error, SyntaxError) and error.filename:
        return _place(error.filename, root), error.lineno or 0, f"not valid Python: {error.msg}"
    message = f"{type(error).__name__}: {error}".strip()[:MESSAGE_CHARACTERS]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).is_relative_to(root):
            return _place(frame.filename, root), frame.lineno or 0, message
    return _place(str(file), root), 0, message


def missing_fixtures(items: Iterable[pytest.Item], root: Path) -> Iterator[Fault]:
    """Names that tests and fixtures ask for and nobody defines."""
    for item in items:
        known: Any = getattr(item, "_fixtureinfo", None)
        if known is None:
            continue
        missing = [
            name
            for name in known.names_closure
            if name not in known.name2fixturedefs and name not in ("request", *_parameters(item))
        ]
        for name in missing:
            function: Any = _who_asks(name, known.name2fixturedefs) or getattr(item, "function", None)
            code = function.__code__
            yield _place(code.co_filename, root), code.co_firstlineno, f"there is no fixture {name!r}"


def _parameters(item: pytest.Item) -> Iterable[str]:
    specification = getattr(item, "callspec", None)
    return specification.params if specification else ()


def _who_asks(name: str, fixtures: Any) -> Any:
    """The fixture that asks for another one of this name; None if it is the test itself."""
    for definitions in fixtures.values():
        for definition in definitions:
            if name in definition.argnames:
                return definition.func
    return None


def _place(filename: str, root: Path) -> str:
    path = Path(filename)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
