"""The test's functions, iterators and objects, as a candidate's code has them. The judge calls what they
stand for.

A stand-in knows its number, its name and its parameters, and nothing of what it stands for.
"""

import builtins
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from . import wire
from .borrowed import borrowed

Ask = Callable[[dict[str, Any]], dict[str, Any]]
"""Sends a call up the line and gives the reply."""
_KINDS = tuple(inspect._ParameterKind)
_PARAMETERS = 100


class Callbacks:
    """Those of one test."""

    def __init__(self, ask: Ask, encode: wire.Nested, decode: wire.Nested) -> None:
        self._ask, self._encode, self._decode = ask, encode, decode
        self._made: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        """By the stand-in's id."""
        self._errors: dict[int, tuple[BaseException, int]] = {}

    def resolve(self, tag: str, told: Any) -> Any:
        """What a 'function', an 'iterator' or something 'borrowed' is here: the same one whenever the same
        number comes.
        """
        number = told if tag == "iterator" else told[0]
        if number not in self._made:
            if tag == "iterator":
                made: Any = self._iterator(number)
            else:
                made = self._function(*told) if tag == "function" else borrowed(self._use, *told)
            self._made[number] = made
            self._numbers[id(made)] = number
        return self._made[number]

    def number(self, value: Any) -> int | None:
        """Of a function of the test that goes back to it."""
        return self._numbers.get(id(value))

    def number_of_error(self, error: BaseException) -> int | None:
        """Of an exception that left a function of the test, and now leaves the candidate's code."""
        known, number = self._errors.get(id(error), (None, None))
        return number if known is error else None

    def _function(self, number: int, name: str, parameters: Any, is_async: bool) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            return self._call(number, args, kwargs)

        async def wait(*args: Any, **kwargs: Any) -> Any:
            return self._call(number, args, kwargs)

        made: Any = wait if is_async else call
        made.__name__ = made.__qualname__ = name
        made.__module__ = "tests"
        if parameters is not None:
            made.__signature__ = inspect.Signature([_parameter(*one) for one in parameters[:_PARAMETERS]])
        return made

    def _iterator(self, number: int) -> Iterator[Any]:
        while "end" not in (reply := self._ask({"call": number, "args": [], "kwargs": {}})):
            yield self._value(reply)

    def _call(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        reply = self._ask(
            {
                "call": number,
                "args": [self._encode(item) for item in args],
                "kwargs": {key: self._encode(item) for key, item in kwargs.items()},
            }
        )
        return self._value(reply)

    def _use(self, number: int, verb: str, name: str, *args: Any) -> Any:
        """Reads, sets, deletes or calls an attribute of an object of the test."""
        told = {"verb": verb, "name": name, "args": [self._encode(item) for item in args], "kwargs": {}}
        return self._value(self._ask({"call": number, **told}))

    def _value(self, reply: dict[str, Any]) -> Any:
        if "error" in reply:
            raise self._error(reply["error"])
        return self._decode(reply["value"])

    def _error(self, told: dict[str, Any]) -> BaseException:
        first, *bases = told["names"]
        found = (vars(builtins).get(name) for name in (first, *bases))
        base = next((kind for kind in found if isinstance(kind, type)), Exception)
        kind = base if base.__name__ == first else type(first, (base,), {"__module__": "tests"})
        args = [self._decode(item) for item in told["args"]]
        try:
            error: BaseException = kind(*args)
        except Exception:  # noqa: BLE001 - a built-in that wants other arguments.
            error = Exception(*args)
        self._errors[id(error)] = (error, told["yours"])
        return error


def _parameter(name: str, kind: int, has_default: bool) -> inspect.Parameter:
    default: Any = ... if has_default else inspect.Parameter.empty
    return inspect.Parameter(name, _KINDS[kind], default=default)
