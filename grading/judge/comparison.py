"""The strict comparison that authors get as the fixture `same`.

Python says that 1 == True == 1.0, that [1] == [True], and asks both operands what they think. Here types
count, at every depth, and no method of a value that came from a candidate is called: what is known is looked
at by its exact type, and what is not known differs from all plain data.

Values of the same type are compared as usual, except that nan is nan, and -0.0 is not 0.0. Mappings are alike
whatever their class (the order of an OrderedDict counts only if one is expected); a named tuple is a tuple.
With a tolerance a number is a number, whatever its type: `tolerance=0` is for those who count 2.0 as 2. A
boolean never is one.
"""

import dataclasses
import math
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any
from unittest.mock import ANY

from .shown import show

Differences = Iterator[str]

_MAPPINGS = (dict, OrderedDict, defaultdict, Counter)
_REALS = (int, float, Decimal, Fraction)
_ANY: type = type(ANY)
_APPROX = ("ApproxScalar", "ApproxDecimal")
"""What `pytest.approx` makes of a number."""
_MOST = 5
"""Differences that are told."""


class DifferentError(AssertionError):
    """Two values that should be the same are not. `message` is its author's; `differences` may tell what was
    expected, so they are not for the candidate of a hidden test.
    """

    def __init__(self, message: str, differences: Sequence[str]) -> None:
        self.message, self.differences = message, tuple(differences)
        super().__init__("\n".join((*([message] if message else []), *differences)))


class Same:
    """`same(actual, expected)` fails the test if they differ, and says where: '$.items[3].price is 2.0
    (float), expected 2 (int)'.

    `message` is what the candidate reads, as in `assert ..., message`. `tolerance`: numbers of any type may
    differ by so much, absolutely or as a share of the larger one; two integers may not. `unordered`: the
    items of the outermost list may come in any order.
    """

    def __call__(
        self,
        actual: Any,
        expected: Any,
        message: str = "",
        *,
        tolerance: float | None = None,
        unordered: bool = False,
    ) -> None:
        __tracebackhide__ = True
        if found := self.differences(actual, expected, tolerance=tolerance, unordered=unordered):
            raise DifferentError(message, found)

    def differences(
        self, actual: Any, expected: Any, *, tolerance: float | None = None, unordered: bool = False
    ) -> list[str]:
        """The first few, as sentences; none if they are the same."""
        _check(tolerance, expected, unordered=unordered)
        comparison = _Comparison(None if tolerance is None else Fraction(tolerance))
        compare = comparison.in_any_order if unordered else comparison.compare
        return [text for text, _ in zip(compare("$", actual, expected), range(_MOST), strict=False)]


def _check(tolerance: float | None, expected: Any, *, unordered: bool) -> None:
    """An author's mistakes are theirs."""
    if tolerance is not None and (isinstance(tolerance, bool) or not 0 <= tolerance < math.inf):
        raise ValueError(f"tolerance={tolerance!r}: a number from 0")
    if unordered and type(expected) not in (list, tuple):
        raise TypeError(f"unordered=True is for lists, not for {type(expected).__name__}")


class _Comparison:
    def __init__(self, tolerance: Fraction | None) -> None:
        self._tolerance = tolerance

    def compare(self, path: str, actual: Any, expected: Any) -> Differences:
        kind = type(expected)
        compare = self._by_type(kind)
        if compare is not None and _is_alike(type(actual), kind):
            yield from compare(path, actual, expected)
        elif not self._is_same(actual, expected):
            yield f"{path} is {_told(actual, expected)}"

    def _by_type(self, kind: type) -> Callable[[str, Any, Any], Differences] | None:
        if kind in _MAPPINGS:
            return self._mappings
        if kind in (list, tuple, deque):
            return self._sequences
        if kind in (set, frozenset):
            return self._sets
        return self._fields if dataclasses.is_dataclass(kind) and kind.__module__ != __name__ else None

    def _is_same(self, actual: Any, expected: Any) -> bool:
        kind = type(expected)
        if kind is _ANY:
            return True
        if kind.__name__ in _APPROX:
            return type(actual) in (*_REALS, complex) and bool(expected == actual)
        if self._tolerance is not None and kind in _REALS and type(actual) in _REALS:
            return _is_near(actual, expected, self._tolerance)
        if type(actual) is not kind:
            return False
        if kind in (float, complex, Decimal):
            return self._frozen(actual) == self._frozen(expected)
        return bool(actual == expected)

    def _mappings(self, path: str, actual: Any, expected: Any) -> Differences:
        found = {self._frozen(key): (key, value) for key, value in dict.items(actual)}
        wanted = {self._frozen(key): (key, value) for key, value in dict.items(expected)}
        for frozen, (key, value) in wanted.items():
            if frozen in found:
                yield from self.compare(_below(path, key), found[frozen][1], value)
            else:
                yield f"{path} has no {show(key)}, expected {show(value)} there"
        for frozen, (key, value) in found.items():
            if frozen not in wanted:
                yield f"{path} has {show(key)}, which was not expected: {show(value)}"
        if type(expected) is OrderedDict and found.keys() == wanted.keys() and [*found] != [*wanted]:
            yield f"{path} has the right keys in another order"

    def _sequences(self, path: str, actual: Any, expected: Any) -> Differences:
        for index, (mine, theirs) in enumerate(zip(_items(actual), _items(expected), strict=False)):
            yield from self.compare(f"{path}[{index}]", mine, theirs)
        yield from _lengths(path, _items(actual), _items(expected))

    def _sets(self, path: str, actual: Any, expected: Any) -> Differences:
        found = {self._frozen(item): item for item in actual}
        wanted = {self._frozen(item): item for item in expected}
        for frozen, item in wanted.items():
            if frozen not in found:
                yield f"{path} does not hold {show(item, typed=True)}"
        for frozen, item in found.items():
            if frozen not in wanted:
                yield f"{path} holds {show(item, typed=True)}, which was not expected"

    def _fields(self, path: str, actual: Any, expected: Any) -> Differences:
        for field in dataclasses.fields(expected):
            if field.compare:
                name = field.name
                yield from self.compare(f"{path}.{name}", getattr(actual, name), getattr(expected, name))

    def in_any_order(self, path: str, actual: Any, expected: Any) -> Differences:
        if not _is_alike(type(actual), type(expected)):
            yield f"{path} is {_told(actual, expected)}"
            return
        left = Counter(map(self._frozen, actual))
        missing = []
        for item in expected:
            if left[frozen := self._frozen(item)]:
                left[frozen] -= 1
            else:
                missing.append(item)
        extra = []
        for item in _items(actual):
            if left[frozen := self._frozen(item)]:
                left[frozen] -= 1
                extra.append(item)
        missing, extra = self._unpaired(missing, extra)
        yield from (f"{path} does not hold {_whole(item)}" for item in missing)
        yield from (f"{path} holds {_whole(item)}, which was not expected, or not so often" for item in extra)

    def _unpaired(self, wanted: list[Any], found: list[Any]) -> tuple[list[Any], list[Any]]:
        """What is left of both once as many as possible are paired."""
        pairs: dict[int, int] = {}
        """From an index of `found` to one of `wanted`."""

        def pair(index: int, tried: set[int]) -> bool:
            for other, item in enumerate(found):
                if other in tried or next(self.compare("$", item, wanted[index]), None) is not None:
                    continue
                tried.add(other)
                if other not in pairs or pair(pairs[other], tried):
                    pairs[other] = index
                    return True
            return False

        unpaired = [item for index, item in enumerate(wanted) if not pair(index, set())]
        return unpaired, [item for other, item in enumerate(found) if other not in pairs]

    def _frozen(self, value: Any) -> Hashable:
        """What is equal for two values only if they are the same."""
        kind = type(value)
        if kind in _REALS:
            return self._number(value)
        if kind is complex:
            return complex, self._number(value.real), self._number(value.imag)
        if kind in _MAPPINGS:
            return dict, frozenset((self._frozen(key), self._frozen(item)) for key, item in dict.items(value))
        if kind in (list, deque) or issubclass(kind, tuple):
            return _family(kind), tuple(map(self._frozen, _items(value)))
        if kind in (set, frozenset):
            return kind, frozenset(map(self._frozen, value))
        if kind is bytearray:
            return kind, bytes(value)
        return kind, value if isinstance(value, Hashable) else id(value)

    def _number(self, value: Any) -> Hashable:
        kind = type(value)
        if special := _special(value):
            return float if self._tolerance is not None else kind, special
        if self._tolerance is not None:
            return Fraction, Fraction(value)
        return kind, str(value) if kind is float and value == 0 else value


def _is_alike(kind: type, expected: type) -> bool:
    """Whether the one can be compared with the other part by part."""
    if expected in _MAPPINGS:
        return kind is expected or (kind in _MAPPINGS and expected is not OrderedDict)
    return kind is expected or (expected is tuple and issubclass(kind, tuple))


def _family(kind: type) -> type:
    return tuple if issubclass(kind, tuple) else kind


def _items(value: Any) -> list[Any]:
    """Of a list, a deque or any tuple, whatever its class says about iteration."""
    return list(tuple.__iter__(value) if issubclass(type(value), tuple) else value)


def _lengths(path: str, actual: list[Any], expected: list[Any]) -> Differences:
    if len(actual) != len(expected):
        first = (actual if len(actual) > len(expected) else expected)[min(len(actual), len(expected))]
        which = "the first too many" if len(actual) > len(expected) else "the first that is missing"
        yield f"{path} has {len(actual)} items, expected {len(expected)}; {which} is {show(first)}"


def _special(value: Any) -> str:
    """'nan', 'inf', '-inf', or '' for a usual number."""
    if type(value) is float:
        return "" if math.isfinite(value) else str(value)
    if type(value) is Decimal and not value.is_finite():
        return "nan" if value.is_nan() else "inf" if value > 0 else "-inf"
    return ""


def _is_near(actual: Any, expected: Any, tolerance: Fraction) -> bool:
    if type(actual) is int and type(expected) is int:
        return actual == expected
    specials = _special(actual), _special(expected)
    if any(specials):
        return specials[0] == specials[1]
    one, other = Fraction(actual), Fraction(expected)
    largest = max(Fraction(1), abs(one), abs(other))
    return abs(one - other) <= tolerance * largest


def _below(path: str, key: Any) -> str:
    return (
        f"{path}.{key}"
        if type(key) is str and key.isidentifier() and len(key) <= 40
        else f"{path}[{show(key)}]"
    )


def _told(actual: Any, expected: Any) -> str:
    typed = type(actual) is not type(expected) and actual is not None and expected is not None
    return f"{show(actual, typed=typed)}, expected {show(expected, typed=typed)}"


def _whole(item: Any) -> str:
    """An item of a list, which is told with what is in it: a row."""
    parts = _items(item) if type(item) is list or issubclass(type(item), tuple) else None
    return show(item, typed=True) if parts is None else f"({', '.join(map(show, parts[:12]))})"
