"""Parts that only help: asked for a moment, then left alone, and told of once."""

import logging
import threading
from contextlib import suppress

import pytest

from grading import outage
from grading.outage import Helper, OutError


@pytest.fixture
def helper():
    return Helper("The lamp")


def broken():
    raise OSError("no oil")


def fail(helper, times=1):
    for _ in range(times):
        with suppress(OutError):
            helper.ask(broken, faults=(OSError,))


def test_what_answers_is_passed_on(helper):
    assert helper.ask(lambda: 42, faults=(OSError,)) == 42
    assert helper.fault == ""


def test_what_fails_is_out_with_its_reason(helper):
    with pytest.raises(OutError, match=r"The lamp does not answer \(OSError: no oil\)\."):
        helper.ask(broken, faults=(OSError,))
    assert helper.fault == "The lamp does not answer (OSError: no oil)."


def test_errors_of_the_question_itself_are_raised_and_blame_nobody(helper):
    with pytest.raises(ZeroDivisionError):
        helper.ask(lambda: 1 / 0, faults=(OSError,))
    assert helper.fault == ""


def test_what_hangs_is_left_behind(helper, monkeypatch):
    monkeypatch.setattr(outage, "ANSWER_SECONDS", 0.01)
    never = threading.Event()
    with pytest.raises(OutError, match="no answer within"):
        helper.ask(never.wait, faults=())
    never.set()


def test_what_is_out_is_not_asked_again_until_it_has_rested(helper):
    fail(helper)
    asked = []
    with pytest.raises(OutError):
        helper.ask(lambda: asked.append(1), faults=())
    assert asked == []


def test_one_of_those_who_wait_tries_it_when_it_has_rested():
    helper = Helper("The lamp", rest_seconds=0)
    fail(helper)
    assert helper.ask(lambda: "light", faults=()) == "light"
    assert helper.fault == ""
    slow = Helper("The lamp", rest_seconds=0)
    fail(slow)
    slow._rest_seconds = 60
    assert [slow.may_try(), slow.may_try()] == [True, False]


def test_an_outage_is_told_once_and_its_end_too(caplog):
    helper = Helper("The lamp", rest_seconds=0)
    with caplog.at_level(logging.WARNING):
        fail(helper, times=3)
        helper.ask(lambda: None, faults=())
    assert [record.message for record in caplog.records] == [
        "The lamp does not answer; work goes on without it: OSError: no oil",
        "The lamp answers again",
    ]


def test_no_more_than_some_hang_at_once(helper, monkeypatch):
    monkeypatch.setattr(outage, "ANSWER_SECONDS", 0.001)
    monkeypatch.setattr(outage, "MOST_HANGING", 2)
    patient = Helper("The lamp", rest_seconds=0)
    never = threading.Event()
    for _ in range(5):
        with suppress(OutError):
            patient.ask(never.wait, faults=())
    assert patient._hanging == 2
    never.set()
