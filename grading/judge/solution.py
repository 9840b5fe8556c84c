"""The candidate's module as a suite sees it: `from solution import LRUCache, add`.

Each imported name is a class of ours that stands for theirs: calling it calls their function or makes their
object, which comes back as a `RemoteObject`; plain values come back as themselves. An imported name may be
expected with `pytest.raises`, too. Nothing of theirs is ever imported here.

What a value claims about itself is decided here and not by a method of theirs: an object of a candidate's
class is never equal to a plain value. Only where a test compares two of their objects is their `==` asked.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, ClassVar, NoReturn, TypeVar, cast

from ..agent import wire
from .framing import Message
from .raised import RemoteError, exception
from .remote import Remote

REFUSED_CHARACTERS = 200
NAME_CHARACTERS = 100
NAMES = 20
Arguments = Sequence[Any]
_Value = TypeVar("_Value")


class Solution:
    """Turns what a test does with names and objects into requests, and answers into values."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._names: dict[str, type[RemoteError]] = {}
        self._called: set[tuple[str, str]] = set()
        """(class, attribute) that are known to be called and not read."""

    @property
    def is_active(self) -> bool:
        return self._remote.is_active

    @property
    def number(self) -> int:
        return self._remote.number

    def name(self, name: str) -> type[RemoteError]:
        """The stand-in for a name of the module: always the same one, so that it can be expected."""
        if name not in self._names:
            self._names[name] = _name(name, self)
        return self._names[name]

    def call(self, owner: "RemoteObject | None", name: str | None, args: Arguments, named: Message) -> Any:
        return self._value(
            self._ask(
                op="call",
                target=self._handle(owner),
                name=name,
                args=[self._encode(item) for item in args],
                kwargs={key: self._encode(item) for key, item in named.items()},
            ),
            owner,
        )

    def get(self, owner: "RemoteObject | None", name: str, stand_in: Callable[[], Any]) -> Any:
        """A plain attribute's value; `stand_in()` for what is to be called."""
        known = (owner.kind if owner else "", name)
        if known not in self._called:
            answer = self._ask(op="get", target=self._handle(owner), name=name)
            if answer.get("callable") is not True:
                return self._value(answer, owner)
            self._called.add(known)
        return stand_in()

    def operate(self, name: str, *args: Any) -> Any:
        return self._value(self._ask(op="operator", name=name, args=[self._encode(item) for item in args]))

    def items(self, owner: Any) -> list[Any]:
        """The next item of an iterator, or none. Fails the test if it is none that was kept for this."""
        if not isinstance(owner, RemoteObject):
            self._senseless()
        answer = self._ask(op="next", target=self._handle(owner), count=1)
        items = answer.get("items")
        if not isinstance(items, list) or len(items) > 1:
            self._value(answer)
            self._senseless()
        return [self._decode(item) for item in items]

    def release(self, handle: int, number: int) -> None:
        if number == self._remote.number:
            self._remote.released.append(handle)

    def _ask(self, **request: Any) -> Message:
        answer = self._remote.ask(**request)
        if "error" in answer:
            raise self._exception(answer["error"])
        return answer

    def _value(self, answer: Message, owner: "RemoteObject | None" = None) -> Any:
        if "value" in answer:
            return self._decode(answer["value"])
        if "missing" in answer:
            name = _printable(answer["missing"], NAME_CHARACTERS)
            has = f"Your {owner.kind} has no" if owner else "Your module has no function or class"
            self._remote.fail(f"{has} {name!r}.")
        if "refused" in answer:
            text = _printable(answer["refused"], REFUSED_CHARACTERS)
            self._remote.fail(f"What your code returned cannot be read: it {text}.")
        return self._senseless()

    def _senseless(self) -> NoReturn:
        self._remote.fail("Your program answered a call with something that makes no sense.")

    def _exception(self, told: Any) -> Exception:
        match told:
            case {"message": str(message), "names": [str(_), *_] as names}:
                known = [_printable(name, NAME_CHARACTERS) for name in names[:NAMES]]
                return exception(known, _printable(message, 500), self._names)
        return self._senseless()

    def _decode(self, value: Any) -> Any:
        try:
            return wire.decode(value, self._resolve)
        except wire.WireError as error:
            self._remote.fail(f"What your code returned cannot be read: it {error}.")

    def _resolve(self, tag: str, value: Any) -> "RemoteObject":
        match tag, value:
            case "object", [int(handle), str(kind)]:
                return RemoteObject(self, handle, _printable(kind, NAME_CHARACTERS))
        raise wire.WireError("holds a value that cannot be read")

    def _encode(self, value: Any) -> Any:
        try:
            return wire.encode(value, self._refer)
        except wire.WireError as error:
            raise TypeError(f"an argument {error}") from error

    def _refer(self, value: Any) -> Message:
        if isinstance(value, RemoteObject):
            return {"$": "object", "v": self._handle(value)}
        if type(value) is Name:
            return {"$": "name", "v": value.remote_name}
        raise wire.WireError(f"of type {type(value).__name__} cannot be passed to the candidate's code")

    def _handle(self, owner: "RemoteObject | None") -> int | None:
        if owner is None:
            return None
        if owner.number != self.number:
            raise RuntimeError("an object of the candidate's lives only in the test that made it")
        return owner.handle


def _name(name: str, solution: Solution) -> type[RemoteError]:
    made: Any = Name(name, (RemoteError,), {"remote_name": name, "solution": solution})
    return cast(type[RemoteError], made)


class Name(type):
    """The type of the names that a suite imports."""

    solution: ClassVar[Solution]
    remote_name: ClassVar[str]

    def __call__(cls, *args: Any, **named: Any) -> Any:
        return cls.solution.call(None, cls.remote_name, args, named)

    def __getattr__(cls, name: str) -> Any:
        """A class method, or plain data of the class."""
        if name.startswith("_"):
            raise AttributeError(name)
        path = f"{cls.remote_name}.{name}"
        return cls.solution.get(None, path, lambda: _Method(cls.solution, None, path))

    def __instancecheck__(cls, instance: object) -> bool:
        if isinstance(instance, RemoteObject):
            return instance.kind == cls.remote_name
        return type.__instancecheck__(cls, instance)

    def __repr__(cls) -> str:
        return f"<{cls.remote_name} of the submission>"


class Module(ModuleType):
    """Takes the place of the candidate's module in `sys.modules`."""

    def __init__(self, name: str, solution: Solution) -> None:
        super().__init__(name)
        self.__solution = solution

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        solution = self.__solution
        if not solution.is_active:
            return solution.name(name)
        return solution.get(None, name, lambda: solution.name(name))


def install(remote: Remote, modules: Sequence[str]) -> None:
    """From now on importing one of these modules gives names of the candidate's."""
    solution = Solution(remote)
    for name in modules:
        sys.modules[name] = Module(name, solution)


class _Method:
    """A bound method, or another callable attribute."""

    def __init__(self, solution: Solution, owner: "RemoteObject | None", name: str) -> None:
        self._solution, self._owner, self._name = solution, owner, name

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self._solution.call(self._owner, self._name, args, named)

    def __repr__(self) -> str:
        return f"<{self._name} of the submission>"


class RemoteObject:
    """An object that lives in the candidate's process. Its attributes and operators are asked for there."""

    __slots__ = ("__weakref__", "handle", "kind", "number", "solution")
    solution: Solution
    handle: int
    kind: str
    """The name of its class."""
    number: int
    """Of the test that it belongs to."""

    def __init__(self, solution: Solution, handle: int, kind: str) -> None:
        values = {"solution": solution, "handle": handle, "kind": kind, "number": solution.number}
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.solution.get(self, name, lambda: _Method(self.solution, self, name))

    def __setattr__(self, name: str, value: Any) -> None:
        self.solution.operate("setattr", self, name, value)

    def __del__(self) -> None:
        self.solution.release(self.handle, self.number)

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self.solution.call(self, None, args, named)

    def __repr__(self) -> str:
        """Ours: messages of pytest must not depend on the candidate's code, nor wait for it."""
        return f"<{self.kind} object of the submission>"

    def __str__(self) -> str:
        return _expected(str, self.solution.operate("str", self))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RemoteObject):
            return False
        return self.handle == other.handle or self.solution.operate("eq", self, other) is True

    def __hash__(self) -> int:
        return hash((self.number, self.handle))

    def __bool__(self) -> bool:
        return _expected(bool, self.solution.operate("truth", self))

    def __len__(self) -> int:
        return _expected(int, self.solution.operate("len", self))

    def __contains__(self, item: Any) -> bool:
        return _expected(bool, self.solution.operate("contains", self, item))

    def __iter__(self) -> Iterator[Any]:
        iterator = self.solution.operate("iter", self)
        while items := self.solution.items(iterator):
            yield items[0]

    def __next__(self) -> Any:
        if not (items := self.solution.items(self)):
            raise StopIteration
        return items[0]

    def __enter__(self) -> Any:
        return self.solution.call(self, "__enter__", (), {})

    def __exit__(self, *_: object) -> None:
        self.solution.call(self, "__exit__", (None, None, None), {})


def _operator(name: str) -> Callable[..., Any]:
    def operate(self: RemoteObject, *args: Any) -> Any:
        return self.solution.operate(name, self, *args)

    return operate


_OPERATORS: Mapping[str, str] = {
    **{f"__{name}__": name for name in ("getitem", "setitem", "delitem", "neg", "pos", "abs", "invert")},
    **{f"__{name}__": name for name in ("lt", "le", "gt", "ge", "add", "sub", "mul", "truediv", "floordiv")},
    **{f"__{name}__": name for name in ("mod", "pow", "xor", "matmul", "lshift", "rshift", "round", "int")},
    "__and__": "and_",
    "__or__": "or_",
    "__float__": "float",
}
for _method, _function in _OPERATORS.items():
    setattr(RemoteObject, _method, _operator(_function))


def _expected(kind: type[_Value], value: Any) -> _Value:
    if not isinstance(value, kind):
        raise TypeError(f"{kind.__name__} expected, not {type(value).__name__}")
    return value


def _printable(value: Any, characters: int) -> str:
    """A text of the candidate's side, safe to show and to store."""
    text = value if isinstance(value, str) else "?"
    return text[:characters].encode(errors="replace").decode()
