"""Values on their way between the judge and a candidate's functions: JSON, with tags for what JSON lacks.

None, True, False, texts, finite floats and integers up to 2**53 are themselves; a list is an array; a dict
whose keys are texts (and none of them '$') is an object. Everything else is `{"$": tag, "v": ...}`:

int        '-0x1f' (beyond 2**53)          float   'nan', 'inf', '-inf', '-0.0'
bytes      base64                          tuple, set, frozenset   an array
dict       an array of [key, value]        decimal, datetime, date, time   their usual text
timedelta  [days, seconds, microseconds]   object  a handle: what stays on the other side
name       a function or class of the candidate's module, by its name

No pickle, no eval, no constructor that the other side names. What is deeper than `DEPTH` or has more than
`NODES` parts is refused on both sides; so is a text with a lone surrogate, which no encoding could store.
"""

import base64
import datetime
import decimal
import json
import math
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any

DEPTH = 200
NODES = 500_000
LINE_BYTES = 8 * 1024 * 1024
INT_DIGITS = 100_000
"""Hexadecimal digits of one integer."""
DECIMAL_CHARACTERS = 1000
DECIMAL_EXPONENT = 10_000

_PLAIN = 2**53
_MAPPINGS = (dict, OrderedDict, defaultdict, Counter)
_FLOATS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf, "-0.0": -0.0}


class WireError(Exception):
    """A value that cannot travel, or a text that is none. The message is a sentence without its subject."""


Other = Callable[[Any], Any]
"""Encodes a value of no type above, or raises WireError."""
Resolve = Callable[[str, Any], Any]
"""What 'object' and 'name' stand for: called with the tag and its value."""


def dump(message: Any) -> bytes:
    """One line, newline included, of what `encode` made. Raises WireError if it is too long."""
    line = json.dumps(message, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode() + b"\n"
    if len(line) > LINE_BYTES:
        raise WireError(f"is larger than {LINE_BYTES // 2**20} MiB")
    return line


def load(line: bytes) -> Any:
    """The JSON of a line, its tags not read yet. Raises WireError."""
    if line.count(b",") + line.count(b"[") + line.count(b"{") > 3 * NODES:
        raise WireError(f"has more than {NODES} parts")
    try:
        return json.loads(line.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise WireError("is not JSON") from error


def encode(value: Any, other: Other) -> Any:
    """The value for `dump`."""
    return _Encoder(other).encode(value, 0)


def decode(value: Any, resolve: Resolve) -> Any:
    """The value that `encode` was given. Raises WireError for whatever it would not have made."""
    return _Decoder(resolve).decode(value, 0)


class _Counted:
    """Keeps depth and number of parts within bounds."""

    def __init__(self) -> None:
        self._nodes = 0

    def _count(self, depth: int) -> None:
        self._nodes += 1
        if self._nodes > NODES:
            raise WireError(f"has more than {NODES} parts")
        if depth > DEPTH:
            raise WireError(f"is nested more than {DEPTH} deep, or holds itself")


class _Encoder(_Counted):
    """Looks at exact types only, so that no method of a candidate's class is called."""

    def __init__(self, other: Other) -> None:
        super().__init__()
        self._other = other

    def encode(self, value: Any, depth: int) -> Any:
        self._count(depth)
        kind = type(value)
        if value is None or kind is bool or kind is str:
            return value
        if kind is int:
            return value if -_PLAIN <= value <= _PLAIN else _tagged("int", hex(value))
        if kind is float:
            return value if _is_plain_float(value) else _tagged("float", repr(value))
        if kind is list:
            return [self.encode(item, depth + 1) for item in value]
        if kind in _MAPPINGS:
            return self._mapping(value, depth)
        if kind in (tuple, set, frozenset):
            return _tagged(kind.__name__, [self.encode(item, depth + 1) for item in value])
        if _is_named_tuple(kind):
            return _tagged("tuple", [self.encode(item, depth + 1) for item in tuple.__iter__(value)])
        written = _SCALARS.get(kind)
        return self._other(value) if written is None else _tagged(*written(value))

    def _mapping(self, value: dict[Any, Any], depth: int) -> Any:
        items = list(dict.items(value))
        if all(type(key) is str and key != "$" for key, _ in items):
            return {key: self.encode(item, depth + 1) for key, item in items}
        pairs = [[self.encode(key, depth + 1), self.encode(item, depth + 1)] for key, item in items]
        return _tagged("dict", pairs)


class _Decoder(_Counted):
    """Everything it reads may be hostile."""

    def __init__(self, resolve: Resolve) -> None:
        super().__init__()
        self._resolve = resolve

    def decode(self, value: Any, depth: int) -> Any:
        self._count(depth)
        if isinstance(value, str):
            return _text(value)
        if isinstance(value, list):
            return [self.decode(item, depth + 1) for item in value]
        if not isinstance(value, dict):
            return value
        if "$" not in value:
            return {_text(key): self.decode(item, depth + 1) for key, item in value.items()}
        tag, inner = value["$"], value.get("v")
        if tag in ("tuple", "set", "frozenset", "dict"):
            return self._collection(tag, inner, depth)
        if tag in ("object", "name"):
            return self._resolve(tag, inner)
        try:
            return _READERS[tag](inner)
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise WireError("holds a value that cannot be read") from error

    def _collection(self, tag: str, inner: Any, depth: int) -> Any:
        if not isinstance(inner, list):
            raise WireError("holds a value that cannot be read")
        try:
            if tag == "dict":
                return self._pairs(inner, depth)
            items = [self.decode(item, depth + 1) for item in inner]
            if tag == "tuple":
                return tuple(items)
            found = set()
            for item in items:  # One by one: a time limit can end it, whatever the hashes are.
                found.add(item)
        except TypeError as error:
            raise WireError("holds a set or a mapping of things that cannot be its members") from error
        return found if tag == "set" else frozenset(found)

    def _pairs(self, inner: list[Any], depth: int) -> dict[Any, Any]:
        found = {}
        for pair in inner:
            if not isinstance(pair, list) or len(pair) != 2:
                raise WireError("holds a value that cannot be read")
            found[self.decode(pair[0], depth + 1)] = self.decode(pair[1], depth + 1)
        return found


def _tagged(tag: str, value: Any) -> dict[str, Any]:
    return {"$": tag, "v": value}


def _is_plain_float(value: float) -> bool:
    return math.isfinite(value) and (value != 0 or math.copysign(1, value) > 0)


def _is_named_tuple(kind: type) -> bool:
    return kind.__bases__ == (tuple,) and "_fields" in kind.__dict__


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise WireError("holds a text with a lone surrogate") from error
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


_SCALARS: dict[type, Callable[[Any], tuple[str, Any]]] = {
    bytes: lambda value: ("bytes", base64.b64encode(value).decode()),
    bytearray: lambda value: ("bytes", base64.b64encode(value).decode()),
    decimal.Decimal: lambda value: ("decimal", str(value)),
    datetime.datetime: lambda value: ("datetime", value.isoformat()),
    datetime.date: lambda value: ("date", value.isoformat()),
    datetime.time: lambda value: ("time", value.isoformat()),
    datetime.timedelta: lambda value: ("timedelta", [value.days, value.seconds, value.microseconds]),
}


def _int(text: str) -> int:
    if len(text) > INT_DIGITS:
        raise ValueError
    return int(text, 16)


def _decimal(text: str) -> decimal.Decimal:
    if len(text) > DECIMAL_CHARACTERS:
        raise ValueError
    value = decimal.Decimal(text)
    if value.is_finite() and abs(value.adjusted()) > DECIMAL_EXPONENT:
        raise ValueError
    return value


def _timedelta(parts: list[int]) -> datetime.timedelta:
    days, seconds, microseconds = parts
    return datetime.timedelta(days=days, seconds=seconds, microseconds=microseconds)


_READERS: dict[Any, Callable[[Any], Any]] = {
    "int": _int,
    "float": lambda text: _FLOATS[text],
    "bytes": lambda text: base64.b64decode(text, validate=True),
    "decimal": _decimal,
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "timedelta": _timedelta,
}
