"""A process for tests that dies costs the test that ran, and nothing else."""

import threading
from dataclasses import replace

import pytest

from grading.errors import PlatformError
from grading.judge.framing import pack_bytes
from grading.judge.progress import LOST, NOT_RESUMED
from tests.grading.judgeprocess import judge
from tests.grading.test_judge_session import suite

pytestmark = pytest.mark.timeout(60)

DIES = '''
import os
import signal
import threading
from pathlib import Path

import pytest

MARK = "{mark}"


def die(number):
    print("a last word")
    os.kill(os.getpid(), number)


@pytest.fixture(scope="session")
def dear():
    return object()


@pytest.fixture
def deadly():
    yield
    die(signal.SIGABRT)


def test_before(dear):
    """Comes before"""


def test_segfault(dear):
    """Dies of SIGSEGV"""
    die(signal.SIGSEGV)


def test_between(rng, dear):
    """Comes between"""
    assert False, "it was asked"


def test_abort(deadly):
    """Dies of SIGABRT in its tear-down"""


@pytest.mark.parametrize("number", [1, 2, 3])
def test_kill(number):
    """Dies of SIGKILL in its second case"""
    if number == 2:
        die(signal.SIGKILL)


def test_exit():
    """Ends the process"""
    os._exit(0)


def test_thread():
    """Dies in a thread, as a client's core does"""
    threading.Thread(target=os.abort).start()
    threading.Event().wait()


@pytest.mark.parametrize("number", [1, 2])
def test_program(program, number):
    """Comes after them, and runs the program"""
    assert program.run(str(number)).stdout == "out"


def test_dies_while_it_waits(program):
    """Dies while the program runs"""
    def leave():
        Path(MARK).touch()
        os.abort()
    threading.Timer(0.1, leave).start()
    program.run("wait", files={"large": b"x" * 300_000})


def test_after(program):
    """Comes last"""
    assert len(program.run("large").stdout) == 1_000_000
'''


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    work = tmp_path_factory.mktemp("judge")
    mark = work / "dying"

    def answer(request):
        while request["arguments"] == ["wait"] and not mark.exists():
            threading.Event().wait(0.01)
        output = pack_bytes(b"x" * 1_000_000 if request["arguments"] == ["large"] else b"out")
        flags = {"timed_out": False, "out_of_memory": False, "output_overflow": False}
        return {"exit_code": 0, "stdout": output, "stderr": "", "seconds": 0.1, **flags}

    return judge(suite(DIES.replace("{mark}", str(mark))), work, answer=answer)


def test_a_death_costs_only_its_test(heard):
    outcomes = {name.partition("_")[2]: result["outcome"] for name, result in heard.results.items()}
    lost = ("segfault", "abort", "kill", "exit", "thread", "dies_while_it_waits")
    passed = ("before", "program", "after")
    expected = {**dict.fromkeys(lost, "failed"), **dict.fromkeys(passed, "passed"), "between": "failed"}
    assert outcomes == expected, str(heard.results)
    assert heard.results["test_between"]["message"] == "it was asked"


def test_worker_hears_of_one_whole_suite(heard):
    assert heard.exit_code == 0
    assert [kind for kind in heard.types if kind not in ("result", "request")] == [
        *("ready", "started", "finished", "trailer")
    ]
    assert heard.messages[-1]["count"] == len(heard.results) == heard.types.count("result")
    numbers = [message["id"] for message in heard.messages if message["type"] == "request"]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("segfault", "was ended by signal 11 (SIGSEGV)"),
        ("abort", "was ended by signal 6 (SIGABRT)"),
        ("kill", "was ended by signal 9 (SIGKILL)"),
        ("exit", "ended itself with exit code 0"),
    ],
)
def test_the_sentence_is_ours_and_staff_read_how_it_ended(heard, name, how):
    result = heard.results[f"test_{name}"]
    assert (result["message"], result["awarded"]) == (LOST, 0)
    assert how in result["detail"]


def test_what_cannot_go_on_is_decided_all_the_same(tmp_path):
    source = """
import os
from pathlib import Path

mark = Path(__file__).with_name("mark")
if mark.exists():
    os.abort()
mark.touch()


def test_first():
    '''First'''


def test_dies():
    '''Dies'''
    os.abort()


def test_last():
    '''Last'''
"""
    heard = judge(suite(source), tmp_path)
    assert {name: result["outcome"] for name, result in heard.results.items()} == {
        "test_first": "passed",
        "test_dies": "failed",
        "test_last": "error",
    }
    assert heard.results["test_last"]["message"] == NOT_RESUMED
    assert (heard.exit_code, heard.types[-2:]) == (0, ["finished", "trailer"])


def test_a_program_that_has_ended_has_ended_for_the_next_process_too(tmp_path):
    source = """
import os


def test_asks_and_dies(program):
    '''Asks and dies'''
    try:
        program.run()
    except BaseException:
        os.abort()


def test_is_left():
    '''Is left'''
"""
    heard = judge(suite(source), tmp_path, answer=lambda _request: {"error": "it ended"}, ended=True)
    assert heard.results["test_asks_and_dies"]["message"] == LOST
    assert heard.results["test_is_left"]["message"] == "Your program had ended before this test."


def test_a_death_before_there_is_a_program_is_no_result(tmp_path):
    heard = judge(suite("import os\n\nos.abort()\n\n\ndef test_it():\n    '''It'''\n"), tmp_path)
    assert (heard.types, heard.exit_code) == ([], 134)


def test_a_process_that_dies_between_tests_is_replaced_once(tmp_path):
    hook = b"""
import os

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol():
    yield
    os.abort()
"""
    pack = suite("".join(f"def test_{name}():\n    '''It'''\n\n\n" for name in "abc"))
    heard = judge(replace(pack, files={**pack.files, "tests/hidden/conftest.py": hook}), tmp_path)
    assert [result["outcome"] for result in heard.results.values()] == ["passed", "passed", "error"]


def test_a_suite_that_breaks_itself_is_told_as_before(tmp_path):
    pack = suite("def test_it():\n    '''It'''\n")
    hook = b"def pytest_runtest_logfinish():\n    raise RuntimeError('the hook')\n"
    with pytest.raises(PlatformError, match="the hook"):
        judge(replace(pack, files={**pack.files, "tests/hidden/conftest.py": hook}), tmp_path)
