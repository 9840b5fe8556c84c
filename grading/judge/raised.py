"""What a candidate's code raised, as an exception that a test can expect.

A built-in exception is one: `type(e) is ValueError`, with the arguments it had. Only those that would mean
something to Python or to pytest itself are not: a StopIteration would end a loop of the test, and a
KeyboardInterrupt the session. One of the candidate's own is of a class of ours with that name: the very class
that the suite imported, if it did. Which it was is only what the candidate's side says.
"""

import builtins
import contextlib
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

_NEVER = (StopIteration, StopAsyncIteration, BaseExceptionGroup)
_BUILT_IN = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, _NEVER)
}
"""What may be a base of theirs. Not KeyboardInterrupt or GeneratorExit, which end more than a test."""
_EXACT = {**_BUILT_IN, "SystemExit": SystemExit}
_OF_MODULES = {
    "JSONDecodeError": "json",
    "FrozenInstanceError": "dataclasses",
    "InvalidOperation": "decimal",
    "DivisionByZero": "decimal",
    "StatisticsError": "statistics",
    "Empty": "queue",
    "Full": "queue",
}
"""Exceptions of the standard library that a suite may expect, if it has imported them."""


KINDS = 256
"""So many classes are kept when nothing is of them any more: a program may make up one for each exception."""
_REPORTING = ("_pytest.", "grading.", "traceback", "unittest.", "contextlib")
"""Modules that look at exceptions, and neither depend on the candidate's code nor wait for it."""


@dataclass(frozen=True)
class Description:
    """An exception as the candidate's side describes it, its values decoded."""

    names: tuple[str, ...]
    """Of its class and the class's bases."""
    message: str
    is_exact: bool = False
    args: tuple[Any, ...] | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    get: Callable[[str], Any] | None = None
    """Asks for another attribute of it. Raises AttributeError if it has none."""


class RemoteError(Exception):
    """Base of those that are no built-in ones. Its text is the message that the candidate's exception had."""

    def __init__(self, *args: Any) -> None:
        self.args = args

    def __str__(self) -> str:
        told = told_of(self)
        return told.message if told else str(self.args[0] if self.args else "")

    def __getattr__(self, name: str) -> Any:
        told = told_of(self)
        reader = str(sys._getframe(1).f_globals.get("__name__", ""))
        if told is None or told.get is None or name.startswith("_") or reader.startswith(_REPORTING):
            raise AttributeError(name)
        return told.get(name)


def told_of(error: BaseException) -> Description | None:
    """What the candidate's side said of it; None for an exception that is not theirs."""
    found = vars(error).get("__touchstone__")
    return found if isinstance(found, Description) else None


def is_theirs(error: BaseException | None) -> bool:
    """Whether the candidate's code raised it."""
    return error is not None and told_of(error) is not None


def name_of(error: BaseException) -> str:
    """Of its class in the candidate's code, which chose it."""
    told = told_of(error)
    return told.names[0] if told else type(error).__name__


def exception(told: Description, known: Mapping[str, type[RemoteError]]) -> BaseException:
    """`known` are the suite's names for the candidate's classes."""
    error = _exact(told) if told.is_exact else None
    error = error or _own(told, known)
    for name, value in told.attributes.items():
        if not name.startswith("_") and not hasattr(BaseException, name):
            with contextlib.suppress(AttributeError, TypeError, ValueError):  # Of a built-in's own kind.
                setattr(error, name, value)
    vars(error)["__touchstone__"] = told
    return error


def _exact(told: Description) -> BaseException | None:
    kind: Any = _EXACT.get(told.names[0])
    if kind is None or told.args is None:
        return None
    try:
        error: BaseException = kind(*told.args)
    except Exception:  # noqa: BLE001 - it wants other arguments, whatever it says then.
        return None
    return error if type(error) is kind else None


def _own(told: Description, known: Mapping[str, type[RemoteError]]) -> RemoteError:
    args = (told.message,) if told.args is None else told.args
    kinds = tuple(dict.fromkeys(known[name] for name in told.names if name in known))
    kind = _related(kinds, _base(told.names)) if told.names[0] in known else None
    kind = kind or _made(told.names[0], kinds, _base(told.names))
    error = kind.__new__(kind, *args) if issubclass(kind, RemoteError) else kind(*args)
    assert isinstance(error, RemoteError)
    RemoteError.__init__(error, *args)
    return error


def _base(names: Sequence[str]) -> type[Exception]:
    """The first that is nobody's own."""
    for name in names:
        if name in _BUILT_IN:
            return _BUILT_IN[name]
        found = getattr(sys.modules.get(_OF_MODULES.get(name, "")), name, None)
        if isinstance(found, type) and issubclass(found, Exception):
            return found
    return Exception


def _related(kinds: Sequence[type[RemoteError]], base: type[Exception]) -> type[RemoteError] | None:
    """The first of the suite's own classes, made a subclass of what it says it is one of. None if Python
    cannot do that.
    """
    if base is Exception and kinds[0].__bases__ == (RemoteError,) and len(kinds) == 1:
        return kinds[0]
    try:
        for kind in kinds:
            kind.__bases__ = (RemoteError,)
        for kind, above in pairwise(kinds):
            kind.__bases__ = (above,)
        if base is not Exception:
            kinds[-1].__bases__ = (RemoteError, base)
    except TypeError:
        for kind in kinds:
            kind.__bases__ = (RemoteError,)
        return None
    return kinds[0]


def _made(name: str, kinds: tuple[type[RemoteError], ...], base: type[Exception]) -> type[RemoteError]:
    bases = kinds or (RemoteError,)
    if base is Exception or any(issubclass(kind, base) for kind in bases):
        return _new(name, bases)
    return _new(name, (*bases, base))


@lru_cache(maxsize=KINDS)
def _new(name: str, bases: tuple[type, ...]) -> type[RemoteError]:
    kind = types.new_class(name, bases)
    assert issubclass(kind, RemoteError)
    return kind
