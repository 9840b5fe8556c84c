"""The test's functions, iterators and objects that a candidate's code may use while it is called itself."""

import asyncio
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ..agent import wire
from .framing import Message

Code = Callable[[Any], Any]
_PARAMETERS = 100
_SPECIAL = (
    *(
        "__enter__",
        "__exit__",
        "__len__",
        "__iter__",
        "__next__",
        "__getitem__",
        "__setitem__",
        "__contains__",
    ),
    *("__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__bool__", "__str__", "__repr__"),
    *("__add__", "__sub__", "__mul__", "__truediv__", "__int__", "__float__", "__index__"),
)
"""What of a class is lent with its objects."""
_OF_ANY = (None, *(getattr(object, name, None) for name in _SPECIAL))


class Passed:
    """Those of one test, by number. The candidate's side knows their names and parameters, no more."""

    def __init__(self) -> None:
        self._values: list[Any] = []
        self._numbers: dict[Any, int] = {}
        self._lent: set[int] = set()
        """Numbers of objects whose attributes may be used. A function's tell what it was made of."""
        self._raised: list[BaseException] = []

    def clear(self) -> None:
        """For the next test."""
        self._values.clear()
        self._numbers.clear()
        self._lent.clear()
        self._raised.clear()

    def tell(self, value: Any) -> Message | None:
        """Stands for it on the wire; None if it is neither function nor iterator."""
        if callable(value):
            told = [self._number(value), _name(value), _parameters(value), _is_async(value)]
            return {"$": "function", "v": told}
        if isinstance(value, Iterator):
            return {"$": "iterator", "v": self._number(value)}
        if type(value).__module__.partition(".")[0] in sys.stdlib_module_names:
            return None
        methods = [name for name in _SPECIAL if getattr(type(value), name, None) not in _OF_ANY]
        self._lent.add(self._number(value))
        return {"$": "borrowed", "v": [self._number(value), _name(type(value)), methods]}

    def find(self, told: Any) -> Any:
        """What came back. Raises LookupError or TypeError for what was never passed."""
        number = told[0] if isinstance(told, list) else told
        if type(number) is not int or number < 0:
            raise KeyError(number)
        return self._values[number]

    def call(self, message: Message, encode: Code, decode: Code) -> Message:
        """The reply. What fails the test itself is raised; any other exception goes to who called."""
        number = message["call"]
        value = self.find(number)
        args = [decode(item) for item in message["args"]]
        named = {key: decode(item) for key, item in message["kwargs"].items()}
        try:
            if "verb" in message:
                if number not in self._lent:
                    raise AttributeError(message.get("name"))
                result = _used(value, message["verb"], message.get("name"), args)
            elif callable(value):
                result = value(*args, **named)
            else:
                return self._next(number, value, encode)
            if inspect.iscoroutine(result):
                result = asyncio.run(result)
        except AssertionError:
            raise
        except Exception as error:  # noqa: BLE001 - theirs to catch.
            return {"reply": number, "error": self._told(error, encode)}
        return {"reply": number, "value": encode(result)}

    def raised(self, number: Any) -> BaseException | None:
        """The exception that left a function of the test before, if there was one."""
        is_one = type(number) is int and 0 <= number < len(self._raised)
        return self._raised[number] if is_one else None

    def _next(self, number: int, value: Iterator[Any], encode: Code) -> Message:
        for item in value:
            return {"reply": number, "value": encode(item)}
        return {"reply": number, "end": True}

    def _number(self, value: Any) -> int:
        key: Any = id(value)
        if inspect.ismethod(value):
            key = (id(value.__self__), id(value.__func__))
        if key not in self._numbers:
            self._numbers[key] = len(self._values)
            self._values.append(value)
        return self._numbers[key]

    def _told(self, error: Exception, encode: Code) -> Message:
        self._raised.append(error)
        names = [kind.__name__ for kind in type(error).__mro__ if kind is not object]
        try:
            args = [encode(item) for item in error.args]
        except (wire.WireError, TypeError):
            args = []
        return {"names": names, "args": args, "yours": len(self._raised) - 1}


def _used(value: Any, verb: Any, name: Any, args: list[Any]) -> Any:
    """Only what the object itself shows: names without underscores, and the special methods of its class."""
    if not isinstance(name, str) or (name.startswith("_") and not (verb == "call" and name in _SPECIAL)):
        raise AttributeError(name)
    match verb, args:
        case "get", []:
            return getattr(value, name)
        case "set", [new]:
            return setattr(value, name, new)
        case "delete", []:
            return delattr(value, name)
        case "call", _:
            return getattr(value, name)(*args)
    raise AttributeError(name)


def _name(value: Any) -> str:
    found = getattr(value, "__name__", "function")
    return found if isinstance(found, str) and found.isidentifier() else "function"


def _parameters(value: Any) -> list[list[Any]] | None:
    try:
        found = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return None
    if len(found) > _PARAMETERS:
        return None
    return [[one.name, int(one.kind), one.default is not one.empty] for one in found]


def _is_async(value: Any) -> bool:
    while isinstance(value, functools.partial):
        value = value.func
    return inspect.iscoroutinefunction(value)
