"""An object that lives in the candidate's process, as a test has it.

It has no public name of ours: every attribute is the object's own. Its state lies in one slot between double
underscores. Which of its operators may be asked is decided by `asked`.
"""

import linecache
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType, GeneratorType
from typing import TYPE_CHECKING, Any, TypeVar

from .asked import UNASKED, Level, UnaskedError

if TYPE_CHECKING:
    from .solution import Solution

_Value = TypeVar("_Value")
_OF_FUNCTIONS = ("__name__", "__doc__", "__qualname__", "__wrapped__")
_SHOWING = ("_pytest.", "reprlib", "pprint", "unittest.")
"""Modules that write values into messages, which neither depend on the candidate's code nor wait for it."""


@dataclass(eq=False, slots=True)
class State:
    """What we know of an object; `kind` and `claims` are its process's words."""

    solution: "Solution"
    handle: int
    kind: str
    """The name of its class."""
    claims: str
    """'data', 'iterator', 'generator', 'function' or nothing: see `PROTOCOL.md`."""
    level: Level
    number: int
    """Of the test that it belongs to."""
    stream: Any = None
    """The only iterator over what was not asked for."""
    member: tuple[str, Any, bool] | None = None
    """Of a member of an enumeration: its name, its value, and whether it is a number or a text as well."""

    @property
    def is_iterator(self) -> bool:
        """Whether it says so."""
        return self.claims in ("iterator", "generator")

    @property
    def is_known(self) -> bool:
        """Whether the suite has imported a class of this name."""
        return self.solution.has_class(self.kind)


class StandIn:
    """Attributes, calls and operators are asked for where the object lives."""

    __slots__ = ("__touchstone__", "__weakref__")
    __touchstone__: State

    def __init__(self, state: State) -> None:
        object.__setattr__(self, "__touchstone__", state)

    @property  # type: ignore[misc]  # What `isinstance` and tests read; `type()` tells the truth.
    def __class__(self) -> Any:
        return GeneratorType if self.__touchstone__.claims == "generator" else StandIn

    def __getattr__(self, name: str) -> Any:
        state = self.__touchstone__
        if state.member and name in ("name", "value"):
            return state.member[0] if name == "name" else state.member[1]
        if name.startswith("_") and not _may_be_read(state, name):
            raise AttributeError(name)
        return state.solution.get(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self.__touchstone__.solution.operate("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        self.__touchstone__.solution.operate("delattr", self, name)

    def __del__(self) -> None:
        state = self.__touchstone__
        state.solution.release(state.handle, state.number)

    def __dir__(self) -> list[str]:
        return []

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self.__touchstone__.solution.call(self, None, args, named)

    def __repr__(self) -> str:
        """Ours where a message is written, and for what was not asked for."""
        state = self.__touchstone__
        writer = str(sys._getframe(1).f_globals.get("__name__", ""))
        if state.level >= Level.DERIVED and not writer.startswith(_SHOWING) and state.solution.is_active:
            return _expected(str, state.solution.operate("repr", self))
        return f"<{state.kind} object of the submission>"

    def __str__(self) -> str:
        state = self.__touchstone__
        if state.member and not state.is_known:
            return f"{state.kind}.{state.member[0]}"
        return _expected(str, state.solution.operate("str", self))

    def __format__(self, spec: str) -> str:
        return _expected(str, self.__touchstone__.solution.operate("format", self, spec))

    def __eq__(self, other: object) -> Any:
        return self.__touchstone__.solution.equal(self, other)

    def __ne__(self, other: object) -> Any:
        return self.__touchstone__.solution.unequal(self, other)

    def __hash__(self) -> int:
        return self.__touchstone__.solution.hash(self)

    def __bool__(self) -> bool:
        member = self.__touchstone__.member
        if member:
            return bool(member[1]) if member[2] else True
        state = self.__touchstone__
        if state.level is Level.HELD and _is_asserting(sys._getframe(1)):
            state.solution.refuse()
        return _expected(bool, state.solution.operate("truth", self))

    def __len__(self) -> int:
        state = self.__touchstone__
        if state.level < Level.DERIVED:
            raise UnaskedError(UNASKED)  # Python itself tries it before it iterates.
        return _expected(int, state.solution.operate("len", self))

    def __index__(self) -> int:
        return _expected(int, self.__touchstone__.solution.operate("index", self))

    def __int__(self) -> int:
        return _expected(int, self.__touchstone__.solution.operate("int", self))

    def __float__(self) -> float:
        return _expected(float, self.__touchstone__.solution.operate("float", self))

    def __complex__(self) -> complex:
        return _expected(complex, self.__touchstone__.solution.operate("complex", self))

    def __bytes__(self) -> bytes:
        return _expected(bytes, self.__touchstone__.solution.operate("bytes", self))

    def __contains__(self, item: Any) -> bool:
        return _expected(bool, self.__touchstone__.solution.operate("contains", self, item))

    def __iter__(self) -> Iterator[Any]:
        return self.__touchstone__.solution.iterate(self)

    def __reversed__(self) -> Iterator[Any]:
        solution = self.__touchstone__.solution
        return solution.iterate(solution.operate("reversed", self))

    def __next__(self) -> Any:
        return next(self.__touchstone__.solution.stream(self))

    def __enter__(self) -> Any:
        return self.__touchstone__.solution.enter(self)

    def __exit__(self, *_: object) -> None:
        self.__touchstone__.solution.call(self, "__exit__", (None, None, None), {})

    def __copy__(self) -> Any:
        return self.__touchstone__.solution.operate("copy", self)

    def __deepcopy__(self, memo: Any) -> Any:
        return self.__touchstone__.solution.operate("deepcopy", self)


def _may_be_read(state: State, name: str) -> bool:
    """A name of a function's own, or a private one of an object that the suite knows well."""
    if name.startswith("__"):
        return state.claims == "function" and name in _OF_FUNCTIONS
    return state.level >= Level.DERIVED


def _is_asserting(frame: FrameType) -> bool:
    """Whether the truth is what a test asserts, and not only how it goes on."""
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).lstrip()
    name = str(frame.f_globals.get("__name__", ""))
    return name.startswith("unittest.") or line.startswith(("assert ", "assert(", "self.assert"))


def _operator(name: str) -> Callable[..., Any]:
    def operate(self: StandIn, *args: Any) -> Any:
        return self.__touchstone__.solution.operate(name, self, *args)

    return operate


def _reflected(name: str) -> Callable[..., Any]:
    def operate(self: StandIn, other: Any) -> Any:
        return self.__touchstone__.solution.operate(name, other, self)

    return operate


_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "lshift", "rshift")
_LOGICAL = ("and", "or", "xor")
_ALONE = ("neg", "pos", "abs", "invert", "round", "trunc", "floor", "ceil")
_ITEMS = ("getitem", "setitem", "delitem")
for _name in (*_ALONE, *_ITEMS, "lt", "le", "gt", "ge", *_BINARY, *_LOGICAL, "divmod"):
    _asked = f"{_name}_" if _name in ("and", "or") else _name
    setattr(StandIn, f"__{_name}__", _operator(_asked))
    if _name in (*_BINARY, *_LOGICAL, "divmod"):
        setattr(StandIn, f"__r{_name}__", _reflected(_asked))
    if _name in (*_BINARY, *_LOGICAL):
        setattr(StandIn, f"__i{_name}__", _operator(f"i{_name}"))


def _expected(kind: type[_Value], value: Any) -> _Value:
    if not isinstance(value, kind) or isinstance(value, StandIn):
        raise TypeError(f"{kind.__name__} expected, not {type(value).__name__}")
    return value
