"""Two reports as multisets of typed rows, and the first difference as a sentence."""

from collections import Counter
from decimal import Decimal
from typing import Any

from expected import COLUMNS, Row

_CUSTOMER = list(COLUMNS).index("customer_id")
_TYPES = {int: "an integer", Decimal: "numeric", str: "text", float: "double precision", bool: "boolean"}
_ROUNDING = Decimal("0.01")


def difference(found: list[Row], expected: list[Row]) -> str | None:
    """None if both hold the same rows, in whatever order. `expected` holds a customer once."""
    counts = Counter(row[_CUSTOMER] for row in found)
    wanted = {row[_CUSTOMER]: row for row in expected}
    if missing := [row for row in expected if row[_CUSTOMER] not in counts]:
        return f"{len(found)} rows instead of {len(expected)}; missing, for example: {show(missing[0])}"
    for row in found:
        if counts[row[_CUSTOMER]] > 1:
            return f"customer_id {show_value(row[_CUSTOMER])} is there {counts[row[_CUSTOMER]]} times"
        if row[_CUSTOMER] not in wanted:
            return f"{len(found)} rows instead of {len(expected)}; too many, for example: {show(row)}"
        if told := _cells(row, wanted[row[_CUSTOMER]]):
            return told
    return None


def _cells(found: Row, expected: Row) -> str | None:
    for name, value, wanted in zip(COLUMNS, found, expected, strict=True):
        if not _same(name, value, wanted):
            return f"customer_id {expected[_CUSTOMER]}: {name} is {_told(value, wanted)}"
    return None


def _told(value: Any, wanted: Any) -> str:
    """Names the types where they are what differs."""
    if value is None or wanted is None or type(value) is type(wanted):
        return f"{show_value(value)}, expected {show_value(wanted)}"
    return f"{show_value(value)} ({_type(value)}), expected {show_value(wanted)} ({_type(wanted)})"


def _same(name: str, value: Any, wanted: Any) -> bool:
    if type(value) is not type(wanted):
        return False
    if name == "average_hours" and wanted is not None:
        return abs(value - wanted) <= _ROUNDING
    return bool(value == wanted)


def show(row: Row) -> str:
    return ", ".join(f"{name} {show_value(value)}" for name, value in zip(COLUMNS, row, strict=False))


def show_value(value: Any) -> str:
    """As psql would show it, cut where it gets long."""
    return "NULL" if value is None else str(value)[:60]


def _type(value: Any) -> str:
    return _TYPES.get(type(value), type(value).__name__)
