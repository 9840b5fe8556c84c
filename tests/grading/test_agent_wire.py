"""What travels between the judge and a candidate's functions, and what does not."""

import datetime
import decimal
import fractions
import math
import uuid
import zoneinfo
from collections import Counter, OrderedDict, defaultdict, deque

import pytest

from grading.agent import wire


def refuse(*_):
    raise wire.WireError("stays")


def travel(value):
    return wire.decode(wire.load(wire.dump(wire.encode(value, refuse))), refuse)


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, -1, 2**53, 2**53 + 1, -(2**200), 1.5, 1e300, math.inf, -math.inf,
        "", "a\n\x00é\U0001f600",
        b"", b"\x00\xff", [], [1, [2, [3]]], (), (1, (2,)), {}, {"a": 1}, {"$": 1}, {1: "a", None: (2,)},
        set(), {1, "a"}, frozenset({(1, 2)}), decimal.Decimal("1.10"), decimal.Decimal("-Infinity"),
        datetime.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=datetime.UTC), datetime.date(2026, 1, 2),
        1j, complex(math.inf, -0.0), fractions.Fraction(1, 3), fractions.Fraction(2**70, 7),
        uuid.UUID(int=5), range(3), range(9, 2**60, 2),
        bytearray(b"x"), deque([1, (2,)], 3), deque(), Counter("aab"), OrderedDict([("b", 1), ("a", 2)]),
        {2: 1}.keys(), {2: (1,)}.items(),
        datetime.UTC, datetime.timezone(datetime.timedelta(seconds=-90)), zoneinfo.ZoneInfo("Europe/Berlin"),
        datetime.datetime(2026, 10, 25, 2, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"), fold=1),
        datetime.time(1, 2, 3), datetime.timedelta(days=-1, microseconds=7),
    ],
)  # fmt: skip
def test_a_value_arrives_as_it_was_sent(value):
    arrived = travel(value)
    assert arrived == value
    assert type(arrived) is type(value)


def test_kinds_of_zero_and_of_no_number_arrive_as_they_are():
    assert math.copysign(1, travel(-0.0)) == -1
    assert math.isnan(travel(math.nan))


def test_a_mapping_with_defaults_becomes_one_without():
    arrived = travel(defaultdict(list, a=[1]))
    assert arrived == {"a": [1]}
    assert type(arrived) is dict


class Always(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize("value", [Always(3), object(), len, [[Always(3)]], {"a": Always()}])
def test_what_is_not_plain_stays(value):
    with pytest.raises(wire.WireError):
        travel(value)


def test_what_is_too_deep_or_holds_itself_is_refused():
    value: list[object] = []
    value.append(value)
    with pytest.raises(wire.WireError, match="nested"):
        travel(value)
