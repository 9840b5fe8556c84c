"""The inside of one test: calls the candidate's functions and keeps their objects, as the judge asks for it.

`PROTOCOL.md` says what is asked and how it is answered.
"""

import contextlib
import importlib
import inspect
import sys
from collections.abc import Iterator
from types import FunctionType, GeneratorType, ModuleType
from typing import Any

from . import builtin, wire
from .callbacks import Ask, Callbacks
from .described import described
from .operators import OPERATORS

Answer = dict[str, Any]
_OF_A_TUPLE = frozenset(dir(tuple))
_OPERATORS_OF_A_TUPLE = ("__eq__", "__lt__", "__add__", "__iter__", "__len__", "__getitem__", "__contains__")


class Objects:
    """One candidate's module, and what its calls have left behind."""

    def __init__(self, module: ModuleType, ask: Ask) -> None:
        self._module = module
        self._kept: dict[int, Any] = {}
        self._handles: dict[int, int] = {}
        """By the id of what is kept: the same object has the same handle."""
        self._next = 1
        self._runner: Any = None
        self._late: dict[int, BaseException] = {}
        """By the handle of an iterator: what it raises when it is asked again."""
        self._callbacks = Callbacks(ask, self._encode, self._decode)

    def answer(self, request: dict[str, Any]) -> Answer:
        """Never raises, whatever the candidate's code does."""
        try:
            for handle in request.get("del", ()):
                self._handles.pop(id(self._kept.pop(handle, None)), None)
            return self._answer(request)
        except wire.WireError as error:
            return {"refused": error.code}
        except _MissingError:
            return {"missing": True}
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are theirs, too.
            return {"error": self._described(error)}

    def _answer(self, request: dict[str, Any]) -> Answer:
        match request["op"]:
            case "call":
                return self._call(request)
            case "get":
                if request.get("keep"):
                    return {"value": self._keep(self._attribute(request["target"], request["name"]))}
                return self._read(request["target"], request["name"])
            case "next":
                return self._items(request["target"], request["count"])
            case "names":
                return {"names": {name: self._named(name) for name in request["names"]}}
            case "fields":
                return {"fields": self._fields(self._kept[request["target"]])}
            case _:
                arguments = [self._decode(item) for item in request["args"]]
                if request["name"] == "iter":
                    return {"value": self._keep(self._iterator(*arguments))}
                return {"value": self._encode(OPERATORS[request["name"]](*arguments))}

    def _call(self, request: dict[str, Any]) -> Answer:
        name = request["name"]
        target = self._kept[request["target"]] if name is None else self._attribute(request["target"], name)
        arguments = [self._decode(item) for item in request["args"]]
        named = {key: self._decode(item) for key, item in request["kwargs"].items()}
        result = target(*arguments, **named)
        if inspect.iscoroutine(result):
            result = self._wait_for(result)
        answer = {"value": self._encode(result)}
        if request.get("back"):
            answer["args"] = [self._encode(item) for item in arguments]
        return answer

    def _read(self, handle: int | None, name: str) -> Answer:
        found = self._attribute(handle, name)
        if callable(found):
            owner = type(self._kept[handle]) if handle is not None else self._module
            return {"callable": True, "fixed": hasattr(owner, name)}
        return {"value": self._encode(found)}

    def _named(self, name: str) -> Answer:
        try:
            return self._read(None, name)
        except _MissingError:
            return {"missing": True}

    def _items(self, handle: int, count: int) -> Answer:
        items: list[Any] = []
        if (late := self._late.pop(handle, None)) is not None:
            raise late
        try:
            while len(items) < count:
                items.append(self._encode(next(self._kept[handle])))
        except StopIteration:
            return {"items": items, "end": True}
        except BaseException as error:
            if not items:
                raise
            self._late[handle] = error  # Of an item that was asked for ahead.
        return {"items": items, "end": False}

    def _iterator(self, value: Any) -> Any:
        if hasattr(type(value), "__aiter__") and not hasattr(type(value), "__iter__"):
            return self._waited_for(value)
        return iter(value)

    def _waited_for(self, value: Any) -> Iterator[Any]:
        found = value.__aiter__()
        with contextlib.suppress(StopAsyncIteration):
            while True:
                yield self._wait_for(_next(found))

    def _attribute(self, handle: int | None, name: str) -> Any:
        owner = self._module if handle is None else self._kept[handle]
        for part in name.split("."):
            try:
                owner = getattr(owner, part)
            except AttributeError:
                if inspect.getattr_static(owner, part, None) is not None:
                    raise  # A property of theirs that fails inside.
                raise _MissingError(name) from None
        return owner

    def _wait_for(self, coroutine: Any) -> Any:
        # It is needed rarely and makes every fork dearer.
        self._runner = self._runner or importlib.import_module("asyncio").Runner()
        return self._runner.run(coroutine)

    def _fields(self, value: Any) -> list[Any]:
        """What the `==` of a dataclass compares."""
        fields = type(value).__dataclass_fields__
        names = [name for name, field in fields.items() if field.compare and _is_a_field(field)]
        return [[name, self._encode(getattr(value, name))] for name in names]

    def _described(self, error: BaseException) -> dict[str, Any]:
        number = self._callbacks.number_of_error(error)
        told = described(error, self._encode, self._handle)
        return told if number is None else {**told, "yours": number}

    def _encode(self, value: Any) -> Any:
        return wire.encode(value, self._refer)

    def _refer(self, value: Any, encode: wire.Nested) -> dict[str, Any]:
        """For what is no plain value."""
        kind = type(value)
        if name := builtin.type_name(value):
            return {"$": "builtin", "v": name}
        if (number := self._callbacks.number(value)) is not None:
            return {"$": "function", "v": [number]}
        if _is_named_tuple(kind):
            handle = self._handle(value) if _has_more_than_fields(kind) else None
            items = [encode(item) for item in tuple.__iter__(value)]
            return {"$": "named", "v": [kind.__name__, list(kind._fields), items, handle]}
        if _is_member(kind):
            inner = encode(value._value_)
            is_plain = isinstance(value, int | str)
            return {
                "$": "enum",
                "v": [kind.__name__, str(value._name_), inner, self._handle(value), is_plain],
            }
        return self._keep(value)

    def _keep(self, value: Any) -> dict[str, Any]:
        return {"$": "object", "v": [self._handle(value), type(value).__name__, _kind_of(value)]}

    def _handle(self, value: Any) -> int:
        if (known := self._handles.get(id(value))) is not None:
            return known
        handle, self._next = self._next, self._next + 1
        self._kept[handle] = value
        self._handles[id(value)] = handle
        return handle

    def _decode(self, value: Any) -> Any:
        return wire.decode(value, self._resolve)

    def _resolve(self, tag: str, value: Any, decode: wire.Nested) -> Any:
        match tag:
            case "object":
                return self._kept[value]
            case "name":
                return self._attribute(None, value)
            case "builtin":
                return builtin.resolve(value)
            case "listed":
                return iter([decode(item) for item in value])
            case "named":
                return self._named_tuple(value[0], value[1], [decode(item) for item in value[2]])
        return self._callbacks.resolve(tag, value)

    def _named_tuple(self, name: str, fields: list[str], items: list[Any]) -> Any:
        """Of the candidate's own class if they have the same one."""
        theirs = vars(self._module).get(name)
        if not (isinstance(theirs, type) and getattr(theirs, "_fields", None) == tuple(fields)):
            theirs = importlib.import_module("collections").namedtuple(name, fields)
        return theirs(*items)


class _MissingError(Exception):
    """The module, or an object, has no such name."""


async def _next(iterator: Any) -> Any:
    return await iterator.__anext__()


def _is_a_field(field: Any) -> bool:
    """Not a ClassVar or an InitVar."""
    return getattr(field._field_type, "name", "") == "_FIELD"


def _is_named_tuple(kind: type) -> bool:
    """One whose operators are a tuple's."""
    if not issubclass(kind, tuple) or not hasattr(kind, "_fields") or len(kind.__bases__) != 1:
        return False
    line = kind.__mro__[: kind.__mro__.index(tuple)]
    return not any(name in one.__dict__ for one in line for name in _OPERATORS_OF_A_TUPLE)


def _has_more_than_fields(kind: Any) -> bool:
    line = kind.__mro__[: kind.__mro__.index(tuple)]
    own = {name for one in line for name in one.__dict__ if not name.startswith("_")}
    return bool(own - set(kind._fields) - _OF_A_TUPLE)


def _is_member(kind: type) -> bool:
    enum = sys.modules.get("enum")
    return enum is not None and issubclass(kind, enum.Enum)


def _kind_of(value: Any) -> str:
    kind = type(value)
    if kind is GeneratorType:
        return "generator"
    if hasattr(kind, "__next__"):
        return "iterator"
    if callable(value):
        return "function"
    if hasattr(kind, "__dataclass_fields__"):
        equal = kind.__eq__
        if isinstance(equal, FunctionType) and equal.__code__.co_filename == "<string>":
            return "data"
    return ""
