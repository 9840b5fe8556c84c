"""Partial credit for counted work, as the statement declares it."""

from math import log

LARGE_BLOCKS = (1_000, 10_000)
SMALL_BLOCKS = (750, 7_500)
LARGE_ROWS = (4_000, 40_000)
SMALL_ROWS = (4_000, 40_000)
GROWTH = (2.0, 8.0)
INDEX_MIB = (20.0, 45.0)


def credit(value: float, full: float, none: float) -> float:
    """1 up to `full`, 0 from `none` on, in between linear on a logarithmic scale; two decimals."""
    if value <= full:
        return 1.0
    if value >= none:
        return 0.0
    return round(log(none / value) / log(none / full), 2)
