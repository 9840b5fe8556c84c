"""A whole suite in the judge: outcomes, time limits, what a test may print, and what it may ask for."""

import os
import re
from dataclasses import replace

import pytest

from grading.errors import FaultyPackError, PlatformError
from grading.judge.messages import UNEXPECTED
from tests.grading import tiny
from tests.grading.judgeprocess import judge

pytestmark = pytest.mark.timeout(60)


def suite(source, **changes):
    """The program pack with these hidden tests."""
    return replace(tiny.with_tests(tiny.pack("tiny-program"), source), **changes)


OUTCOMES = '''
import pytest


@pytest.fixture
def broken():
    raise RuntimeError("the author's mistake")


@pytest.fixture
def demanding():
    assert 1 == 2, "the first answer was wrong"


def test_passes():
    """Passes"""
    import gc
    assert gc.isenabled(), "it is off while the judge starts"
    print("100 passed")
    print('{"type": "finished"}', flush=True)
    import os
    os.write(1, b"straight to the descriptor")


def test_fails():
    """Fails"""
    assert 1 + 1 == 3, "one and one"


def test_compares():
    """Compares"""
    assert 1 + 1 == 3


def test_raises():
    """Raises"""
    {}["id"]


def test_stumbles(broken):
    """Has a broken fixture"""


def test_demands(demanding):
    """Has a fixture that asserts"""


def test_skips():
    """Skips"""
    pytest.skip("not today")


def test_expects_to_fail():
    """Is expected to fail"""
    pytest.xfail("never mind")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_cases(number):
    """Has one bad case of three"""
    assert number != 2, f"bad number {number}"


@pytest.mark.parametrize("share", [3, 1, 2])
def test_awards(award, share):
    """Is awarded the lowest of three"""
    award(share, of=4)


class TestGroup:
    def test_inside(self):
        """Stands in a class"""
'''


def test_every_outcome(tmp_path):
    heard = judge(suite(OUTCOMES), tmp_path)
    assert {name: result["outcome"] for name, result in heard.results.items()} == {
        "test_passes": "passed",
        "test_fails": "failed",
        "test_compares": "failed",
        "test_raises": "failed",
        "test_stumbles": "error",
        "test_demands": "failed",
        "test_skips": "skipped",
        "test_expects_to_fail": "skipped",
        "test_cases": "failed",
        "test_awards": "passed",
        "TestGroup::test_inside": "passed",
    }
    assert heard.types[0] == "ready"
    assert heard.types[-2:] == ["finished", "trailer"]
    assert heard.messages[-1]["count"] == 11
    assert heard.exit_code == 0


def test_messages_are_for_candidates_and_details_for_staff(tmp_path):
    results = judge(suite(OUTCOMES), tmp_path).results
    assert results["test_fails"]["message"] == "one and one"
    assert results["test_compares"]["message"] == "An assertion of the test does not hold."
    assert results["test_raises"]["message"] == UNEXPECTED
    assert results["test_demands"]["message"] == "the first answer was wrong"
    assert results["test_cases"]["message"] == "bad number …"
    assert "bad number 2" in results["test_cases"]["detail"]
    assert "test_it.py" in results["test_fails"]["detail"]
    assert results["test_awards"]["awarded"] == 0.25


HANGS = '''
import threading
import time

import pytest


@pytest.fixture
def clinging():
    yield
    time.sleep(60)


@pytest.mark.timeout(0.2)
def test_sleeps():
    """Sleeps"""
    time.sleep(60)


@pytest.mark.timeout(0.2)
def test_spins():
    """Spins"""
    while True:
        pass


@pytest.mark.timeout(0.2)
def test_swallows():
    """Swallows what interrupts it"""
    while True:
        try:
            time.sleep(60)
        except Exception:
            pass


@pytest.mark.timeout(0.2)
def test_insists():
    """Waits again in its clean-up"""
    try:
        time.sleep(60)
    finally:
        threading.Event().wait()


@pytest.mark.timeout(0.2)
def test_clings(clinging):
    """Hangs in tear-down"""


def test_goes_on():
    """Comes after them"""
'''


def test_a_hang_costs_only_its_test(tmp_path):
    heard = judge(suite(HANGS), tmp_path)
    outcomes = {name: result["outcome"] for name, result in heard.results.items()}
    hanging = ("test_sleeps", "test_spins", "test_swallows", "test_insists", "test_clings")
    assert outcomes == {**dict.fromkeys(hanging, "timeout"), "test_goes_on": "passed"}
    assert heard.results["test_sleeps"]["message"] == "The test did not finish within 0.2 s."


NUMBERS = '''
def test_draws(rng):
    """Draws"""
    assert False, str(rng.random())


def test_draws_too(rng):
    """Draws too"""
    assert False, str(rng.random())
'''


def test_seed_decides_the_random_numbers(tmp_path):
    pack = suite(NUMBERS)

    def drawn(name, seed):
        (tmp_path / name).mkdir()
        results = judge(pack, tmp_path / name, seed=seed).results.values()
        return [item["detail"].partition("Error:")[2] for item in results]

    first = drawn("first", 1)
    assert drawn("again", 1) == first
    assert drawn("other", 2) != first
    assert len(set(first)) == 2


RUNS = '''
def test_runs(program):
    """Runs a program"""
    completed = program.run("a", stdin="b", files={"c": b"d"}, timeout_seconds=2)
    assert completed.stdout == "out" and completed.exit_code == 3 and completed.timed_out


def test_runs_with_large_input(program):
    """Sends more than a line holds"""
    assert program.run(stdin="x" * 10**6).stdout_bytes == bytes(10**6)
'''


def test_requests_reach_the_worker(tmp_path):
    def answer(request):
        size = len(request["stdin"])
        stdout = "b3V0" if size < 100 else "AAAA" * (10**6 // 3) + "AA=="
        flags = {"timed_out": True, "out_of_memory": False, "output_overflow": False}
        return {"exit_code": 3, "stdout": stdout, "stderr": "", "seconds": 0.1, **flags}

    heard = judge(suite(RUNS), tmp_path, answer=answer)
    request = next(message for message in heard.messages if message["type"] == "request")
    assert request["op"] == "run"
    assert (request["arguments"], request["stdin"], request["files"]) == (["a"], "Yg==", {"c": "ZA=="})
    assert request["timeout_seconds"] == 2
    assert {item["outcome"] for item in heard.results.values()} == {"passed"}


TEST = 'def test_it():\n    """It"""\n'
FAULTY = {
    "tests/hidden/test_it.py:1: not valid Python: invalid syntax": {
        "test_it.py": "def test_it(:\n    pass\n"
    },
    "tests/hidden/test_it.py:2: ModuleNotFoundError: No module named 'nothing_like_this'": {
        "test_it.py": f"\nimport nothing_like_this\n\n{TEST}"
    },
    "tests/support/shop.py:2: ZeroDivisionError": {
        "test_it.py": f"import shop\n\n{TEST}",
        "../support/shop.py": "\nRATE = 1 / 0\n",
    },
    "tests/hidden/conftest.py:3: NameError: name 'pytst' is not defined": {
        "test_it.py": TEST,
        "conftest.py": "import pytest\n\n@pytst.fixture\ndef it():\n    pass\n",
    },
    "tests/hidden/test_it.py:1: there is no fixture 'servce'": {"test_it.py": TEST.replace("()", "(servce)")},
    "tests/hidden/conftest.py:2: there is no fixture 'databse'": {
        "test_it.py": TEST.replace("()", "(shop)"),
        "conftest.py": "import pytest\n@pytest.fixture\ndef shop(databse):\n    pass\n",
    },
    "tests/hidden/test_it.py: Failed: In test_it.py::test_it: function uses no argument 'missing'": {
        "test_it.py": "import pytest\n\n@pytest.mark.parametrize('missing', [1])\n" + TEST
    },
}


@pytest.mark.parametrize("fault", FAULTY)
def test_a_suite_that_cannot_run_is_its_authors_fault_by_file_and_line(tmp_path, fault):
    pack = tiny.with_tests(tiny.pack("tiny-program"), TEST)
    changes = {
        os.path.normpath(f"tests/hidden/{path}"): text.encode() for path, text in FAULTY[fault].items()
    }
    with pytest.raises(FaultyPackError, match=re.escape(fault)):
        judge(replace(pack, files={**pack.files, **changes}), tmp_path)


def test_fixtures_that_are_there_are_not_missed(tmp_path):
    source = """
import pytest

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def quiet(request):
    return request


@pytest.mark.parametrize("number", [1, 2])
def test_it(number, quiet, tmp_path, rng):
    '''It'''


class TestMore:
    def test_more(self, award):
        '''More'''
"""
    heard = judge(suite(source), tmp_path)
    assert {item["outcome"] for item in heard.results.values()} == {"passed"}


def test_suite_that_differs_from_the_manifest_is_refused(tmp_path):
    pack = tiny.pack("tiny-program")
    source = b'def test_another():\n    """Another"""\n'
    with pytest.raises(PlatformError, match="pytest finds other tests"):
        judge(replace(pack, files={**pack.files, "tests/hidden/test_counting.py": source}), tmp_path)


FILES = '''
def test_reads(files):
    """Reads the submission"""
    assert files["query.sql"] == "SELECT 1; SELECT 2"
'''


def test_files_of_a_submission_are_data(tmp_path):
    heard = judge(suite(FILES), tmp_path, files={"query.sql": "SELECT 1; SELECT 2"})
    assert heard.results["test_reads"]["outcome"] == "passed", heard.log


LEFT = '''
def test_waits(program):
    """Waits for the program"""
    program.run()


def test_is_left():
    """Is left"""
'''


def test_tests_that_are_left_fail_when_the_program_has_ended(tmp_path):
    heard = judge(suite(LEFT), tmp_path, answer=lambda _request: {"error": "it ended"}, ended=True)
    assert heard.results["test_waits"]["message"] == "it ended"
    assert heard.results["test_is_left"]["message"] == "Your program had ended before this test."


COLOURFUL = '''
import sys


def test_highlights():
    """Highlights"""
    assert "pygments" not in sys.modules, "pytest has imported it"
    from pygments import highlight
    from pygments.formatters.terminal import TerminalFormatter
    from pygments.lexers.python import PythonLexer
    assert "\\033[" in highlight("def f(): pass", PythonLexer(), TerminalFormatter())
'''


def test_highlighter_is_imported_only_by_a_suite_that_wants_it(tmp_path):
    [result] = judge(suite(COLOURFUL), tmp_path).results.values()
    assert (result["outcome"], result["message"]) == ("passed", "")
