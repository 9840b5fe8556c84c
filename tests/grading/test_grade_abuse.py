"""Programs that do not behave. Each gets its verdict and one sentence, and leaves nothing behind. Those that
let their judge wait are in tests/abuse, on a whole installation.
"""

import pytest

from grading import files as submitted
from grading.judge.memory import TOO_MUCH
from grading.report import Outcome, Verdict
from tests.grading import tiny

pytestmark = pytest.mark.docker

HONEST = submitted.reference(tiny.pack("tiny-service"), "python")["server.py"]

LISTEN = """
import socket, time
server = socket.create_server(("127.0.0.1", {port}))
connections = []
while True:
    connection, _ = server.accept()
    connections.append(connection)
    {answer}
"""


def when_asked_to_add(action: str) -> str:
    """The honest server, but this happens at /add with a number missing."""
    return HONEST.replace(
        "except (KeyError, ValueError):", f"except (KeyError, ValueError):\n                {action}"
    )


NOT_READY = {
    "exits": ("raise SystemExit(3)", Verdict.START_FAILED, "exit code 3"),
    "does not parse": ("this is no Python", Verdict.START_FAILED, "exit code 1"),
    "exits as if all were well": ("print('12 passed')", Verdict.START_FAILED, "exit code 0"),
    "dies of a signal": ("import os; os.kill(os.getpid(), 11)", Verdict.START_FAILED, "SIGSEGV"),
    "listens elsewhere": (
        LISTEN.format(port=5000, answer="pass"),
        Verdict.START_FAILED,
        "listens on port 5000; the task asks for port 8000",
    ),
    "speaks no HTTP": (
        LISTEN.format(port=8000, answer="connection.sendall(b'220 mail ready' + bytes(9) + b'\\r\\n\\r\\n')"),
        Verdict.PROTOCOL_ERROR,
        "not in HTTP",
    ),
    "floods its output": ("while True: print('x' * 1000)", Verdict.OUTPUT_LIMIT, "64 KiB"),
    "eats memory": ("hoard = []\nwhile True: hoard.append(bytearray(2**20))", Verdict.MEMORY_LIMIT, "64 MiB"),
    "fills the disk": (
        "with open('big', 'wb') as file:\n    while True: file.write(bytes(2**20))",
        Verdict.DISK_LIMIT,
        "8 MiB",
    ),
}


@pytest.mark.parametrize("name", NOT_READY)
def test_program_that_does_not_get_ready(grader, name):
    see_not_ready(grader, name)


@tiny.WARM
@pytest.mark.parametrize("name", ["exits", "floods its output", "eats memory", "fills the disk"])
def test_program_that_does_not_get_ready_in_a_warm_pod(grader, name):
    see_not_ready(grader, name)


def see_not_ready(grader, name):
    source, verdict, particular = NOT_READY[name]
    report = grader(tiny.pack("tiny-service"), {"server.py": source})
    assert report.verdict is verdict, report
    assert particular in report.message
    assert report.score == 0
    assert {result.outcome for result in report.results} == {Outcome.SKIPPED}


DURING = {
    "exits": ("import os; os._exit(4)", Verdict.RUNTIME_ERROR, "exit code 4"),
    "eats memory": (
        "hoard = []\n                while True: hoard.append(bytearray(2**20))",
        Verdict.MEMORY_LIMIT,
        "64 MiB",
    ),
    "floods": ("while True: print('x' * 1000)", Verdict.OUTPUT_LIMIT, "64 KiB"),
}


@tiny.WARM
@pytest.mark.parametrize("name", DURING)
def test_program_that_breaks_while_it_is_tested(grader, name):
    action, verdict, particular = DURING[name]
    report = grader(tiny.pack("tiny-service"), {"server.py": when_asked_to_add(action)})
    assert report.verdict is verdict, report
    assert particular in report.message
    assert tiny.outcomes(report)["test_adds_random_numbers"] is Outcome.PASSED
    assert report.score == 2


def test_answers_that_would_fill_the_judge_fail_their_test(grader):
    lists = """data = b'{"count": [' + b"{}," * 1_390_000 + b"{}]}"
        if url.path != "/count":
            data = b"{}"
"""
    program = HONEST.replace("data = json.dumps(body).encode()", lists)
    pack = tiny.with_tests(
        tiny.pack("tiny-service"),
        """
def test_keeps(service):
    "Keeps every answer"
    assert [service.get("/count").json() for _ in range(12)] == []


def test_refuses(service):
    "Comes after it"
    assert service.get("/nothing").status_code == 404
""",
    )
    pack = tiny.with_limits(pack, test_seconds=30.0)
    report = grader(pack, {"server.py": program})
    assert report.verdict is Verdict.GRADED, report
    assert tiny.outcomes(report) == {"test_keeps": Outcome.FAILED, "test_refuses": Outcome.PASSED}
    assert report.results[0].message == TOO_MUCH


def test_log_of_a_program_that_does_not_start_is_kept(grader):
    report = grader(tiny.pack("tiny-service"), {"server.py": "import nothing_like_this"})
    assert "No module named 'nothing_like_this'" in report.log


def test_suite_has_a_time_limit(grader):
    pack = tiny.with_limits(tiny.pack("tiny-service"), run_seconds=2.0)
    report = grader(pack, {"server.py": when_asked_to_add("import time; time.sleep(60)")})
    assert report.verdict is Verdict.TIME_LIMIT
    assert "2 s" in report.message
    assert report.score == 2


def test_forged_records_change_nothing(grader):
    forged = (
        "import sys\n"
        "for n in range(9):\n"
        '    line = \'{"n": %d, "more": false, "data": "{}", "mac": "00"}\' % n\n'
        "    print(line); print(line, file=sys.stderr)\n"
        'test = "test_adding.py::test_adds_random_numbers"\n'
        'print({"type": "result", "test": test, "outcome": "passed"})\n'
        'print("100 passed in 0.01s")\n'
    )
    honest = grader.starter(tiny.pack("tiny-service"))
    starter = submitted.starter(tiny.pack("tiny-service"), "python")["server.py"]
    report = grader(tiny.pack("tiny-service"), {"server.py": forged + starter})
    assert (report.verdict, report.score) == (honest.verdict, honest.score)
    assert tiny.outcomes(report) == tiny.outcomes(honest)


PROGRAMS = {
    "eats memory": ("hoard = []\nwhile True: hoard.append(bytearray(2**20))", Verdict.MEMORY_LIMIT),
    "floods": ("while True: print('x' * 1000)", Verdict.OUTPUT_LIMIT),
    "hangs": ("import time; time.sleep(999)", Verdict.GRADED),
    "claims success": ("print('4 passed')", Verdict.GRADED),
}


@tiny.WARM
@pytest.mark.parametrize("name", PROGRAMS)
def test_program_that_misbehaves_in_its_runs(grader, name):
    source, verdict = PROGRAMS[name]
    report = grader(tiny.pack("tiny-program"), {"main.py": source})
    assert report.verdict is verdict, report
    assert report.score == 0


def test_files_that_are_refused_run_nothing(grader):
    report = grader(tiny.pack("tiny-service"), {"../server.py": "print()"})
    assert report.verdict is Verdict.REJECTED_UPLOAD
    assert report.max_score == 6
