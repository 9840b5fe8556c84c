"""Values on their way between the judge and a candidate's functions: JSON, with tags for what JSON lacks.

`PROTOCOL.md` beside this has the table. No pickle, no eval, no constructor that the other side names. What is
deeper than `DEPTH` or has more than `NODES` parts is refused on both sides; so is a text with a lone
surrogate, which no encoding could store.
"""

import json
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any

from . import tags

DEPTH = 200
NODES = 500_000
LINE_BYTES = 8 * 1024 * 1024

_PLAIN = tags.PLAIN_INT
_MAPPINGS: dict[type, str] = {dict: "dict", defaultdict: "dict", OrderedDict: "ordered", Counter: "counter"}
_SEQUENCES: dict[type, str] = {
    tuple: "tuple",
    set: "set",
    frozenset: "frozenset",
    type({}.keys()): "keys",
    type({}.values()): "values",
}
_ITEMS: type = type({}.items())
_COLLECTIONS = (
    "slice",
    "tuple",
    "set",
    "frozenset",
    "keys",
    "values",
    "dict",
    "ordered",
    "counter",
    "items",
    "deque",
)
_UNREADABLE = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, OSError)
"""What reading a text raises that `encode` did not make."""
_OTHERS = ("object", "name", "named", "enum", "function", "iterator", "borrowed", "builtin", "listed")


class WireError(Exception):
    """A value that cannot travel, or a text that is none. The message is a sentence without its subject;
    `code` is what `PROTOCOL.md` lists.
    """

    def __init__(self, message: str, code: str = "kind") -> None:
        super().__init__(message)
        self.code = code


Nested = Callable[[Any], Any]
"""Encodes, or decodes, a part of the value at hand."""
Other = Callable[[Any, Nested], Any]
"""Encodes a value of no type above, or raises WireError."""
Resolve = Callable[[str, Any, Nested], Any]
"""What stands for something of the other side: called with one of `_OTHERS` and its value."""


def dump(message: Any) -> bytes:
    """One line, newline included, of what `encode` made. Raises WireError if it is too long."""
    line = json.dumps(message, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode() + b"\n"
    if len(line) > LINE_BYTES:
        raise WireError(f"is larger than {LINE_BYTES // 2**20} MiB", "large")
    return line


def load(line: bytes) -> Any:
    """The JSON of a line, its tags not read yet. Raises WireError."""
    if weight(line) > 3 * NODES:
        raise WireError(f"has more than {NODES} parts", "parts")
    try:
        return json.loads(line.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise WireError("is not JSON") from error


def weight(line: bytes) -> int:
    """Of how many parts its value is, at most about three times too many."""
    return line.count(b",") + line.count(b"[") + line.count(b"{")


def encode(value: Any, other: Other) -> Any:
    """The value for `dump`."""
    return _Encoder(other).encode(value, 0)


def decode(value: Any, resolve: Resolve, *, longest_range: int | None = None) -> Any:
    """The value that `encode` was given. Raises WireError for whatever it would not have made."""
    return _Decoder(resolve, longest_range).decode(value, 0)


class _Counted:
    """Keeps depth and number of parts within bounds."""

    def __init__(self) -> None:
        self._nodes = 0

    def _count(self, depth: int) -> None:
        self._nodes += 1
        if self._nodes > NODES:
            raise WireError(f"has more than {NODES} parts", "parts")
        if depth > DEPTH:
            raise WireError(f"is nested more than {DEPTH} deep, or holds itself", "deep")


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
            return value if tags.is_plain_float(value) else _tagged("float", repr(value))
        if kind is list:
            return [self.encode(item, depth + 1) for item in value]
        if kind is dict:
            return self._mapping(value, "dict", depth)
        if kind is tuple:
            return _tagged("tuple", [self.encode(item, depth + 1) for item in value])
        return self._rarer(value, kind, depth)

    def _rarer(self, value: Any, kind: type, depth: int) -> Any:
        if tag := _SEQUENCES.get(kind):
            return _tagged(tag, [self.encode(item, depth + 1) for item in value])
        if tag := _MAPPINGS.get(kind):
            return self._mapping(value, tag, depth)
        if kind is _ITEMS:
            return _tagged("items", self._pairs(value, depth))
        if kind is deque:
            return _tagged("deque", [[self.encode(item, depth + 1) for item in value], value.maxlen])
        if kind is slice:
            bounds = (value.start, value.stop, value.step)
            return _tagged("slice", [self.encode(item, depth + 1) for item in bounds])
        if (written := tags.written(value)) is not None:
            return _tagged(*written)
        return self._other(value, lambda part: self.encode(part, depth + 1))

    def _mapping(self, value: dict[Any, Any], tag: str, depth: int) -> Any:
        items = list(dict.items(value))
        if tag == "dict" and all(type(key) is str and key != "$" for key, _ in items):
            return {key: self.encode(item, depth + 1) for key, item in items}
        return _tagged(tag, self._pairs(items, depth))

    def _pairs(self, items: Any, depth: int) -> list[Any]:
        return [[self.encode(key, depth + 1), self.encode(item, depth + 1)] for key, item in items]


class _Decoder(_Counted):
    """Everything it reads may be hostile."""

    def __init__(self, resolve: Resolve, longest_range: int | None) -> None:
        super().__init__()
        self._resolve, self._longest_range = resolve, longest_range

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
        if tag in _COLLECTIONS:
            return self._collection(tag, inner, depth)
        try:
            if tag in _OTHERS:
                return self._resolve(tag, inner, lambda part: self.decode(part, depth + 1))
            found = tags.read(tag, inner)
            if tag == "range" and self._longest_range is not None and len(found) > self._longest_range:
                raise WireError("holds a range that is too long", "parts")
            return found
        except _UNREADABLE as error:
            raise WireError("holds a value that cannot be read") from error

    def _collection(self, tag: str, inner: Any, depth: int) -> Any:
        longest = None
        if tag == "deque" and isinstance(inner, list) and len(inner) == 2:
            inner, longest = inner
        if not isinstance(inner, list) or not (longest is None or (type(longest) is int and longest >= 0)):
            raise WireError("holds a value that cannot be read")
        try:
            if tag in ("dict", "ordered", "counter", "items"):
                return self._pairs(tag, inner, depth)
            return self._items(tag, [self.decode(item, depth + 1) for item in inner], longest)
        except TypeError as error:
            raise WireError("holds a set or a mapping of things that cannot be its members") from error

    def _items(self, tag: str, items: list[Any], longest: int | None) -> Any:
        match tag:
            case "tuple":
                return tuple(items)
            case "slice":
                return slice(*items)
            case "values":
                return dict(enumerate(items)).values()
            case "keys":
                return dict.fromkeys(items).keys()
            case "deque":
                return deque(items, longest)
        found = set()
        for item in items:  # One by one: a time limit can end it, whatever the hashes are.
            found.add(item)
        return found if tag == "set" else frozenset(found)

    def _pairs(self, tag: str, inner: list[Any], depth: int) -> Any:
        found: dict[Any, Any] = OrderedDict() if tag == "ordered" else {}
        for pair in inner:
            if not isinstance(pair, list) or len(pair) != 2:
                raise WireError("holds a value that cannot be read")
            found[self.decode(pair[0], depth + 1)] = self.decode(pair[1], depth + 1)
        if tag == "counter":
            counted: Counter[Any] = Counter()
            dict.update(counted, found)
            return counted
        return found.items() if tag == "items" else found


def _tagged(tag: str, value: Any) -> dict[str, Any]:
    return {"$": tag, "v": value}


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise WireError("holds a text with a lone surrogate", "surrogate") from error
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)
