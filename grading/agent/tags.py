"""Single values under their tags: what JSON lacks, written as text or numbers. `wire` does the rest."""

import base64
import datetime
import decimal
import importlib
import math
import sys
from collections.abc import Callable
from typing import Any

INT_DIGITS = 100_000
"""Hexadecimal digits of one integer."""
DECIMAL_CHARACTERS = 1000
DECIMAL_EXPONENT = 10_000
PLAIN_INT = 2**53
_FLOATS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf, "-0.0": -0.0}

Written = tuple[str, Any]


def is_plain_float(value: float) -> bool:
    return math.isfinite(value) and (value != 0 or math.copysign(1, value) > 0)


def written(value: Any) -> Written | None:
    """Tag and text of a value of exactly one of the types below; None for any other.

    Of the rarer types' modules none is imported for this: whoever has such a value has imported it.
    """
    kind = type(value)
    if (write := _WRITERS.get(kind)) is not None:
        return write(value)
    module, name = kind.__module__, kind.__qualname__
    if (rare := _RARE_WRITERS.get((module, name))) is None:
        return None
    return rare(value) if getattr(sys.modules.get(module), name, None) is kind else None


def read(tag: Any, inner: Any) -> Any:
    """Raises one of `wire`'s `_UNREADABLE` for what `written` would not have made."""
    return _READERS[tag](inner)


def number(value: float) -> Any:
    """An integer or a float as it stands inside another value's text."""
    if type(value) is int:
        return value if -PLAIN_INT <= value <= PLAIN_INT else {"$": "int", "v": hex(value)}
    return value if is_plain_float(value) else {"$": "float", "v": repr(value)}


def _read_number(value: Any) -> Any:
    if isinstance(value, dict):
        return read(value["$"], value["v"]) if value["$"] in ("int", "float") else None
    if type(value) not in (int, float):
        raise TypeError
    return value


def _read_whole(value: Any) -> int:
    found = _read_number(value)
    if type(found) is not int:
        raise TypeError
    return found


def _write_datetime(value: datetime.datetime) -> Written:
    key = getattr(value.tzinfo, "key", None)
    if key is None or not isinstance(key, str):
        return "datetime", value.isoformat()
    return "datetime", [value.replace(tzinfo=None).isoformat(), key, value.fold]


def _read_datetime(inner: Any) -> datetime.datetime:
    if isinstance(inner, str):
        return datetime.datetime.fromisoformat(inner)
    text, key, fold = inner
    naive = datetime.datetime.fromisoformat(text)
    if naive.tzinfo is not None:
        raise ValueError
    return naive.replace(tzinfo=_zone(key), fold=fold)


def _zone(key: str) -> Any:
    """Raises ValueError, also for a zone that is not there (a KeyError of zoneinfo's)."""
    return importlib.import_module("zoneinfo").ZoneInfo(key)


def _write_timezone(value: Any) -> Written:
    return "timezone", datetime.timezone.utcoffset(value, None).total_seconds()


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


def _complex(parts: list[Any]) -> complex:
    real, imaginary = parts
    return complex(float(_read_number(real)), float(_read_number(imaginary)))


def _fraction(parts: list[Any]) -> Any:
    numerator, denominator = parts
    return importlib.import_module("fractions").Fraction(_read_whole(numerator), _read_whole(denominator))


def _range(parts: list[Any]) -> range:
    start, stop, step = parts
    return range(_read_whole(start), _read_whole(stop), _read_whole(step))


_WRITERS: dict[type, Callable[[Any], Written]] = {
    bytes: lambda value: ("bytes", base64.b64encode(value).decode()),
    bytearray: lambda value: ("bytearray", base64.b64encode(value).decode()),
    complex: lambda value: ("complex", [number(value.real), number(value.imag)]),
    range: lambda value: ("range", [number(part) for part in (value.start, value.stop, value.step)]),
    decimal.Decimal: lambda value: ("decimal", str(value)),
    datetime.datetime: _write_datetime,
    datetime.date: lambda value: ("date", value.isoformat()),
    datetime.time: lambda value: ("time", value.isoformat()),
    datetime.timedelta: lambda value: ("timedelta", [value.days, value.seconds, value.microseconds]),
    datetime.timezone: _write_timezone,
}
_RARE_WRITERS: dict[tuple[str, str], Callable[[Any], Written | None]] = {
    ("fractions", "Fraction"): lambda value: (
        "fraction",
        [number(value.numerator), number(value.denominator)],
    ),
    ("uuid", "UUID"): lambda value: ("uuid", str(value)),
    ("zoneinfo", "ZoneInfo"): lambda value: ("zone", value.key) if value.key else None,
}
_READERS: dict[Any, Callable[[Any], Any]] = {
    "int": _int,
    "float": lambda text: _FLOATS[text],
    "complex": _complex,
    "fraction": _fraction,
    "bytes": lambda text: base64.b64decode(text, validate=True),
    "bytearray": lambda text: bytearray(base64.b64decode(text, validate=True)),
    "decimal": _decimal,
    "datetime": _read_datetime,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "timedelta": _timedelta,
    "timezone": lambda seconds: datetime.timezone(datetime.timedelta(seconds=seconds)),
    "zone": _zone,
    "uuid": lambda text: importlib.import_module("uuid").UUID(text),
    "range": _range,
}
