"""The inside of one test: calls the candidate's functions and keeps their objects, as the judge asks for it.

A request is an object with `op`:

call      target (a handle; None: the module), name (None: the target itself), args, kwargs
get       target, name: an attribute
operator  name (one of `OPERATORS`), args
next      target: up to `count` items of an iterator

and perhaps `del`: handles that are of no use any more. An answer is one of

{"value": ...}      what came out; an object is a handle, with the name of its class
{"callable": true}  the attribute is to be called, not read
{"items": [...], "end": bool}
{"error": {"type", "message", "names"}}  what the candidate's code raised; `names` are of its class and bases
{"missing": name}   neither module nor object has it
{"refused": text}   the result cannot travel
"""

import importlib
import inspect
import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any

from . import wire

MESSAGE_CHARACTERS = 500
OPERATORS: dict[str, Callable[..., Any]] = {
    name: getattr(operator, name)
    for name in (
        *("getitem", "setitem", "delitem", "contains", "truth", "neg", "pos", "abs", "invert"),
        *("eq", "ne", "lt", "le", "gt", "ge", "add", "sub", "mul", "truediv", "floordiv", "mod", "pow"),
        *("and_", "or_", "xor", "matmul", "lshift", "rshift"),
    )
} | {
    "setattr": setattr,
    "len": len,
    "iter": iter,
    "str": str,
    "repr": repr,
    "hash": hash,
    "round": round,
    "int": int,
    "float": float,
}

Answer = dict[str, Any]


class Objects:
    """One candidate's module, and what its calls have left behind."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._kept: dict[int, Any] = {}
        self._next = 1
        self._runner: Any = None

    def answer(self, request: dict[str, Any]) -> Answer:
        """Never raises, whatever the candidate's code does."""
        try:
            for handle in request.get("del", ()):
                self._kept.pop(handle, None)
            return self._answer(request)
        except wire.WireError as error:
            return {"refused": str(error)}
        except _MissingError as error:
            return {"missing": str(error)}
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt are theirs, too.
            return {"error": described(error)}

    def _answer(self, request: dict[str, Any]) -> Answer:
        match request["op"]:
            case "call":
                return self._call(request)
            case "get":
                found = self._attribute(request["target"], request["name"])
                return {"callable": True} if callable(found) else {"value": self._encode(found)}
            case "next":
                return self._items(request["target"], request["count"])
            case _:
                arguments = [self._decode(item) for item in request["args"]]
                return {"value": self._encode(OPERATORS[request["name"]](*arguments))}

    def _call(self, request: dict[str, Any]) -> Answer:
        name = request["name"]
        target = self._kept[request["target"]] if name is None else self._attribute(request["target"], name)
        arguments = [self._decode(item) for item in request["args"]]
        named = {key: self._decode(item) for key, item in request["kwargs"].items()}
        result = target(*arguments, **named)
        if inspect.iscoroutine(result):
            result = self._wait_for(result)
        return {"value": self._encode(result)}

    def _items(self, handle: int, count: int) -> Answer:
        items: list[Any] = []
        for item in self._kept[handle]:
            items.append(self._encode(item))
            if len(items) == count:
                return {"items": items, "end": False}
        return {"items": items, "end": True}

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

    def _encode(self, value: Any) -> Any:
        return wire.encode(value, self._keep)

    def _keep(self, value: Any) -> dict[str, Any]:
        handle, self._next = self._next, self._next + 1
        self._kept[handle] = value
        return {"$": "object", "v": [handle, type(value).__name__]}

    def _decode(self, value: Any) -> Any:
        return wire.decode(value, self._resolve)

    def _resolve(self, tag: str, value: Any) -> Any:
        return self._kept[value] if tag == "object" else self._attribute(None, value)


class _MissingError(Exception):
    """The module, or an object, has no such name."""


def described(error: BaseException) -> dict[str, Any]:
    """An exception as it travels."""
    try:
        message = str(error)
    except BaseException:  # noqa: BLE001 - a __str__ of theirs.
        message = ""
    names = [kind.__name__ for kind in type(error).__mro__ if kind is not object]
    text = message[:MESSAGE_CHARACTERS].encode(errors="replace").decode()
    return {"type": names[0], "message": text, "names": names[:20]}
