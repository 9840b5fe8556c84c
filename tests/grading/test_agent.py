"""What runs in a candidate's container: waiting for a delivery, and serving functions. Here as processes of
this machine, with programs of our own.
"""

import datetime
import decimal
import math
import os
import subprocess
import sys
from collections import Counter, OrderedDict, defaultdict, namedtuple
from pathlib import Path

import pytest

from grading.agent import wire
from sandbox.delivery import delivery
from tests.grading import tiny
from tests.grading.judgeprocess import judge

ROOT = Path(__file__).parents[2]
WAIT = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from grading.agent import waiting
del sys.path[0], sys.path[0]
waiting.main(sys.argv[1:])
"""
PRELOAD = "--preload=json,http.server,logging,concurrent.futures,there_is_no_such_module"


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


def test_mappings_and_named_tuples_become_what_they_are_made_of():
    point = namedtuple("point", "x y")
    for value in (Counter("aab"), OrderedDict(a=1), defaultdict(list, a=[1])):
        assert travel(value) == value
        assert type(travel(value)) is dict
    assert travel(point(1, 2)) == (1, 2)


class Always(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize("value", [Always(3), object(), len, 1j, [[Always(3)]], {"a": Always()}])
def test_what_is_not_plain_stays(value):
    with pytest.raises(wire.WireError):
        travel(value)


def test_what_is_too_deep_or_holds_itself_is_refused():
    value: list[object] = []
    value.append(value)
    with pytest.raises(wire.WireError, match="nested"):
        travel(value)


def wait(folder, files, command, *, stdin=None, preload=PRELOAD, flags=(), home="/nonexistent"):
    """What becomes of a delivery to a waiting interpreter."""
    folder.mkdir(exist_ok=True)
    given = delivery(
        {path: text.encode() for path, text in files.items()},
        command,
        environment={"ADDED": "a 'b' \\ é"},
        stdin=stdin,
    )
    return subprocess.run(
        [sys.executable, *flags, "-c", WAIT, preload],
        input=given,
        capture_output=True,
        cwd=folder,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8"},
        timeout=60,
        check=False,
    )


def plain(folder, command, *, stdin=b""):
    """The same files and command, without waiting."""
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        cwd=folder,
        env={
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": "/nonexistent",
            "LANG": "C.UTF-8",
            "ADDED": "a 'b' \\ é",
        },
        timeout=60,
        check=False,
    )


SHOW = '''
"""Documented."""
import atexit, inspect, multiprocessing, os, pickle, sys, threading
from other import there

class Thing:
    pass

def work(number):
    return number * 2

atexit.register(print, "at exit")
threading.Thread(target=lambda: print("thread", flush=True)).start()
if __name__ == "__main__":
    print(sorted(name for name in globals() if name.startswith("__")), __file__, __spec__, __doc__)
    print(sys.argv, sys.path[0], os.getcwd(), sys.orig_argv[1:], sys.flags, sys.executable, there)
    print(os.environ["ADDED"], repr(sys.stdin.read()), pickle.loads(pickle.dumps(Thing())).__class__)
    print(sys.modules["__main__"].Thing is Thing, sys.stdout.line_buffering, sys.stdout.write_through)
    sys.stdout.flush()
    with multiprocessing.Pool(2) as pool:
        print(pool.map(work, [1, 2]))
    print("to stderr", file=sys.stderr)
'''
ENDS = {
    "plain": "",
    "exit": "import sys\nsys.exit(3)",
    "text": "raise SystemExit('told')",
    "raises": "def f():\n    raise ValueError('x')\n\nf()",
    "chained": "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise KeyError('x') from error",
    "syntax": "def f(:\n",
    "hard": "import os\nos._exit(7)",
    "killed": "import os\nos.kill(os.getpid(), 9)",
}


@pytest.mark.parametrize("end", ENDS)
def test_a_program_runs_as_the_interpreter_would_have_run_it(tmp_path, end):
    files = {"main.py": f"{SHOW if end == 'plain' else ''}\n{ENDS[end]}\n", "other.py": "there = __name__"}
    command = ("python", "main.py", "a b", "-u")
    waited = wait(tmp_path / "work", files, command, stdin=b"the input")
    expected = plain(tmp_path / "work", command, stdin=b"the input")
    assert (waited.stdout.decode(), waited.stderr.decode()) == (
        expected.stdout.decode(),
        expected.stderr.decode(),
    )
    assert waited.returncode == expected.returncode


@pytest.mark.parametrize("flags", [(), ("-u",)])
def test_a_module_runs_as_the_interpreter_would_have_run_it(tmp_path, flags):
    source = "import sys\nprint(sys.argv, sys.path[0], __spec__.name, sys.stdout.write_through)\n1 / 0\n"
    files = {"app/__init__.py": "", "app/__main__.py": source}
    command = ("python", *flags, "-m", "app", "x")
    waited = wait(tmp_path / "work", files, command, flags=flags)
    expected = plain(tmp_path / "work", command)
    assert (waited.stdout, waited.returncode) == (expected.stdout, expected.returncode)
    assert waited.stderr.decode() == expected.stderr.decode()


SAME = "import sys, json\nprint(json.__file__, 'concurrent.futures' in sys.modules)\n"


AHEAD = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from grading.agent import waiting
waiting.preload(["there_is_no_such_module", "colorsys"])
print("colorsys" in sys.modules)
"""


@pytest.mark.parametrize("has_come", [True, False])
def test_modules_are_imported_ahead_until_a_delivery_comes(has_come):
    reading, writing = os.pipe()
    if has_come:
        os.write(writing, b"1")
    done = subprocess.run([sys.executable, "-c", AHEAD], stdin=reading, capture_output=True, check=True)
    os.close(reading)
    os.close(writing)
    assert done.stdout.decode() == f"{not has_come}\n"


@pytest.mark.parametrize(
    ("files", "command", "told"),
    [
        ({"main.py": SAME, "json.py": ""}, ("python", "main.py"), b"work/json.py False\n"),
        ({"main.py": SAME, "json/__init__.py": ""}, ("python", "main.py"), b"json/__init__.py False\n"),
        ({"a/main.py": SAME, "a/json.py": ""}, ("python", "a/main.py"), b"a/json.py False\n"),
        ({"main.py": SAME}, ("python", "-u", "main.py"), b"False\n"),
        ({"main.py": SAME}, ("python", "-O", "main.py"), b"False\n"),
        ({"main.py": SAME}, ("sh", "-c", "exec python main.py"), b"False\n"),
        ({"main.py": "", ".local/x": ""}, ("python", "-c", SAME), b"False\n"),
        ({}, ("sh", "-c", "echo $$; cat"), b"\n"),
    ],
)
def test_whatever_is_unusual_gets_an_interpreter_of_its_own(tmp_path, files, command, told):
    done = wait(tmp_path / "work", files, command)
    assert done.stdout.endswith(told)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_program_that_is_not_there_is_told_as_a_shell_would(tmp_path):
    assert wait(tmp_path / "work", {}, ("there-is-none",)).returncode == 127
    assert b"No such file" in wait(tmp_path / "work", {}, ("python", "main.py")).stderr


@pytest.mark.parametrize("given", [b"", b"12 null exec true", b"nonsense\n", b"1024 null exec true\n"])
def test_a_delivery_that_is_not_whole_is_told_by_its_exit_code(tmp_path, given):
    done = subprocess.run(
        [sys.executable, "-c", WAIT], input=given, capture_output=True, cwd=tmp_path, check=False, timeout=60
    )
    assert done.returncode == 125
    assert b"could not be unpacked" in done.stderr


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
    assert [item == 3 for item in found] == [False, False, True], "no method of theirs is asked"


def test_objects():
    """Uses objects"""
    node = Node(1, next=Node(2, next=None))
    assert [node.value, node.next.value, node.next.next] == [1, 2, None]
    assert list(node) == [1, 2] and len(node) == 2 and 2 in node and node[1] == 2 and bool(node)
    assert Node(1) == Node(1) and Node(1) < Node(2) and (Node(1) + Node(2)).value == 3
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
import asyncio, os, subprocess, sys, time

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
    return a + b


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
AGENT = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from grading.agent import waiting
waiting.main(["--module=solution"])
"""


def serve(tmp_path, source, tests=TESTS):
    """A whole suite, judge and agent as processes of this machine."""
    folder, work = tmp_path / "agent", tmp_path / "judge"
    folder.mkdir()
    work.mkdir()
    (folder / "solution.py").write_text(source)
    pack = tiny.at_a_free_port(tiny.with_tests(tiny.pack("tiny-function"), tests))
    environment = {"PATH": "/usr/bin:/bin", "PORT": str(pack.service.port), "HOME": str(folder)}
    process = subprocess.Popen(
        [sys.executable, "-I", "-u", "-c", AGENT],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    heard = judge(pack, work)
    log, _ = process.communicate(timeout=60)
    return heard, log.decode()


def test_a_suite_calls_functions_and_objects(tmp_path):
    heard, log = serve(tmp_path, SOLUTION)
    found = {name.removeprefix("test_"): result for name, result in heard.results.items()}
    outcomes = {name: result["outcome"] for name, result in found.items()}
    assert outcomes == {
        **dict.fromkeys(("plain", "state_one", "state_two", "custom_error", "odd", "objects"), "passed"),
        **dict.fromkeys(("slow", "spawns", "last"), "passed"),
        **dict.fromkeys(("leaves", "missing", "error", "missing_attribute"), "failed"),
        "hangs": "timeout",
    }, heard.log
    assert found["hangs"]["message"] == "The test did not finish within 1 s."
    assert found["leaves"]["message"] == "Your code ended with exit code 0 while this test ran."
    assert found["missing"]["message"] == "Your module has no function or class 'nowhere'."
    assert found["missing_attribute"]["message"] == "Your Node has no 'previous'."
    assert found["error"]["message"] == "Your code raised Broken"
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
    heard, _ = serve(tmp_path, source)
    [message] = [message for message in heard.messages if message["type"] == "not_started"]
    assert (message["reason"], heard.results) == ("not_loaded", {})
    assert told in message["detail"]
    assert "grading/agent" not in message["detail"]
