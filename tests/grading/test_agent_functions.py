"""What serves a candidate's functions, and the judge that calls them: both as processes of this machine, with
programs of our own.
"""

import pytest

from tests.grading.functions import serve

TESTS = '''
import pytest
import solution
from solution import Broken, Node, add, count, hang, leave, nowhere, odd, raise_it, slow, spawn

pytestmark = pytest.mark.timeout(20)


def test_plain():
    """Adds"""
    assert add(2, 3) == 5 and solution.add(b=1, a=1) == 2 and solution.LIMIT == 7


def test_state_one():
    """Counts from one"""
    assert count() == 1 and count() == 2


def test_state_two():
    """Counts from one again"""
    assert count() == 1


@pytest.mark.timeout(1)
def test_hangs():
    """Hangs"""
    hang()


def test_leaves():
    """Ends the process"""
    leave()


def test_missing():
    """Calls what is not there"""
    with pytest.raises(Exception):
        nowhere()


def test_custom_error():
    """Raises an error of its own"""
    with pytest.raises(Broken, match="so it is"):
        raise_it()
    with pytest.raises(LookupError):
        raise_it()


def test_error():
    """Does not expect an error"""
    raise_it()


def test_odd():
    """Gets odd values"""
    found = odd()
    assert found[2] == 3
    assert found[0] == 3, "no method of theirs is asked"


def test_objects():
    """Uses objects"""
    node = Node(1, next=Node(2, next=None))
    assert [node.value, node.next.value, node.next.next] == [1, 2, None]
    assert list(node) == [1, 2] and len(node) == 2 and 2 in node and node[1] == 2 and bool(node)
    assert Node(1) == Node(1) and Node(1) < Node(2) and (Node(1) + Node(2)).value == 3
    assert not hasattr(node, "previous") and getattr(node, "previous", 7) == 7
    assert Node.of(9).value == 9 and isinstance(node, Node) and str(node) == "node 1"
    node.value = 5
    assert node.value == 5
    with node as same:
        assert same.value == 5


def test_missing_attribute():
    """Reads what an object has not"""
    Node(1).previous


def test_slow():
    """Waits for a coroutine"""
    assert slow(3) == 3


def test_spawns():
    """Leaves a process behind"""
    spawn()


def test_last():
    """Finds nothing left"""
    assert add(1, 1) == 2
'''
SOLUTION = """
import asyncio, gc, os, subprocess, sys, time

print("imported")
LIMIT = 7
calls = 0


class Broken(LookupError):
    pass


class Always(int):
    def __eq__(self, other):
        return True


class Node:
    def __init__(self, value, next=None):
        self.value, self.next = value, next

    @classmethod
    def of(cls, value):
        return cls(value)

    def __iter__(self):
        while self:
            yield self.value
            self = self.next

    def __len__(self):
        return len(list(iter(self))) if self.next else 1

    def __contains__(self, item):
        return item in list(iter(self))

    def __getitem__(self, at):
        return list(iter(self))[at]

    def __bool__(self):
        return True

    def __eq__(self, other):
        return self.value == other.value

    def __lt__(self, other):
        return self.value < other.value

    def __add__(self, other):
        return Node(self.value + other.value)

    def __str__(self):
        return f"node {self.value}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def add(a, b):
    return a + b if gc.isenabled() else None


def count():
    global calls
    calls += 1
    return calls


def hang():
    while True:
        pass


def leave():
    print("leaving")
    os._exit(0)


def raise_it():
    raise Broken("so it is")


def odd():
    return [Always(), object(), 3]


async def slow(value):
    await asyncio.sleep(0.001)
    return value


def spawn():
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
"""
AT_REST = 3


@pytest.mark.parametrize("at_rest", [0, AT_REST])
def test_a_suite_calls_functions_and_objects(tmp_path, at_rest):
    heard, log = serve(tmp_path, SOLUTION, TESTS, at_rest=at_rest)
    found = {name.removeprefix("test_"): result for name, result in heard.results.items()}
    outcomes = {name: result["outcome"] for name, result in found.items()}
    assert outcomes == {
        **dict.fromkeys(("plain", "state_one", "state_two", "custom_error", "objects"), "passed"),
        **dict.fromkeys(("slow", "spawns", "last"), "passed"),
        **dict.fromkeys(("leaves", "missing", "error", "missing_attribute", "odd"), "failed"),
        "hangs": "timeout",
    }, heard.log
    assert found["hangs"]["message"] == "The test did not finish within 1 s."
    assert found["leaves"]["message"] == "Your code ended its process while this test ran."
    assert found["missing"]["message"] == "Your module has no function or class 'nowhere'."
    assert found["missing_attribute"]["message"] == "Your object has no 'previous'."
    assert found["error"]["message"] == "Your code raised an exception."
    assert "leaving" in log
    assert heard.messages[-2] == {"type": "finished", "broken": ""}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import nothing_like_this", "ModuleNotFoundError: No module named 'nothing_like_this'"),
        ("def f(:", "SyntaxError"),
        ("import sys\nprint('bye')\nsys.exit(3)", "SystemExit: 3"),
        ("import os\nos._exit(3)", "ended with exit code 3"),
    ],
)
def test_a_module_that_cannot_be_imported_is_told(tmp_path, source, told):
    heard, _ = serve(tmp_path, source, TESTS)
    [message] = [message for message in heard.messages if message["type"] == "not_started"]
    assert (message["reason"], heard.results) == ("not_loaded", {})
    assert told in message["detail"]
    assert "grading/agent" not in message["detail"]


def the_same(name, times, calls=1):
    """So many tests that call the same function."""
    body = f"    solution.{name}()\n" * calls
    tests = "".join(f"def test_{number}():\n    'Calls'\n{body}\n\n" for number in range(times))
    return f"import solution\n\n\n{tests}"


def test_a_process_that_rested_is_as_one_begun_now(tmp_path):
    source = """
import gc, os, sys

def look():
    descriptors = len(os.listdir("/proc/self/fd"))
    print(os.environ.get("ADDED"), repr(sys.stdin.read()), sys.argv, os.getcwd(), descriptors, gc.isenabled())
"""
    heard, log = serve(tmp_path, source, the_same("look", AT_REST + 2), at_rest=AT_REST)
    assert {result["outcome"] for result in heard.results.values()} == {"passed"}
    folder = tmp_path / "agent"
    standard_streams_line_and_listing = 5
    told = f"there '' ['{folder}/solution.py'] {folder} {standard_streams_line_and_listing} True"
    assert log.splitlines() == [told] * (AT_REST + 2)


@pytest.mark.parametrize("at_rest", [0, 5])
@pytest.mark.parametrize("tests", [1, 2, 5])
def test_no_process_imports_for_a_test_that_does_not_come(tmp_path, tests, at_rest):
    source = "import os\n\nos.write(1, b'imported\\n')\n\n\ndef f():\n    pass\n"
    heard, log = serve(tmp_path, source, the_same("f", tests, calls=20), at_rest=at_rest)
    assert {result["outcome"] for result in heard.results.values()} == {"passed"}
    assert log.splitlines() == ["imported"] * tests


def test_what_rests_gives_way_when_a_module_is_learned(tmp_path):
    source = """
import sys

print("colorsys" in sys.modules)
import colorsys

def use():
    colorsys.rgb_to_hsv(1, 1, 1)
"""
    heard, log = serve(tmp_path, source, the_same("use", 8), at_rest=8)
    assert {result["outcome"] for result in heard.results.values()} == {"passed"}
    imported_beside_the_first = 2
    assert log.count("False") <= 1 + imported_beside_the_first
    assert log.count("True") >= 8 - 1 - imported_beside_the_first


def test_a_program_that_kills_what_rests_harms_only_itself(tmp_path):
    source = """
import os, pathlib, signal

def murder():
    parent = os.getppid()
    for pid in pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        if int(pid) != os.getpid():
            os.kill(int(pid), signal.SIGKILL)
"""
    heard, _ = serve(tmp_path, source, the_same("murder", AT_REST + 2), at_rest=AT_REST)
    assert len(heard.results) == AT_REST + 2
    failed = {result["message"] for result in heard.results.values() if result["outcome"] != "passed"}
    assert failed == {"Your code ended its process while this test ran."}
    assert heard.messages[-2] == {"type": "finished", "broken": ""}
