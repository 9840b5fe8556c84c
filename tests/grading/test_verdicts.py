"""Which ending means which verdict, and that the sentence names the particulars."""

import pytest

from grading.challenge import PackLimits
from grading.report import SENTENCES, Verdict
from grading.verdicts import ended_early, limit_broken, not_started
from sandbox.spec import Ending
from tests.grading import tiny

LIMITS = PackLimits()


@pytest.mark.parametrize(
    ("ending", "output", "verdict", "particular"),
    [
        (Ending(exit_code=137, out_of_memory=True), "", Verdict.MEMORY_LIMIT, "256 MiB"),
        (Ending(exit_code=0, out_of_memory=True), "all is well", Verdict.MEMORY_LIMIT, "256 MiB"),
        (
            Ending(exit_code=137, output_overflow=True, killed_by_us=True),
            "",
            Verdict.OUTPUT_LIMIT,
            "1024 KiB",
        ),
        (
            Ending(exit_code=137, out_of_processes=True, killed_by_us=True),
            "",
            Verdict.PROCESS_LIMIT,
            "64 processes",
        ),
        (Ending(exit_code=1), "RuntimeError: can't start new thread", Verdict.PROCESS_LIMIT, "64"),
        (Ending(exit_code=1), "OSError: [Errno 28] No space left on device", Verdict.DISK_LIMIT, "64 MiB"),
        (Ending(exit_code=125), "", Verdict.DISK_LIMIT, "64 MiB"),
    ],
)
def test_broken_limits(ending, output, verdict, particular):
    fate = limit_broken(ending, LIMITS, output)
    assert fate is not None
    assert fate.verdict is verdict
    assert particular in fate.message


@pytest.mark.parametrize(
    ("ending", "output"),
    [
        (Ending(exit_code=0), "No space left on device"),
        (Ending(exit_code=137, killed_by_us=True), "No space left on device"),
        (Ending(exit_code=1), "Traceback"),
    ],
)
def test_other_endings_break_no_limit(ending, output):
    assert limit_broken(ending, LIMITS, output) is None


@pytest.mark.parametrize(
    ("exit_code", "ready", "verdict", "message"),
    [
        (3, False, Verdict.START_FAILED, "Your program ended with exit code 3 before it was ready."),
        (0, True, Verdict.RUNTIME_ERROR, "Your program ended with exit code 0 while it was being tested."),
        (
            139,
            True,
            Verdict.RUNTIME_ERROR,
            "Your program was ended by signal 11 (SIGSEGV) while it was being tested.",
        ),
        (255, False, Verdict.START_FAILED, "Your program ended with exit code 255 before it was ready."),
    ],
)
def test_programs_that_end_by_themselves(exit_code, ready, verdict, message):
    fate = ended_early(Ending(exit_code=exit_code), LIMITS, "", ready=ready)
    assert (fate.verdict, fate.message) == (verdict, message)


def test_every_verdict_has_a_sentence():
    assert set(SENTENCES) == set(Verdict)


@pytest.mark.parametrize(
    ("reason", "detail", "verdict", "sentence"),
    [
        (
            "not_loaded",
            "Traceback:\n" + "line\n" * 20 + "NameError: x",
            Verdict.START_FAILED,
            "could not be imported:\nline\n",
        ),
        ("not_loaded", "y" * 5000, Verdict.START_FAILED, "could not be imported:\nyyy"),
        ("unanswered", "", Verdict.START_FAILED, "could not be imported within 15 s."),
        ("silent", "", Verdict.START_FAILED, "could not be imported within 15 s."),
        ("not_protocol", "", Verdict.PROTOCOL_ERROR, "broke the connection"),
    ],
)
def test_a_module_that_is_not_ready(reason, detail, verdict, sentence):
    message = {"reason": reason, "listeners": [], "detail": detail}
    fate = not_started(message, tiny.pack("tiny-function"))
    assert fate.verdict is verdict
    assert sentence in fate.message
    assert len(fate.message) < 700
    assert fate.message.endswith(detail[-11:])


@pytest.mark.parametrize(
    ("reason", "listeners", "sentence"),
    [
        ("unanswered", [], "did not answer GET /health within 5 s. Its output reads as if it could start"),
        ("silent", [], "did not listen on port 8000 within 5 s. Its output reads as if it could start"),
        ("silent", ["0.0.0.0:5000"], "listens on port 5000; the task asks for port 8000."),
        ("not_http", [], "answered on port 8000, but not in HTTP."),
    ],
)
def test_a_service_that_had_no_process_left_is_told_so_if_that_may_be_why(reason, listeners, sentence):
    message = {"reason": reason, "listeners": listeners, "detail": ""}
    fate = not_started(message, tiny.pack("tiny-service"), "RuntimeError: can't start new thread")
    assert sentence in fate.message
    assert ("one that has ended counts until it is waited for" in fate.message) is ("reads as if" in sentence)
    quiet = not_started(message, tiny.pack("tiny-service"), "listening soon")
    assert fate.message.startswith(quiet.message)
    assert "reads as if" not in quiet.message
