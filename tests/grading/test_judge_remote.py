"""The judge's end of the line to a candidate's functions, fed with what a hostile program might say."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from grading.judge.outcomes import Start
from grading.judge.raised import RemoteError
from grading.judge.remote import BROKEN, STRAY, NoAgentError, Remote
from grading.judge.solution import Solution
from grading.judge.standin import StandIn
from grading.judge.timer import TestTimeoutError
from tests.servers import free_port

LOADED = b'0 {"loaded":true}\n'
SECONDS = 5.0


class StillTimer:
    """Gives every exchange the same time. The real one would take the alarm from under these tests."""

    seconds = SECONDS

    def __init__(self) -> None:
        self.is_paused = threading.Event()

    @contextlib.contextmanager
    def deferred(self) -> Iterator[float]:
        yield self.seconds

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        self.is_paused.set()
        yield
        self.is_paused.clear()


def still() -> Any:
    return StillTimer()


class Agent:
    """Connects as the agent does, and answers each request with the next of some bytes; an `end` with `late`
    and with `then`, in which '%d' is the number of the test that begins. `once_paused`: only when the timer
    is paused; the agent hangs up if it never is. An answer that begins with a number and '{' is given the
    number of its question, unless it has one.
    """

    def __init__(
        self,
        *answers: bytes,
        first: bytes = LOADED,
        late: bytes = b"",
        then: bytes = b'%d {"loaded":true}\n',
        once_paused: bool = False,
    ):
        self.answers, self.first, self.late, self.then = list(answers), first, late, then
        self.once_paused = once_paused
        self.told = b""
        self.asked: list[bytes] = []
        self.port = free_port()
        self.timer = still()
        self.ended = threading.Event()
        self.remote = Remote(self.port, self.timer, self.ended)
        self.thread = threading.Thread(target=self._talk)
        self.line = socket.create_connection(("127.0.0.1", self.port))
        self.thread.start()

    def open(self):
        return self.remote.open(SECONDS, tests=2)

    def solution(self):
        assert self.open()[0] is Start.READY
        self.remote.begin()
        return Solution(self.remote)

    def _talk(self):
        with self.line, contextlib.suppress(OSError):
            self.line.sendall(self.first)
            number = 0
            lines = self.line.makefile("rb")
            self.told = lines.readline()
            for line in lines:
                self.asked.append(line)
                if line == b"end 1\n":
                    number += 1
                    if self.once_paused and not self.timer.is_paused.wait(SECONDS):
                        return
                    self.line.sendall(self.late + self.then.replace(b"%d", b"%d" % number))
                else:
                    self.line.sendall(numbered(self.answers.pop(0), json.loads(line)["q"]))
                    if not self.answers:
                        return

    def close(self):
        self.thread.join(SECONDS)
        assert not self.thread.is_alive()


def numbered(answer: bytes, number: int) -> bytes:
    """The answer with the number of the question."""
    test, _, told = answer.partition(b" {")
    if not test.isdigit() or b'"q"' in answer:
        return answer
    return test + b' {"q":%d%s' % (number, b"," if told.strip() != b"}" else b"") + told


@pytest.fixture
def agent():
    made: list[Agent] = []

    def make(*answers: bytes, **options: Any) -> Agent:
        made.append(Agent(*answers, **options))
        return made[-1]

    yield make
    for one in made:
        one.remote._line.close()
        one.close()


def value(text: str) -> bytes:
    return b'0 {"value":' + text.encode() + b"}\n"


def test_one_connection_is_accepted_and_no_other(agent):
    one = agent(value("3"))
    add = one.solution().name("add")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", one.port))
    assert add(1, b=2) == 3
    assert one.told == b"tests 2\n"
    asked = json.loads(one.asked[0])
    assert 0 < asked.pop("q") <= 2**53
    assert asked == {
        "op": "call", "target": None, "name": "add", "args": [1], "kwargs": {"b": 2},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"0 nonsense\n", "is not JSON"),
        (b"0 [1]\n", "is not an answer"),
        (b"0 {}\n", "makes no sense"),
        (b"0 {\"error\": \"no\"}\n", "makes no sense"),
        (b'0 {"error": {"message": 1, "names": ["A"]}}\n', "makes no sense"),
        (b'0 {"missing": "HIDDEN"}\n', "Your module has no function or class 'add'."),
        (b'0 {"refused": "HIDDEN"}\n', "it is of a kind that cannot travel."),
        (b'0 {"refused": ["deep"]}\n', "it is of a kind that cannot travel."),
        (b'0 {"refused": "deep"}\n', "it is nested more than 200 deep"),
        (b'0 {"q": 1, "value": 3}\n', STRAY),
        (b'0 {"q": "1", "value": 3}\n', STRAY),
        (b'0 {"call": 0, "args": [], "kwargs": {}}\n', "makes no sense"),
        (b'0 {"call": [0], "args": [], "kwargs": {}}\n', "makes no sense"),
        (value('{"$":"range","v":[0,1000000000000,1]}'), "range that is too long"),
        (value('{"$":"complex","v":[1]}'), "cannot be read"),
        (value('{"$":"fraction","v":[1,0]}'), "cannot be read"),
        (value('{"$":"fraction","v":[1.5,2]}'), "cannot be read"),
        (value('{"$":"uuid","v":7}'), "cannot be read"),
        (value('{"$":"zone","v":"../../etc/passwd"}'), "cannot be read"),
        (value('{"$":"deque","v":[[1],-1]}'), "cannot be read"),
        (value('{"$":"named","v":["P",["__class__"],[1],null]}'), "cannot be read"),
        (value('{"$":"named","v":["P",["x","y"],[1],null]}'), "cannot be read"),
        (value('{"$":"builtin","v":"eval"}'), "cannot be read"),
        (value('{"$":"builtin","v":"os.system"}'), "cannot be read"),
        (value('{"$":"function","v":[0]}'), "cannot be read"),
        (value('{"$":"function","v":[-1]}'), "cannot be read"),
        (b'0 {"value": NaN}\n', "is not JSON"),
        (b'0 {"value": "\\ud800"}\n', "lone surrogate"),
        (value('{"$":"pickle","v":"gASVAAAA"}'), "cannot be read"),
        (value('{"$":["int"],"v":"1"}'), "cannot be read"),
        (value('{"$":"int","v":"__import__"}'), "cannot be read"),
        (value('{"$":"int","v":"' + "f" * 200_000 + '"}'), "cannot be read"),
        (value('{"$":"decimal","v":"1e999999999"}'), "cannot be read"),
        (value('{"$":"set","v":[[1]]}'), "cannot be its members"),
        (value('{"$":"dict","v":[[1]]}'), "cannot be read"),
        (value('{"$":"name","v":"os.system"}'), "cannot be read"),
        (value('{"$":"object","v":["1", 2]}'), "cannot be read"),
        (value("[" * 300 + "]" * 300), "nested more than 200"),
        (value("[" * 100_000 + "]" * 100_000), "is not JSON"),
        (value("[" + "0," * 600_000 + "0]"), "more than 500000 parts"),
        (value("[" + "[]," * 800_000 + "0]"), "more than 500000 parts"),
        (b'0 {"ended": "was ended by signal 9 (SIGKILL)"}\n', "Your code ended its process while this"),
        (b'0 {"failed": "Traceback"}\n', "could not be imported"),
    ],
)  # fmt: skip
def test_an_answer_that_makes_no_sense_fails_its_test_only(agent, answer, message):
    one = agent(answer, b'1 {"value": 3}\n')
    add = one.solution().name("add")
    with pytest.raises(pytest.fail.Exception) as caught:
        add(1, 2)
    assert message in str(caught.value)
    one.remote.end(1)
    one.remote.begin()
    assert add(1, 2) == 3


@pytest.mark.parametrize(
    "answer", [b"nonsense\n", b"7 {}\n", b"-1 {}\n", b"9999999999 {}\n", b"x" * 9_000_000, b""]
)
def test_a_stream_that_is_no_protocol_fails_all_that_is_left(agent, answer):
    one = agent(answer, LOADED) if answer else agent(b"")
    add = one.solution().name("add")
    for _ in range(2):
        with pytest.raises(pytest.fail.Exception, match=BROKEN):
            add(1, 2)
        one.remote.end(1)
        one.remote.begin()
    assert one.remote.broken


def test_a_late_answer_of_an_earlier_test_is_passed_over(agent):
    one = agent(value("1"), b'1 {"value": 2}\n', late=b'0 {"value": 99}\n0 {"loaded": true}\n')
    add = one.solution().name("add")
    assert add(0, 1) == 1
    one.remote.end(1)
    one.remote.begin()
    assert add(1, 1) == 2


@pytest.mark.parametrize(
    ("then", "message"),
    [
        (b'%d {"failed": "Traceback"}\n', "could not be imported"),
        (b'%d {"ended": "ended with exit code 3"}\n', "Your code ended its process while"),
        (b'%d {"value": 2}\n', BROKEN),
        (b"nonsense\n", BROKEN),
    ],
)
def test_a_module_that_does_not_come_again_fails_the_calls_of_its_test(agent, then, message):
    one = agent(value("1"), b'1 {"value": 2}\n', then=then)
    add = one.solution().name("add")
    assert add(0, 1) == 1
    one.remote.end(1)
    one.remote.begin()
    with pytest.raises(pytest.fail.Exception, match=message):
        add(1, 1)


def test_a_module_that_does_not_come_again_in_time_fails_the_calls_of_its_test(agent):
    one = agent(value("1"), b'1 {"value": 2}\n', then=b"")
    one.remote.open(0.2, tests=2)
    one.remote.begin()
    add: Any = Solution(one.remote).name("add")
    assert add(0, 1) == 1
    one.remote.end(1)
    one.remote.begin()
    with pytest.raises(pytest.fail.Exception, match=r"not imported within 0\.2 s"):
        add(1, 1)


def test_the_import_of_a_module_is_not_the_tests_time(agent):
    one = agent(value("1"), b'1 {"value": 2}\n', once_paused=True)
    add = one.solution().name("add")
    assert add(0, 1) == 1
    one.remote.end(1)
    one.remote.begin()
    assert add(1, 1) == 2


def test_a_flood_of_stale_lines_is_ended_by_the_tests_time(agent):
    one = agent(LOADED * 20_000)
    one.timer.seconds = 0.3
    add = one.solution().name("add")
    began = time.monotonic()
    with pytest.raises((TestTimeoutError, pytest.fail.Exception)):
        add(1, 2)
    assert time.monotonic() - began < SECONDS


def test_a_call_without_an_answer_takes_the_tests_time_and_spoils_the_rest_of_it(agent):
    one = agent(b"0", LOADED)
    one.timer.seconds = 0.2
    add = one.solution().name("add")
    with pytest.raises(TestTimeoutError):
        add(1, 2)
    with pytest.raises(pytest.fail.Exception, match="did not return"):
        add(1, 2)


@pytest.mark.parametrize(
    ("first", "start"),
    [
        (b'0 {"failed":"SyntaxError: x"}\n', Start.NOT_LOADED),
        (b'0 {"ended":"ended with exit code 3"}\n', Start.NOT_LOADED),
        (b'0 {"failed":7}\n', Start.NOT_PROTOCOL),
        (b"0 {}\n", Start.NOT_PROTOCOL),
        (b"HTTP/1.1 200 OK\n", Start.NOT_PROTOCOL),
    ],
)
def test_why_a_module_is_not_ready_is_told(agent, first, start):
    found, text = agent(first=first).open()
    assert found is start
    assert (text != "") == (start is Start.NOT_LOADED)


def test_an_agent_that_does_not_call_is_a_failure_of_ours():
    timer = still()
    with pytest.raises(NoAgentError):
        Remote(free_port(), timer, threading.Event()).open(0.05, tests=2)


def test_a_program_that_ends_before_it_calls_is_told():
    timer = still()
    ended = threading.Event()
    ended.set()
    assert Remote(free_port(), timer, ended).open(SECONDS, tests=2) == (Start.ENDED, "")


def test_an_exception_is_of_the_type_that_was_raised(agent):
    told = b'0 {"error":{"type":"OutOfStock","message":"none left","names":["OutOfStock","KeyError"]}}\n'
    solution = agent(told, told, told).solution()
    buy, out_of_stock = solution.name("buy"), solution.name("OutOfStock")
    for expected in (out_of_stock, KeyError, RemoteError):
        with pytest.raises(expected, match="none left"):
            buy("tea")


@pytest.mark.parametrize("name", ["KeyboardInterrupt", "SystemExit", "Exit", "Skipped", "ExceptionGroup"])
def test_no_exception_of_theirs_means_anything_to_pytest(agent, name):
    told = {"error": {"type": name, "message": "m", "names": [name, "BaseException"]}}
    solution = agent(b"0 " + json.dumps(told).encode() + b"\n").solution()
    with pytest.raises(RemoteError) as caught:
        solution.name("f")()
    assert type(caught.value).__mro__[1:3] == (RemoteError, Exception)


@pytest.mark.parametrize("name", ["StopIteration", "StopAsyncIteration", "GeneratorExit"])
def test_no_exception_of_theirs_ends_a_loop(agent, name):
    told = {"error": {"type": name, "message": "m", "names": [name], "exact": True, "args": []}}
    solution = agent(*[b"0 " + json.dumps(told).encode() + b"\n"] * 2).solution()
    with pytest.raises(RemoteError):
        all(map(solution.name("f"), [1, 2]))
    with pytest.raises(RemoteError):
        list(zip([1], map(solution.name("f"), [1]), strict=False))


@pytest.mark.parametrize("name", ["UnicodeDecodeError", "OSError", "SyntaxError", "KeyError"])
def test_every_built_in_exception_can_be_raised(agent, name):
    told = {"error": {"type": name, "message": "it was so", "names": [name]}}
    solution = agent(b"0 " + json.dumps(told).encode() + b"\n").solution()
    with pytest.raises(Exception, match="it was so") as caught:
        solution.name("f")()
    assert name in [kind.__name__ for kind in type(caught.value).__mro__]


def test_an_object_is_equal_to_no_plain_value(agent):
    found = agent(value('{"$":"object","v":[1,"int"]}')).solution().name("f")()
    assert isinstance(found, StandIn)
    for compared in (lambda: found == 3, lambda: found != 3, lambda: found == 3, lambda: found in [1]):
        with pytest.raises(pytest.fail.Exception, match="where a plain value was expected"):
            compared()
    assert repr(found) == "<int object of the submission>"


def test_an_object_does_not_outlive_its_test(agent):
    one = agent(value('{"$":"object","v":[1,"Node"]}'), value("1"))
    node = one.solution().name("Node")()
    one.remote.end(1)
    one.remote.begin()
    with pytest.raises(RuntimeError, match="only in the test"):
        node.next()


def test_nothing_can_be_called_outside_a_test(agent):
    one = agent(value("1"))
    add = one.solution().name("add")
    one.remote.end(1)
    with pytest.raises(RuntimeError, match="only while a test runs"):
        add(1, 2)
