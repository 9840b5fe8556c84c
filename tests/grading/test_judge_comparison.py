"""The strict comparison that authors get: what is the same, what is not, and in which words."""

import datetime
import re
import uuid
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from unittest.mock import ANY

import pytest

from grading.judge.comparison import DifferentError, Same
from tests.grading import tiny
from tests.grading.judgeprocess import judge

same = Same()
NAN = float("nan")
Pair = namedtuple("Pair", "a b")
NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


@dataclass
class Order:
    id: str
    price: object
    seen: int = field(default=0, compare=False)


class Liar:
    """Says yes to whatever is asked of it; nothing may be."""

    def _says(self, *_):
        raise AssertionError("it was asked")

    __eq__ = __ne__ = __hash__ = __bool__ = __len__ = __iter__ = __float__ = __repr__ = __str__ = _says


@pytest.mark.parametrize(
    "value",
    [
        *(
            None,
            True,
            1,
            2**80,
            1.5,
            NAN,
            float("inf"),
            -0.0,
            1 + 2j,
            complex(NAN, 0),
            "",
            "é",
            b"x",
            bytearray(b"x"),
        ),
        *(
            Decimal("1.0"),
            Decimal("NaN"),
            Fraction(1, 3),
            uuid.UUID(int=5),
            range(3),
            NOON,
            NOON.date(),
            NOON.time(),
        ),
        *([], [1, [2, {"a": (3, {4})}]], {"a": [NAN]}, {1: "a", "1": "b"}, {1, 2.5}, frozenset({(1, True)})),
        *(deque([1]), Pair(1, 2), datetime.timedelta(1), Order("a", [1])),
    ],
    ids=repr,
)
def test_a_value_is_the_same_as_itself_and_as_nothing_else(value):
    same(value, value)
    for other in (0, 1.0, "1", [1], {"a": 1}, {7}, Decimal(2), object()):
        assert same.differences(other, value)
        assert same.differences(value, other)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        *(
            (True, 1),
            (1, True),
            (False, 0),
            (2.0, 2),
            (2, 2.0),
            (Decimal(2), 2),
            (Fraction(2), 2),
            (2 + 0j, 2),
        ),
        *((0.0, -0.0), (-0.0, 0.0), (NAN, 1.0), (NAN, Decimal("NaN")), (float("inf"), Decimal("Infinity"))),
        *(("1", 1), (b"a", "a"), (bytearray(b"a"), b"a"), (None, False), (None, 0), ("", None)),
        *(((1,), [1]), ([1], (1,)), ({1}, frozenset({1})), (Pair(1, True), (1, 1)), ((1, 2), Pair(1, 2))),
        *(
            ([1, 2], [2, 1]),
            ([1], [1, 1]),
            ([], [[]]),
            ({}, []),
            ({"a": True}, {"a": 1}),
            ({1: "x"}, {True: "x"}),
        ),
        *(
            ({1: "x"}, {1.0: "x"}),
            ({1: "x"}, {"1": "x"}),
            ({"a": None}, {}),
            ({}, {"a": None}),
            ({1}, {True}),
        ),
        *(
            ({(1, 2)}, {(1, 2.0)}),
            ([{"a": [{"b": 2.0}]}], [{"a": [{"b": 2}]}]),
            (NOON, NOON.replace(tzinfo=None)),
        ),
        *((Order("a", 1), Order("a", True)), (Order("a", 1), {"id": "a", "price": 1}), (NOON, NOON.date())),
        (OrderedDict(a=1, b=2), OrderedDict(b=2, a=1)),
        ({"a": 1, "b": 2}, OrderedDict(b=2, a=1)),
    ],
    ids=repr,
)
def test_what_python_may_find_equal_differs(actual, expected):
    assert same.differences(actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (Counter("aab"), {"a": 2, "b": 1}),
        (defaultdict(int, a=1), {"a": 1}),
        (OrderedDict(a=1, b=2), {"b": 2, "a": 1}),
        (Pair(1, 2), (1, 2)),
        (Decimal("1.0"), Decimal("1.00")),
        (NOON, NOON.astimezone(datetime.timezone(datetime.timedelta(hours=5)))),
        (Order("a", 1, seen=1), Order("a", 1, seen=2)),
        ({"id": "x7", "price": 2.0000001}, {"id": ANY, "price": pytest.approx(2)}),
    ],
    ids=repr,
)
def test_classes_of_the_same_kind_are_alike(actual, expected):
    same(actual, expected)


@pytest.mark.parametrize(
    "expected", [1, True, "x", None, 1.5, [1], {"a": 1}, {1}, pytest.approx(1), Decimal(1)], ids=repr
)
def test_an_object_where_plain_data_was_expected_is_not_asked(expected):
    for actual in (Liar(), [Liar()], {"a": Liar()}, (Liar(),)):
        assert same.differences(actual, expected)
        assert same.differences(actual, expected, tolerance=0.5)
        assert same.differences([actual], [expected])


def test_a_boolean_is_near_no_number():
    for expected in (1, 1.0, pytest.approx(1), Decimal(1)):
        assert same.differences(True, expected, tolerance=0.5)
        assert same.differences([True], [expected], tolerance=0.5)
    assert same.differences(1, True, tolerance=0.5)


def test_with_a_tolerance_numbers_of_any_type_are_compared():
    same(2.0, 2, tolerance=0)
    same([2, Decimal("2.0"), -0.0, NAN], [2.0, 2, 0, NAN], tolerance=0)
    same({"mean": 0.1 + 0.2}, {"mean": 0.3}, tolerance=1e-9)
    same(1e12 + 1, 1e12, tolerance=1e-9)
    same(Decimal("Infinity"), float("inf"), tolerance=1)
    for actual, expected in (
        (0.3001, 0.3),
        (1e12 + 2000, 1e12),
        (float("inf"), 1e308),
        (NAN, 1.0),
        (Decimal("sNaN"), 1),
    ):
        assert same.differences(actual, expected, tolerance=1e-9)
    assert same.differences(10**12, 10**12 + 1, tolerance=0.1), "Two integers are counted, not measured."


def test_rows_may_come_in_any_order():
    rows = [(1, "a", None), (2, "b", 1.5), (2, "b", 1.5)]
    same(rows[::-1], rows, unordered=True)
    same([[1], [2]], [[2], [1]], unordered=True)
    assert same.differences(rows[:2], rows, unordered=True) == ["$ does not hold (2, 'b', 1.5)"]
    more = [*rows, (3, "c", None)]
    assert same.differences(more, rows, unordered=True) == [
        "$ holds (3, 'c', None), which was not expected, or not so often"
    ]
    assert same.differences([(True,), (2,)], [(2,), (1,)], unordered=True)
    assert same.differences([[1, 2]], [[2, 1]], unordered=True), "Only the outermost order is free."
    assert same.differences({1, 2}, [1, 2], unordered=True)


def test_rows_are_paired_within_the_tolerance_as_well_as_they_can_be():
    same([(1, 1.05), (1, 0.99)], [(1, 1.0), (1, 1.1)], unordered=True, tolerance=0.07)
    same([(1, 1.0), (1, 1.05)], [(1, 1.0), (1, 1.05)][::-1], unordered=True, tolerance=0.06)
    assert (
        len(same.differences([(1, 1.0), (1, 5.0)], [(1, 1.0), (1, 1.01)], unordered=True, tolerance=0.06))
        == 2
    )


@pytest.mark.parametrize(
    ("actual", "expected", "told"),
    [
        (
            {"items": [1, 2, 3, {"price": 2.0}]},
            {"items": [1, 2, 3, {"price": 2}]},
            "$.items[3].price is 2.0 (float), expected 2 (int)",
        ),
        ([True], [1], "$[0] is True (bool), expected 1 (int)"),
        ({"a b": 1}, {"a b": 2}, "$['a b'] is 1, expected 2"),
        ({}, {"price": 2}, "$ has no 'price', expected 2 there"),
        ({"secret": [1]}, {}, "$ has 'secret', which was not expected: a list of 1 item"),
        ([1], [1, "b"], "$ has 1 items, expected 2; the first that is missing is 'b'"),
        ({1}, {2}, "$ does not hold 2 (int)"),
        (None, [1, 2], "$ is None, expected a list of 2 items"),
        ("a" * 99, "b", "$ is '" + "a" * 60 + "'... of 99, expected 'b'"),
        (10**5000, 1, "$ is an integer of 16610 bits, expected 1"),
        (Liar(), {"a": 1}, "$ is a Liar, expected a dict of 1 key"),
        ("a\n\x1b\u202e", "", "$ is 'a\\n\\x1b\\u202e', expected ''"),
    ],
    ids=lambda value: None if isinstance(value, str) else type(value).__name__,
)
def test_a_difference_is_told_with_its_path(actual, expected, told):
    with pytest.raises(DifferentError, match=f"^{re.escape(told)}"):
        same(actual, expected)


def test_only_the_first_differences_are_told():
    assert len(same.differences(list(range(1000)), [-1] * 1000)) == 5


@pytest.mark.parametrize("tolerance", [-1, NAN, float("inf"), True])
def test_a_senseless_tolerance_is_its_authors_mistake(tolerance):
    with pytest.raises(ValueError, match="tolerance"):
        same(1, 1, tolerance=tolerance)


def test_only_lists_have_no_order():
    with pytest.raises(TypeError, match="unordered=True is for lists, not for dict"):
        same({}, {}, unordered=True)


SUITE = '''
def test_silent(same):
    """Differs without a word"""
    same({"price": True}, {"price": 1})


def test_told(same):
    """Differs with a word"""
    same({"price": True}, {"price": 1}, "The price is wrong.")


class Shop:
    def __init__(self, same):
        self.same = same

    def check(self, price):
        self.same({"price": price}, {"price": 1}, message=f"The price of {price!r} is wrong.")


def test_named(same):
    """Differs in a method of the author's, with the message by name and a value in it"""
    Shop(same).check(True)


def test_equal(same):
    """Is the same"""
    same({"price": 1}, {"price": 1})
    assert same.differences(1, 1) == []
'''


@pytest.mark.timeout(60)
def test_what_was_expected_is_for_staff_alone(tmp_path):
    pack = tiny.with_tests(tiny.pack("tiny-program"), SUITE)
    results = judge(pack, tmp_path).results
    assert results["test_equal"]["outcome"] == "passed"
    assert results["test_silent"]["message"] == "An assertion of the test does not hold."
    assert results["test_told"]["message"] == "The price is wrong."
    assert results["test_named"]["message"] == "The price of … is wrong."
    for name in ("test_silent", "test_told", "test_named"):
        assert results[name]["outcome"] == "failed"
        assert "$.price is True (bool), expected 1 (int)" in results[name]["detail"]
        assert "comparison.py" not in results[name]["detail"], "The traceback ends in the author's test."
