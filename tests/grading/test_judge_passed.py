"""What a candidate's code can do with the functions, iterators and objects of a test, and what not."""

import functools

import pytest

from grading.judge.passed import Passed


class Pair:
    def __init__(self, left, secret):
        self.left, self._secret = left, secret

    def __len__(self):
        return 2


def same(value):
    return value


def use(passed, number, **told):
    message = {"call": number, "args": [], "kwargs": {}, **told}
    return passed.call(message, encode=same, decode=same)


def test_a_function_is_called_and_tells_its_name_and_parameters():
    passed = Passed()

    def add(a, b=1):
        return a + b

    told = passed.tell(add)
    assert told == {"$": "function", "v": [0, "add", [["a", 1, False], ["b", 1, True]], False]}
    assert use(passed, 0, args=[1], kwargs={"b": 3}) == {"reply": 0, "value": 4}
    assert passed.tell(add) == told
    assert passed.find([0]) is add


@pytest.mark.parametrize("name", ["args", "func", "keywords", "__self__", "__code__"])
@pytest.mark.parametrize("verb", ["get", "set", "delete", "call"])
def test_nothing_of_a_function_can_be_looked_at(verb, name):
    passed = Passed()
    passed.tell(functools.partial(max, 17))
    reply = use(passed, 0, verb=verb, name=name)
    assert reply["error"]["names"][0] == "AttributeError"


def test_nothing_of_an_iterator_can_be_looked_at():
    passed = Passed()
    secret = 17
    passed.tell(secret for _ in range(1))
    assert use(passed, 0, verb="get", name="gi_frame")["error"]["names"][0] == "AttributeError"
    assert use(passed, 0) == {"reply": 0, "value": secret}
    assert use(passed, 0) == {"reply": 0, "end": True}


def test_an_object_shows_what_has_no_underscore():
    passed = Passed()
    assert passed.tell(Pair(1, 17)) == {"$": "borrowed", "v": [0, "Pair", ["__len__"]]}
    assert use(passed, 0, verb="get", name="left")["value"] == 1
    assert use(passed, 0, verb="call", name="__len__")["value"] == 2
    use(passed, 0, verb="set", name="left", args=[5])
    assert passed.find([0]).left == 5
    for verb, name in (("get", "_secret"), ("call", "__init__"), ("get", "__class__"), ("get", 7)):
        assert use(passed, 0, verb=verb, name=name)["error"]["names"][0] == "AttributeError"


def test_an_assertion_of_a_function_is_the_tests():
    passed = Passed()

    def check(value):
        assert value == 2

    passed.tell(check)
    with pytest.raises(AssertionError):
        use(passed, 0, args=[1])


def test_an_exception_of_a_function_is_found_again():
    passed = Passed()

    def refuse():
        raise KeyError("k")

    passed.tell(refuse)
    error = use(passed, 0)["error"]
    assert (error["names"][:2], error["args"], error["yours"]) == (["KeyError", "LookupError"], ["k"], 0)
    assert isinstance(passed.raised(0), KeyError)
    assert passed.raised(1) is None
