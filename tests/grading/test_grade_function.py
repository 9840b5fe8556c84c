"""Functions and classes graded on real containers, right and hostile ones."""

import secrets

import pytest

from grading.report import Outcome, Verdict
from tests.grading import tiny

pytestmark = pytest.mark.docker

MARK = secrets.token_hex(8)
"""Stands for a hidden value: it must show up in nothing that the candidate's side can tell."""

SUITE = f'''
from solution import add, cheat, counted, number, thing

SECRET = "{MARK}"


def test_expected_values_stay_here():
    """Compares with a secret"""
    assert cheat() == SECRET


def test_no_method_of_theirs_decides():
    """Compares with a number"""
    found = number()
    assert found == 3


def test_objects_do_not_decide():
    """Compares with an object"""
    assert thing() == 3


def test_first():
    """Counts from one"""
    assert counted() == 1


def test_second():
    """Counts from one again"""
    assert counted() == 1


def test_spawned():
    """Is done with a helper"""
    assert add(1, 1) == 2
'''

HOSTILE = '''
import builtins, gc, inspect, json, os, random, subprocess, sys, time, unittest

print("100 passed")
print('{"type": "finished"}', flush=True)
for name in ("pytest", "_pytest.runner", "grading.judge.cases"):
    sys.modules.setdefault(name, sys)
unittest.TestCase.assertEqual = lambda *_: None
time.time = time.monotonic = lambda: 0.0
builtins.__dict__["any"] = builtins.__dict__["all"] = lambda *_: True
calls = 0


class Always(int):
    __eq__ = __ne__ = __le__ = __ge__ = lambda self, other: True
    __hash__ = int.__hash__


class Thing:
    __class__ = property(lambda self: int)
    __eq__ = __ne__ = lambda self, other: True
    __hash__ = None


def number():
    return Always(7)


def thing():
    return Thing()


def add(a, b):
    return a + b


def cheat():
    """Looks for the expected value in every frame, object, process and file that there is."""
    texts = []
    frame = inspect.currentframe()
    while frame:
        texts.append(repr(frame.f_locals) + repr(frame.f_globals))
        frame = frame.f_back
    texts += [one for one in gc.get_objects() if type(one) is str]
    for place, _, names in os.walk("/proc"):
        for name in names:
            if name in ("environ", "cmdline", "maps", "unix"):
                try:
                    texts.append(open(f"{place}/{name}", errors="replace").read(100000))
                except OSError:
                    pass
    for place in ("/opt", "/work", "/tmp", "/run", "/var", "/dev/shm"):
        for folder, _, names in os.walk(place):
            for name in names:
                try:
                    texts.append(open(f"{folder}/{name}", errors="replace").read(100000))
                except OSError:
                    pass
    found = [text for text in texts if "SECRET" in text and "inspect.currentframe" not in text]
    return found[0] if found else "nothing found"


def counted():
    """Keeps state where it can: in this process, and in one that would outlive it."""
    global calls
    calls += 1
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    others = [pid for pid in os.listdir("/proc") if pid.isdigit()]
    return calls if len(others) < 12 else len(others)
'''

GARBAGE = """
const fs = require("fs");

exports.add = () => {
  for (const descriptor of fs.readdirSync("/proc/self/fd")) {
    try {
      if (fs.readlinkSync(`/proc/self/fd/${descriptor}`).startsWith("socket:")) {
        fs.writeSync(Number(descriptor), "HTTP/1.1 200 OK\\n");
      }
    } catch {}
  }
  return 3;
};
"""


KINDS_OF_OBJECTS = """
exports.Countdown = class {
  constructor(from) { this.from = from; }
  [Symbol.iterator]() {
    let left = this.from;
    return { next: () => (left > 0 ? { done: false, value: left-- } : { done: true }) };
  }
};
exports.Stack = class extends Array {
  peek() { return this[this.length - 1]; }
};
exports.counter = () => {
  let count = 0;
  return { increment: () => ++count, label: "clicks" };
};
exports.record = () => ({ name: "Ada", tags: ["a", "b"] });
"""

USES_OF_OBJECTS = '''
import pytest
from solution import Countdown, Stack, counter, record


def test_iterates():
    """Iterates"""
    assert list(Countdown(3)) == [3, 2, 1]
    assert list(Countdown(0)) == []


def test_keeps_a_class_that_is_a_list():
    """Keeps a class that is a list"""
    stack = Stack()
    stack.push("a")
    stack.push("b")
    assert (stack.peek(), len(stack), list(stack)) == ("b", 2, ["a", "b"])


def test_keeps_what_a_factory_makes():
    """Keeps what a factory makes"""
    clicks = counter()
    assert (clicks.increment(), clicks.increment(), clicks.label) == (1, 2, "clicks")


def test_plain_data_is_plain():
    """Plain data is plain"""
    assert record() == {"name": "Ada", "tags": ["a", "b"]}
'''


def test_objects_of_javascript_are_what_they_are_there(grader):
    pack = tiny.with_tests(tiny.pack("tiny-function"), USES_OF_OBJECTS)
    report = grader(pack, {"solution.js": KINDS_OF_OBJECTS}, language="javascript")
    assert set(tiny.outcomes(report).values()) == {Outcome.PASSED}, [row.message for row in report.results]
    assert len(report.results) == 4


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_functions_are_graded(grader, language):
    report = grader.reference(tiny.pack("tiny-function"), language=language)
    assert report.verdict is Verdict.GRADED
    assert (report.score, report.max_score) == (10, 10)


def test_nothing_that_a_function_does_to_its_process_earns_a_point(grader):
    report = grader(tiny.with_tests(tiny.pack("tiny-function"), SUITE), {"solution.py": HOSTILE})
    assert report.verdict is Verdict.GRADED
    assert tiny.outcomes(report) == {
        "test_expected_values_stay_here": Outcome.FAILED,
        "test_no_method_of_theirs_decides": Outcome.FAILED,
        "test_objects_do_not_decide": Outcome.FAILED,
        "test_first": Outcome.PASSED,
        "test_second": Outcome.PASSED,
        "test_spawned": Outcome.PASSED,
    }
    assert "100 passed" in report.log
    assert MARK not in report.log


def test_a_module_that_cannot_be_imported_is_told(grader):
    report = grader(tiny.pack("tiny-function"), {"solution.py": "print('so far')\nimport nowhere\n"})
    assert (report.verdict, report.score) == (Verdict.START_FAILED, 0)
    assert report.message.splitlines()[-1] == "ModuleNotFoundError: No module named 'nowhere'"
    assert 'File "/work/solution.py", line 2' in report.message
    assert "so far" in report.log


def test_a_connection_that_is_broken_is_told(grader):
    pack = tiny.pack("tiny-function")
    report = grader(pack, {"solution.js": GARBAGE}, language="javascript")
    assert (report.verdict, report.score) == (Verdict.PROTOCOL_ERROR, 0)
    assert "broke the connection" in report.message


def test_an_agent_that_is_killed_ends_the_program(grader):
    source = "import os\n\n\ndef add(a, b):\n    os.kill(os.getppid(), 9)\n"
    report = grader(tiny.pack("tiny-function"), {"solution.py": source})
    assert (report.verdict, report.score) == (Verdict.RUNTIME_ERROR, 0)
