"""RabbitMQ beside the submission, on real containers, from end to end."""

import pytest

from grading import files as submitted
from grading.report import Outcome, Verdict
from tests.grading import tiny

pytestmark = pytest.mark.docker

WORKS = ["test_account_has_its_limits", "test_missing_queue_is_empty"]


def test_consumer_is_graded(grader):
    report = grader.reference(tiny.pack("tiny-queue"))
    assert report.verdict is Verdict.GRADED, report
    assert set(tiny.outcomes(report).values()) == {Outcome.PASSED}, report.results


def test_consumer_that_never_acknowledges_is_seen(grader):
    report = grader.starter(tiny.pack("tiny-queue"))
    results = {result.id.rpartition("::")[2]: result for result in report.results}
    assert "messages came back after the program was killed" in results["test_acknowledges"].message
    assert [name for name, result in results.items() if result.outcome is Outcome.PASSED] == WORKS


HANGING = '''
import time

def test_hangs(rabbitmq):
    """Hangs"""
    rabbitmq.observe("invoices")
    time.sleep(600)


def test_goes_on(rabbitmq):
    """Goes on"""
    invoices = rabbitmq.observe("invoices")
    rabbitmq.publish("orders", "a")
    assert rabbitmq.get(invoices).text == "A"
'''


def test_test_that_hangs_costs_only_itself(grader):
    pack = tiny.with_tests(tiny.with_limits(tiny.pack("tiny-queue"), test_seconds=1.0), HANGING)
    report = grader(pack, submitted.reference(pack, "python"))
    assert tiny.outcomes(report) == {"test_hangs": Outcome.TIMEOUT, "test_goes_on": Outcome.PASSED}
