"""Programs that compute nothing and answer with objects that say yes, played against the usual assertions:
not one of them passes.
"""

import pytest

from grading.judge.remote import UNFIT
from grading.liars import liars
from tests.grading import tiny
from tests.grading.functions import serve

HEAD = """
import math
import re
from collections import Counter

import pytest
import solution
from solution import Account, f, g, make_all

pytestmark = pytest.mark.timeout(20)
"""

USUAL = {
    "tolerance": "assert abs(f(x) - want) < 1e-9",
    "tolerance_other_way": "assert abs(want - f(x)) <= 0.5",
    "approx": "assert f(x) == pytest.approx(want)",
    "approx_other_way": "assert pytest.approx(want) == f(x)",
    "isclose": "assert math.isclose(f(x), want)",
    "floor": "assert math.floor(f(x)) == want",
    "equal": "assert f(x) == want",
    "equal_other_way": "assert want == f(x)",
    "unequal": "assert f(x) != want + 1",
    "not_equal": "assert not f(x) == want + 1",
    "bounds": "assert 0 <= f(x) <= 10**12",
    "leaks": "assert f(x) <= want\n    assert f(x) == want",
    "order": "assert f(1) < f(2)\n    assert not f(2) < f(1)",
    "greatest": "assert max(f(1), f(2)) is not None",
    "sorted": "assert sorted([f(2), f(1)])",
    "one_of": "assert f(x) in [1, 2, want]",
    "none_of": "assert f(x) not in [1, 2]",
    "in_a_set": "assert f(x) in {1, 2, want}",
    "not_in_a_set": "assert f(x) not in {1, 2}",
    "key": "assert {want: 1}.get(f(x), 1) == 1",
    "distinct": "assert len({f(n) for n in range(9)}) == 9",
    "contains": "assert want in f(x)",
    "contains_not": "assert 'yy' not in f(x)",
    "length": "assert len(f(x)) == 3",
    "item": "assert f(x)[0] == want",
    "pairs": "out = f([3, 1, 2])\n    assert all(out[i] <= out[i + 1] for i in range(2))",
    "permutation": "out = f(X3)\n    assert Counter(out) == Counter(X3)\n"
    "    assert all(a <= b for a, b in zip(out, list(out)[1:]))",
    "truth": "assert f(x)",
    "falsehood": "assert not f(x)",
    "all_of_map": "assert all(map(f, [1, 2, 3]))",
    "zip_of_map": "for got, want in zip(map(f, [1, 2]), [2, 5]):\n        assert got == want",
    "any_of_list": "assert any([f(1), f(2)])",
    "idempotent": "assert f(f(x)) == f(x)",
    "involution": "assert g(f(x)) == x",
    "the_same_twice": "assert f(x) == f(x)",
    "text": "assert str(f(x)) == str(want)",
    "formatted": "assert f'{f(x)}' == str(want)",
    "integer": "assert int(f(x)) == want",
    "index": "assert [0] * 3 + [f(x)] and list(range(want + 1))[f(x)] == want",
    "rounded": "assert round(f(x), 2) == want",
    "sum": "assert sum(f(n) for n in (1, 2)) == 7",
    "product": "assert f(x) * 2 == want * 2",
    "parity": "assert f(x) % 2 == want % 2",
    "starts": "assert f('ab').startswith('a')",
    "digits": "assert f(x).isdigit()",
    "counted": "assert f('abc').count('a') == 1",
    "before": "order = f(x)\n    assert order.index('a') < order.index('b')",
    "lower": "assert f('Ab').lower() == 'ab'",
    "pattern": "assert re.match('.*', f(x))",
    "nested": "assert f([x]) == [want]",
    "nested_in_answer": "assert make_all() == [1, {'a': want}]",
    "sorted_answer": "assert sorted(make_all())",
    "instance": "assert isinstance(f(x), int)",
    "attribute": "a = Account()\n    a.deposit(5)\n    assert a.balance - 5 == 0",
    "attribute_bounds": "a = Account()\n    a.deposit(5)\n    assert a.balance >= 5",
    "attribute_truth": "assert Account().is_open",
    "method_truth": "assert Account().is_valid()",
    "method_tolerance": "assert abs(Account().interest(x) - want) < 1",
    "class_method": "assert Account.mean([x]) - want == 0",
    "class_method_order": "assert Account.mean([x]) <= want",
    "swallowed": "try:\n        assert f(x) <= want\n    except BaseException:\n        pass",
    "raises_each": "for kind in (ValueError, TypeError, KeyError):\n"
    "        with pytest.raises(kind):\n            g(None)",
}
TESTS = HEAD + "".join(
    f"""

def test_{name}(rng):
    "{name.replace("_", " ")}"
    x = rng.randrange(10**6)
    want = x * x + 1
    X3 = [3, 1, 2]
    {body}
"""
    for name, body in USUAL.items()
)

YES = '''
class Yes:
    """Says whatever is wanted; learns what it can."""

    seen = []
    asked = 0

    def _self(self, *args):
        Yes.seen.extend(args)
        return self

    def _true(self, *args):
        Yes.seen.extend(args)
        return True

    def _alternate(self, *args):
        Yes.seen.extend(args)
        Yes.asked += 1
        return Yes.asked % 2 == 1

    def _number(self, *args):
        Yes.asked += 1
        return next((one for one in reversed(Yes.seen) if type(one) is int), Yes.asked)

    __sub__ = __rsub__ = __add__ = __radd__ = __mul__ = __mod__ = __abs__ = __neg__ = __round__ = _self
    __copy__ = __enter__ = __iadd__ = interest = is_valid = lower = strip = _self
    __le__ = __ge__ = __gt__ = __eq__ = __ne__ = startswith = isdigit = _true
    __lt__ = __contains__ = _alternate
    __int__ = __index__ = __hash__ = __len__ = count = index = __floor__ = _number
    __bool__ = _true

    def __deepcopy__(self, memo):
        return self

    def __float__(self):
        return float(self._number())

    def __str__(self):
        return str(self._number())

    def __format__(self, spec):
        return str(self)

    def __getitem__(self, at):
        return at

    def __iter__(self):
        return iter([3, 1, 2] if self._alternate() else [])

    @property
    def balance(self):
        return self

    is_open = balance

    def deposit(self, number):
        Yes.seen.append(number)

    @classmethod
    def mean(cls, numbers):
        return cls()
'''
ACCOUNT = "class Account(Yes):\n    pass\n\n\n"
ALIKE = {
    "objects": "def f(*args):\n    return Yes()\n",
    "objects_of_an_imported_class": "def f(*args):\n    return Account()\n",
    "always_the_same": "one = Account()\n\n\ndef f(*args):\n    return one\n",
    "lying_about_the_class": "class Lie(Yes):\n    __class__ = int\n\n\nLie.__name__ = 'int'\n\n\n"
    "def f(*args):\n    return Lie()\n",
    "integers_that_say_yes": "class Number(int):\n    pass\n\n\n"
    "for name, value in vars(Yes).items():\n    if callable(value):\n"
    "        setattr(Number, name, value)\n\n\ndef f(*args):\n    return Number(7)\n",
    "lists_that_say_yes": "class Many(Yes, list):\n    pass\n\n\ndef f(*args):\n    return Many([3, 1, 2])\n",
    "a_class": "class f(Yes):\n    def __init__(self, *args):\n        pass\n",
    "a_generator": "def f(*args):\n    yield from [3, 1, 2]\n",
}
REST = """

g = f


class Every(ValueError, TypeError, KeyError):
    pass


def make_all():
    return [Yes(), {"a": Yes()}]


def each(*args):
    if args and args[0] is None:
        raise Every("x")
    return f(*args)


g = each
"""


@pytest.mark.parametrize("kind", ALIKE)
def test_no_object_that_says_yes_passes_a_usual_assertion(tmp_path, kind):
    heard, _ = serve(tmp_path, YES + ACCOUNT + ALIKE[kind] + REST, TESTS)
    outcomes = {name: result["outcome"] for name, result in heard.results.items()}
    assert len(outcomes) == len(USUAL), heard.log
    passed = [name for name, outcome in outcomes.items() if outcome == "passed"]
    assert passed == []


OF_CLASSES = """
from solution import Vector


def test_weak():
    "The sum is equal to another vector"
    assert Vector(1, 2) + Vector(3, 4) == Vector(4, 6)


def test_strong():
    "The sum is equal to that vector alone"
    assert Vector(1, 2) + Vector(3, 4) == Vector(4, 6)
    assert Vector(1, 2) + Vector(3, 4) != Vector(4, 7)


def test_parts(rng):
    "The sum has these parts"
    x = rng.randrange(10**6)
    assert (Vector(x, 2) + Vector(3, 4)).x == x + 3
"""


def test_objects_that_agree_pass_where_nothing_else_is_asked_of_them(tmp_path):
    pack = tiny.with_tests(tiny.pack("tiny-function"), OF_CLASSES)
    [liar] = [one for one in liars(pack) if one.name == "agrees"]
    heard, _ = serve(tmp_path, liar.files["solution.py"], OF_CLASSES)
    assert {name: result["outcome"] for name, result in heard.results.items()} == {
        "test_weak": "passed",
        "test_strong": "failed",
        "test_parts": "failed",
    }, heard.log


FORGING = """
import sys


def encoding():
    frame = sys._getframe()
    while not hasattr(frame.f_globals.get("wire"), "encode"):
        frame = frame.f_back
    return frame.f_globals["wire"]


def f(sent):
    wire = encoding()
    plain = wire.encode
    wire.encode = lambda value, other: sent if value == "FORGED" else plain(value, other)
    return "FORGED"


def g(value):
    raise RuntimeError("not called")
"""
ONCE = """
from collections import Counter

import pytest
from solution import f, g


class Empty:
    __slots__ = ()


def test_sorted():
    "Has the same members, in order"
    found = f({"$": "listed", "v": [3, 1, 2]})
    assert Counter(found) == Counter([1, 2, 3])
    assert all(a <= b for a, b in zip(found, list(found)[1:]))


def test_refuses():
    "Refuses what is no number"
    with pytest.raises(TypeError):
        g(object())


def test_refuses_too_much():
    "Refuses what is too large"
    with pytest.raises(TypeError):
        g("x" * 9_000_000)


def test_calls():
    "Calls what it was given"
    with pytest.raises(RuntimeError):
        g(Empty())
"""


def test_nothing_is_earned_by_a_forged_line_or_by_what_cannot_be_passed(tmp_path):
    heard, _ = serve(tmp_path, FORGING, ONCE)
    told = {name: (result["outcome"], result["message"]) for name, result in heard.results.items()}
    assert told["test_sorted"] == (
        "failed",
        "What your code returned cannot be read: it holds a value that cannot be read.",
    )
    assert told["test_refuses"] == told["test_refuses_too_much"] == ("failed", UNFIT)
    assert told["test_calls"][0] == "passed"
