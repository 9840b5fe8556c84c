"""What a suite imports: `from solution import LRUCache, add, LIMIT`, and `import solution`.

Each imported name is a class of ours, so that it can be expected with `pytest.raises` and asked for with
`isinstance`; it has no public name of ours. Names that the module binds to plain values become these values
in the suite's modules before a test (`bind`).
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from .raised import RemoteError
from .standin import StandIn

if TYPE_CHECKING:
    from .solution import Solution


def is_class(name: str) -> bool:
    """By convention: what the module says it is does not count."""
    return name.rpartition(".")[2].lstrip("_")[:1].isupper()


class Name(type):
    """The type of the names that a suite imports."""

    def __call__(cls, *args: Any, **named: Any) -> Any:
        solution, name = _of(cls)
        return solution.call(None, name, args, named)

    def __getattribute__(cls, name: str) -> Any:
        """A class method, or plain data of the class."""
        if name.startswith("_"):
            return type.__getattribute__(cls, name)
        solution, own = _of(cls)
        return solution.get(None, f"{own}.{name}")

    def __setattr__(cls, name: str, value: Any) -> None:
        if name.startswith("_"):
            type.__setattr__(cls, name, value)
        else:
            solution, _ = _of(cls)
            solution.operate("setattr", cls, name, value)

    def __instancecheck__(cls, instance: object) -> bool:
        solution, own = _of(cls)
        if issubclass(type(instance), BaseException):
            return type.__instancecheck__(cls, instance)
        return solution.is_instance(instance, cls, own)

    def __subclasscheck__(cls, subclass: type) -> bool:
        if type.__subclasscheck__(cls, subclass) or type(subclass) is not Name:
            return type.__subclasscheck__(cls, subclass)
        solution, _ = _of(cls)
        return solution.is_active and solution.operate("issubclass", subclass, cls) is True

    def __iter__(cls) -> Iterator[Any]:
        solution, _ = _of(cls)
        return solution.iterate(cls)

    def __len__(cls) -> int:
        solution, _ = _of(cls)
        return cast(int, solution.operate("len", cls))

    def __bool__(cls) -> bool:
        return True

    def __contains__(cls, item: Any) -> bool:
        solution, _ = _of(cls)
        return cast(bool, solution.operate("contains", cls, item))

    def __getitem__(cls, key: Any) -> Any:
        solution, _ = _of(cls)
        return solution.operate("getitem", cls, key)

    def __dir__(cls) -> list[str]:
        return []

    def __repr__(cls) -> str:
        return f"<{_of(cls)[1]} of the submission>"


def _of(cls: type) -> tuple["Solution", str]:
    return cast(tuple["Solution", str], type.__getattribute__(cls, "__touchstone__"))


def name_of(value: Any) -> str:
    """Of an imported name."""
    return _of(value)[1]


def make(name: str, solution: "Solution") -> type[RemoteError]:
    """A name of the module."""
    body = {"__touchstone__": (solution, name), "__module__": "solution", "__doc__": None}
    return cast(type[RemoteError], Name(name.rpartition(".")[2], (RemoteError,), body))


class Method:
    """A bound method, or another attribute that can be called."""

    __slots__ = ("__kept__", "__touchstone__")
    __touchstone__: tuple["Solution", StandIn | None, str]
    __kept__: StandIn | None
    """As an object, once it was passed as an argument: as long as this is held, it is."""

    def __init__(self, solution: "Solution", owner: StandIn | None, name: str) -> None:
        object.__setattr__(self, "__touchstone__", (solution, owner, name))
        object.__setattr__(self, "__kept__", None)

    def __call__(self, *args: Any, **named: Any) -> Any:
        solution, owner, name = self.__touchstone__
        return solution.call(owner, name, args, named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and name not in ("__name__", "__wrapped__"):
            raise AttributeError(name)
        solution, owner, own = self.__touchstone__
        return solution.get(owner, f"{own}.{name}")

    def __repr__(self) -> str:
        return f"<{self.__touchstone__[2]} of the submission>"


class Module(ModuleType):
    """Takes the place of the candidate's module in `sys.modules`."""

    def __init__(self, name: str, solution: "Solution") -> None:
        super().__init__(name)
        vars(self)["__touchstone__"] = solution

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        solution: Solution = vars(self)["__touchstone__"]
        return solution.of_module(name)


def install(solution: "Solution", modules: Sequence[str]) -> None:
    """From now on importing one of these modules gives names of the candidate's."""
    for name in modules:
        sys.modules[name] = Module(name, solution)


@contextmanager
def bound(module: ModuleType | None, solution: "Solution") -> Iterator[None]:
    """Inside, what the candidate's module binds to plain values are these values in a module of tests."""
    found = vars(module) if module else {}
    names = {at: name_of(value) for at, value in found.items() if type(value) is Name}
    values = solution.values_of(sorted(set(names.values()))) if names else {}
    before = {at: found[at] for at, name in names.items() if name in values}
    found.update({at: values[names[at]] for at in before})
    try:
        yield
    finally:
        found.update(before)


def prepare(module: ModuleType | None) -> None:
    """A module of tests can ask whether an object has an attribute; anywhere else one that is missing fails
    the test, so that no `pytest.raises(Exception)` is content with it.
    """
    if module is not None:
        vars(module).setdefault("hasattr", has)
        vars(module).setdefault("getattr", get)


def call_in_place(function: Any, *args: Any) -> Any:
    """See the fixture `in_place`."""
    if type(function) is Name:
        solution, name = _of(function)
        return solution.call(None, name, args, {}, back=True)
    if isinstance(function, Method):
        solution, owner, name = function.__touchstone__
        return solution.call(owner, name, args, {}, back=True)
    raise TypeError("in_place takes a function or a method of the candidate's")


def has(value: Any, name: str) -> bool:
    """`hasattr`."""
    missing = object()
    return get(value, name, missing) is not missing


def get(value: Any, name: str, *default: Any) -> Any:
    """`getattr`."""
    theirs = isinstance(value, Method | Module) or type(value) is Name or isinstance(value, StandIn)
    if not theirs or not default or name.startswith("_"):
        return getattr(value, name, *default)
    state = type.__getattribute__(value, "__touchstone__") if type(value) is Name else value.__touchstone__
    match state:
        case (solution, owner, path) if isinstance(value, Method):
            return solution.get(owner, f"{path}.{name}", *default)
        case (solution, str(own)):
            return solution.get(None, f"{own}.{name}", *default)
    if isinstance(value, Module):
        return state.of_module(name, *default)
    return state.solution.get(value, name, *default)
