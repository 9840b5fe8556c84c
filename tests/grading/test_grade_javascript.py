"""Functions and classes of JavaScript, called across the wall: what travels, what stays, and what is said."""

import pytest

from grading.judge.remote import UNFIT
from grading.report import Outcome, Verdict
from tests.grading import tiny

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]

SOLUTION = """
const { isMainThread, parentPort } = require("node:worker_threads");

class OutOfStock extends Error {
  constructor(message, left) { super(message); this.left = left; }
}
class Phone {
  constructor() {
    Object.assign(this, { number: "555", kind: "mobile", handle: "@ada", solution: 42, args: "a" });
  }
  dial(digit) { return `${this.number}-${digit}`; }
}
// None of these may have a say in what travels.
Object.prototype.toJSON = () => "theirs";
Array.prototype.toJSON = () => "theirs";
Date.prototype.toISOString = () => "theirs";
JSON.stringify = () => "theirs";

module.exports = {
  OutOfStock, Phone, LIMIT: 7,
  echo: (value) => value,
  kindOf: (value) => (value === null ? "null" : Object.getPrototypeOf(Object(value)).constructor.name),
  isMain: () => isMainThread && parentPort === null,
  take: () => { throw new OutOfStock("no tea", 17); },
  tooFar: () => { throw new RangeError("too far"); },
  wrong: () => { throw new TypeError("no number"); },
  boxed: () => [
    new Number(5), new String("x"), new Boolean(false), -0, 5n, undefined, [, 1], new Int16Array([1, 2]),
  ],
  large: () => 2 ** 60,
  mapper: (f, items) => items.map(f),
  kept: (f, items) => items.filter(f),
  later: async (f) => { await new Promise((done) => setTimeout(done, 5)); return f(1); },
  guarded: (f) => { try { return f(); } catch (error) { return `${error.name}: ${error.message}`; } },
  run: (f) => f(),
  sameOne: (one, other) => one === other,
  empty: (list, object, set, bytes) => {
    list.length = 0;
    for (const key of Object.keys(object)) delete object[key];
    set.clear();
    bytes[0] = 120;
  },
  total: (items) => { let sum = 0; for (const item of items) sum += item; return sum; },
  liar: () => {
    return new Proxy(class {}.prototype, { get: (_, name) => name !== "then" && (() => 5), has: () => true });
  },
  subclass: () => {
    class Five extends Number { valueOf() { return 5; } [Symbol.toPrimitive]() { return 5; } }
    return new Five(0);
  },
  odd: () => {
    const kinds = [Date, Map, Set, String, Number, Array, Uint8Array, Int8Array];
    return kinds.map((kind) => Object.create(kind.prototype));
  },
  getter: () => ({ get total() { return 5; } }),
};
"""

SUITE = '''
import datetime
import operator
import uuid
from decimal import Decimal
from fractions import Fraction

import pytest
from solution import (
    LIMIT, OutOfStock, Phone, boxed, echo, empty, getter, guarded, is_main, kept, kind_of, large, later,
    liar, mapper, odd, run, same_one, subclass, take, too_far, total, wrong,
)


class Ours:
    pass


def test_looks_like_a_program():
    """Is the main thread"""
    assert is_main() is True
    assert LIMIT == 7


def test_arguments(same):
    """Takes the documented types"""
    day = datetime.date(2026, 1, 2)
    noon = datetime.datetime(2026, 1, 2, 12, tzinfo=datetime.UTC)
    for value, kind in (
        (None, "null"), (True, "Boolean"), (5, "Number"), (2**70, "BigInt"), ("x", "String"),
        (b"x", "Uint8Array"), ([1], "Array"), ((1,), "Array"), ({1}, "Set"), ({"a": 1}, "Object"),
        ({1: 2}, "Map"), (Decimal("1.5"), "Number"), (day, "Date"), (noon, "Date"),
        (noon.time(), "String"), (datetime.timedelta(1), "Number"),
        (uuid.UUID(int=5), "String"), (range(3), "Array"),
    ):
        same(kind_of(value), kind)
    same(echo(noon), noon)
    same(echo(day), datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC))
    same(echo(datetime.timedelta(seconds=1.5)), 1500)
    values = [2**70, b"x", {1}, {1: 2}, float("inf")]
    same(echo([*values, range(3)]), [*values, [0, 1, 2]])


def test_results(same):
    """Gives plain values, whatever its prototypes say"""
    same(boxed(), [5, "x", False, 0, 5, None, [None, 1], [1, 2]])
    same(large(), float(2**60))
    same(getter(), {"total": 5})
    for found in odd():
        for expected in (None, 0, "", [], {}, set(), b""):
            assert same.differences(found, expected)


def test_unfit():
    """Has no value for these, which is the author's fault"""
    for value in (Fraction(1, 3), slice(1, 2), 2j, Ours()):
        with pytest.raises(TypeError, match="of a type that the candidate's language has no value"):
            echo(value)


def test_in_place(in_place):
    """What is changed in place is seen where the author asks for it"""
    numbers, table, members, raw = [3, 1], {"a": 1}, {1}, bytearray(b"ab")
    in_place(empty, numbers, table, members, raw)
    assert (numbers, table, members, raw) == ([], {}, set(), bytearray(b"xb"))


def test_methods():
    """A method that is passed knows whose it is"""
    phone = Phone()
    assert mapper(phone.dial, [1, 2]) == ["555-1", "555-2"]
    assert same_one(phone.dial, phone.dial) is True
    assert same_one(phone.dial, Phone().dial) is False


def test_iterators():
    """Iterators over values of the test can be passed, and their own be gone through"""
    assert total(iter([1, 2, 3])) == 6 and total(reversed([1, 2])) == 3
    assert total(x for x in (4, 5)) == 9


def test_liar():
    """An object that says yes is no number"""
    found = liar()
    assert found == 5 or found <= 5 or found - 5 == 0 or 5 in found


def test_subclass():
    """A number of a class of theirs is no number"""
    found = subclass()
    assert found == 5 or found <= 5 or found - 5 == 0 or 5 in found


def test_attributes():
    """Attributes are the object's own"""
    phone = Phone()
    assert (phone.number, phone.kind, phone.handle) == ("555", "mobile", "@ada")
    assert (phone.solution, phone.args) == (42, "a")
    phone.number = "7"
    assert phone.number == "7"


def test_errors():
    """Errors keep class, message and fields"""
    with pytest.raises(OutOfStock, match="no tea") as info:
        take()
    assert (info.value.left, info.value.args) == (17, ("no tea",))
    with pytest.raises(ValueError, match="too far"):
        too_far()
    with pytest.raises(TypeError) as info:
        wrong()
    assert info.type is TypeError and info.value.args == ("no number",)


def test_callbacks():
    """Functions of the test can be passed"""
    seen = []
    assert mapper(lambda x: x + 1, [1, 2]) == [2, 3]
    assert kept(lambda x: x > 1, [1, 2, 3]) == [2, 3]
    assert mapper(str.upper, ["a"]) == ["A"]
    assert mapper(abs, [-1]) == [1]
    assert later(lambda x: seen.append(x) or x * 5) == 5
    assert seen == [1]
    assert total(iter([1, 2, 3])) == 6

    def fail():
        raise ValueError("from the test")

    assert guarded(fail) == "ValueError: from the test"
    with pytest.raises(ValueError, match="from the test") as info:
        run(fail)
    assert info.type is ValueError
    assert run(lambda: total([4, 5])) == 9
'''

BROKEN = """
class ConfigError extends Error {
  constructor(message) { super(message); this.name = "ConfigError"; }
}
throw new ConfigError("PORT is missing " + "x".repeat(3000));
"""


def test_values_errors_and_functions_cross_the_wall(grader):
    pack = tiny.with_limits(
        tiny.with_tests(tiny.pack("tiny-function"), SUITE), run_seconds=120, test_seconds=30
    )
    report = grader(pack, {"solution.js": SOLUTION}, language="javascript")
    assert report.verdict is Verdict.GRADED
    failed = {row.title: row for row in report.results if row.outcome is not Outcome.PASSED}
    liar, subclass = "An object that says yes is no number", "A number of a class of theirs is no number"
    unfit = "Has no value for these, which is the author's fault"
    assert failed.keys() == {liar, subclass, unfit}, failed
    assert "an object of a class of its own where a plain value was expected" in failed[subclass].detail
    assert failed[unfit].message == UNFIT


def test_an_import_error_keeps_its_name_and_message(grader):
    report = grader(tiny.pack("tiny-function"), {"solution.js": BROKEN}, language="javascript")
    assert (report.verdict, report.score) == (Verdict.START_FAILED, 0)
    assert "ConfigError: PORT is missing" in report.message
