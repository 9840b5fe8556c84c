"""A value in a few words. What came from a candidate is not asked how it wants to be shown."""

import datetime
import uuid
from decimal import Decimal
from fractions import Fraction
from typing import Any

TEXT_CHARACTERS = 60
_INT_BITS = 1000
"""Python refuses to write out much larger ones, and nobody reads them."""
_TIMES = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)
_EXACT = (type(None), bool, float, complex, range, Decimal, Fraction, uuid.UUID, *_TIMES)
_COUNTED: dict[type, str] = {
    dict: "keys",
    list: "items",
    tuple: "items",
    set: "members",
    frozenset: "members",
}


def show(value: Any, *, typed: bool = False) -> str:
    """One line; `typed` adds the type's name where the value does not tell it."""
    kind = type(value)
    if kind in _COUNTED:
        return f"a {kind.__name__} of {_number(len(value), _COUNTED[kind])}"
    text = _scalar(value)
    if text is None:
        return f"{'an' if kind.__name__[:1].lower() in 'aeiou' else 'a'} {kind.__name__}"
    return f"{text} ({kind.__name__})" if typed else text


def _scalar(value: Any) -> str | None:
    kind = type(value)
    if kind is int:
        return str(value) if value.bit_length() <= _INT_BITS else f"an integer of {value.bit_length()} bits"
    if kind in (str, bytes, bytearray):
        cut = len(value) > TEXT_CHARACTERS
        return repr(value[:TEXT_CHARACTERS]) + (f"... of {len(value)}" if cut else "")
    if kind in _EXACT:
        text = str(value) if kind in (Decimal, Fraction, uuid.UUID, *_TIMES) else repr(value)
        return text[:TEXT_CHARACTERS]
    return None


def _number(count: int, things: str) -> str:
    return f"{count} {things.removesuffix('s') if count == 1 else things}"
