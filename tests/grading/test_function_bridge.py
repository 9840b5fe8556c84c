"""What honest suites do with the functions and objects of a candidate's module, as in one process."""

from tests.grading.functions import serve

TESTS = '''
import copy
import functools
import operator
import unittest
import uuid
from collections import deque
from fractions import Fraction

import pytest
import solution
from solution import LIMIT, TABLE, Colour, Item, Missing, NoSuch, Node, Phone, Point, Priority, V, ask, build
from solution import call_later, fail, flaky, gen, give, half, leave, mapper, sort_with, take, total
from solution import Account, empty, turn_round, twice

pytestmark = pytest.mark.timeout(20)


class Pair:
    def __init__(self, left, right):
        self.left, self.right = left, right


def test_names_of_attributes():
    """Attributes have any name"""
    phone = Phone()
    assert (phone.number, phone.kind, phone.handle, phone.solution, phone.level) == ("5", "m", "@a", 42, 1)
    phone.number = "7"
    assert phone.number == "7"
    assert (Item.args, Item.solution, Item.remote_name, Item.mro()) == ("a", "b", "c", "theirs")
    assert Item.with_traceback() == "theirs"


def test_operators():
    """Objects that the test made have all operators"""
    v = V(1)
    v += 4
    assert v.n == 5 and (1 + V(2)).n == 3 and sum([V(1), V(2)]).n == 3
    assert repr(V(1)) == "V(1)" and V(1) == 1 and V(1) != 2 and len({V(1), V(1)}) == 1
    assert list(reversed(V(1))) == [2, 1] and f"{V(1):x}" == "<x:1>" and divmod(V(7), 2) == (3, 1)
    assert [0, 1, 2][V(1)] == 1 and copy.deepcopy(Point(1, 2)) == Point(1, 2)
    with pytest.raises(TypeError):
        Point(1, 2) < Point(2, 3)


def test_values():
    """Values of many types travel"""
    values = [Fraction(1, 3), 2j, uuid.UUID(int=5), range(3), deque([1]), slice(1, 2), {"a": 1}.keys()]
    assert give(values) == values
    assert [type(one) for one in give(values)] == [type(one) for one in values]
    assert half(Fraction(1, 3)) == Fraction(1, 6)


def test_named_tuples_and_enumerations():
    """Named tuples and enumerations are values"""
    pair = build("pair")
    assert pair == (1, 2) and pair.x == 1 and pair._replace(x=5).x == 5 and pair.sum() == 3
    assert build("red") == Colour.RED and build("red") != Colour.BLUE and build("red").name == "RED"
    assert [one.value for one in Colour] == [1, 2] and Colour(2).name == "BLUE" and Colour["RED"].value == 1
    assert build("high") == Priority.HIGH and Priority.HIGH == 3 and build("high") > 2
    assert {build("red"): 1}[Colour.RED] == 1


def test_objects_of_imported_classes():
    """Objects that a function returned are compared with those of the test"""
    assert build("point") == Point(1, 2) and build("points") == [Point(1, 2), Point(3, 4)]
    assert build("point") == build("point") and build("point") != Point(1, 3)
    assert isinstance(build("point"), Point) and not isinstance(build("point"), V)
    assert hasattr(build("point"), "x") and not hasattr(build("point"), "z")
    node, seen = build("nodes"), []
    while True:
        seen.append(node.value)
        node = node.next
        if not node:
            break
    assert seen == [1, 2, 3]


def test_what_is_asked_for_by_its_class_may_be_asked():
    """An object that is named by its class has its operators"""
    v = build("v")
    assert isinstance(v, V)
    assert v == 5 and v + 1 == V(6)


def test_iterators():
    """Generators are gone through once"""
    found = gen(100)
    assert next(found) == 0
    assert list(found) == list(range(1, 100))
    with pytest.raises(StopIteration):
        next(found)
    with pytest.raises(ZeroDivisionError):
        list(gen(-1))


def test_callbacks(rng):
    """Functions of the test are called"""
    assert mapper(lambda x: x + 1, [1]) == [2] and mapper(str.upper, ["a"]) == ["A"]
    assert mapper(half, [4]) == [2] and mapper(functools.partial(operator.add, 3), [4]) == [7]
    assert sort_with([3, 1, 2], key=lambda x: -x) == [3, 2, 1]
    assert mapper(lambda x: half(x) + 1, [4]) == [3], "the callback calls their code"
    seen = []
    assert mapper(seen.append, [1, 2]) == [None, None] and seen == [1, 2]
    assert take(2, iter(lambda: 7, None)) == [7, 7] and take(9, (x for x in "ab")) == ["a", "b"]
    assert twice(len)("abc") == (3, 3) and twice.__name__ == "twice"

    def shout(text, times=1):
        return text.upper() * times

    wrapped = twice(shout)
    assert wrapped("a") == ("A", "A") and wrapped.__name__ == "shout" and ask(shout) == ["text", "times"]
    assert give(shout) is shout and give(int) is int


def test_objects_of_the_test():
    """Objects of the test are used where they are"""
    pair = Pair(1, Pair(2, 3))
    assert total(pair) == 6
    assert pair.left == 10


def test_exceptions_of_callbacks():
    """A callback's own exception comes back"""
    class Odd(Exception):
        pass

    odd = Odd("odd")

    def refuse(x):
        raise odd

    with pytest.raises(Odd) as caught:
        mapper(refuse, [1])
    assert caught.value is odd
    calls = []

    def sometimes():
        calls.append(1)
        if len(calls) < 3:
            raise ConnectionError("not yet")
        return "done"

    assert flaky(sometimes) == "done" and len(calls) == 3


def test_exceptions():
    """Exceptions keep type, arguments and attributes"""
    with pytest.raises(ValueError) as caught:
        fail("value")
    assert type(caught.value) is ValueError and caught.value.args == ("no", 17)
    with pytest.raises(KeyError) as caught:
        fail("key")
    assert caught.value.args[0] == "k" and str(caught.value) == "'k'"
    with pytest.raises(NoSuch) as caught:
        fail("own")
    assert type(caught.value) is NoSuch and isinstance(caught.value, LookupError)
    assert caught.value.code == 7 and caught.value.describe() == "code 7" and caught.value.args == ("m", 7)
    assert type(caught.value.__cause__) is KeyError
    with pytest.raises(Missing):
        fail("below")
    with pytest.raises(NoSuch):
        fail("below")
    with pytest.raises(FileNotFoundError) as caught:
        fail("file")
    assert caught.value.filename == "nowhere" and caught.value.errno == 2
    with pytest.raises(SystemExit) as caught:
        leave()
    assert caught.value.code == 3


def test_methods_as_arguments():
    """Methods of an object can be passed"""
    account = Account()
    assert mapper(account.add, [1, 2]) == [1, 3] and mapper(Account().add, [5]) == [5]
    assert account.total == 3
    add = account.add
    assert [each(1) for each in give([add, add, account.add])] == [4, 5, 6]
    assert mapper(add, [1]) == [7]


def test_in_place(in_place):
    """What is changed in place is seen where the author asks for it"""
    numbers = [3, 1, 2]
    assert in_place(turn_round, numbers) is None and numbers == [2, 1, 3]
    turn_round(numbers)
    assert numbers == [2, 1, 3]
    queue, raw, table, members = deque([1, 2], 5), bytearray(b"ab"), {"a": 1}, {1}
    in_place(empty, queue, raw, table, members)
    assert (queue, raw, table, members) == (deque(), bytearray(), {}, set()) and queue.maxlen == 5


def test_constants():
    """Constants can be imported"""
    assert LIMIT == 7 and solution.LIMIT == 7 and list(range(LIMIT))[-1] == 6
    assert TABLE["a"] == 1 and sorted(TABLE) == ["a"] and isinstance(TABLE, dict)


class SomeCases(unittest.TestCase):
    def setUp(self):
        self.limit = LIMIT

    def test_of_unittest(self):
        """Runs in a class of unittest"""
        self.assertEqual(half(4), 2)
        self.assertRaises(ValueError, fail, "value")
        for number in (1, 2):
            with self.subTest(number=number):
                self.assertEqual(half(number * 2), number)

    def test_failing_part(self):
        """One part of it fails"""
        for number in (1, 2, 3):
            with self.subTest(number=number):
                self.assertEqual(half(4), number)


def test_an_assertion_of_a_callback():
    """Fails although their code catches everything"""
    def check(x):
        assert x == 2

    call_later(check)
'''

SOLUTION = """
import enum
import functools
import inspect
import itertools
import threading
from collections import namedtuple
from dataclasses import dataclass

LIMIT = 7
TABLE = {"a": 1}


class Phone:
    def __init__(self):
        self.number, self.kind, self.handle, self.solution, self.level = "5", "m", "@a", 42, 1


class Item:
    args, solution, remote_name = "a", "b", "c"

    @classmethod
    def mro(cls):
        return "theirs"

    @staticmethod
    def with_traceback():
        return "theirs"


class V:
    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        return V(self.n + (other.n if isinstance(other, V) else other))

    __radd__ = __add__

    def __iadd__(self, other):
        self.n += other
        return self

    def __repr__(self):
        return f"V({self.n})"

    def __eq__(self, other):
        return self.n == (other.n if isinstance(other, V) else other)

    def __hash__(self):
        return hash(self.n)

    def __index__(self):
        return self.n

    def __reversed__(self):
        return iter([2, 1])

    def __format__(self, spec):
        return f"<{spec}:{self.n}>"

    def __divmod__(self, other):
        return (self.n // other, self.n % other)


@dataclass
class Point:
    x: int
    y: int


class Pair(namedtuple("Two", "x y")):
    def sum(self):
        return self.x + self.y


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Priority(enum.IntEnum):
    HIGH = 3


class Node:
    def __init__(self, value, next=None):
        self.value, self.next = value, next


class NoSuch(LookupError):
    def __init__(self, message, code):
        super().__init__(message, code)
        self.code = code

    def describe(self):
        return f"code {self.code}"


class Missing(NoSuch):
    pass


def build(what):
    return {
        "pair": Pair(1, 2), "red": Colour.RED, "high": Priority.HIGH, "point": Point(1, 2), "v": V(5),
        "points": [Point(1, 2), Point(3, 4)], "nodes": Node(1, Node(2, Node(3))),
    }[what]


def fail(how):
    if how == "value":
        raise ValueError("no", 17)
    if how == "key":
        raise KeyError("k")
    if how == "file":
        open("nowhere")
    if how == "below":
        raise Missing("m", 8)
    try:
        {}["k"]
    except KeyError as error:
        raise NoSuch("m", 7) from error


class Account:
    total = 0

    def add(self, amount):
        self.total += amount
        return self.total


def empty(*containers):
    for one in containers:
        one.clear()


def turn_round(numbers):
    numbers.reverse()


def leave():
    raise SystemExit(3)


def gen(count):
    for number in range(abs(count) * 80 if count < 0 else count):
        yield number
    if count < 0:
        1 / 0


def give(value):
    return value


def half(x):
    return x / 2 if not isinstance(x, int) else x // 2


def mapper(f, xs):
    return [f(x) for x in xs]


def sort_with(xs, key):
    return sorted(xs, key=key)


def take(count, items):
    return list(itertools.islice(items, count))


def twice(f):
    @functools.wraps(f)
    def call(*args):
        return f(*args), f(*args)

    return call


def ask(f):
    return list(inspect.signature(f).parameters)


def total(pair):
    found = pair.left + (total(pair.right) if hasattr(pair.right, "left") else pair.right)
    pair.left = 10
    return found


def flaky(f):
    while True:
        try:
            return f()
        except ConnectionError:
            continue


def call_later(f):
    try:
        f(1)
    except BaseException:
        pass
"""


def test_what_works_in_one_process_works_across_the_wall(tmp_path):
    heard, _ = serve(tmp_path, SOLUTION, TESTS)
    outcomes = {name.rpartition("::")[2]: result["outcome"] for name, result in heard.results.items()}
    failed = {name for name, outcome in outcomes.items() if outcome != "passed"}
    assert failed == {"test_failing_part", "test_an_assertion_of_a_callback"}, heard.log
    assert len(outcomes) == 17
