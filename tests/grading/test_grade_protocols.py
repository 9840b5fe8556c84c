"""WebSocket, GraphQL and gRPC on real containers, from end to end."""

import pytest

from grading import files as submitted
from grading.judge.messages import UNEXPECTED
from grading.report import Outcome, Verdict
from tests.grading import tiny

pytestmark = pytest.mark.docker


def test_graphql_and_websocket_are_graded(grader):
    report = grader.reference(tiny.pack("tiny-protocols"))
    assert set(tiny.outcomes(report).values()) == {Outcome.PASSED}, report.results


def test_service_without_them_fails(grader):
    report = grader.starter(tiny.pack("tiny-protocols"))
    assert report.verdict is Verdict.GRADED
    assert set(tiny.outcomes(report).values()) == {Outcome.FAILED}, report.results


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_pure_grpc_service_becomes_ready_and_is_graded(grader, language):
    report = grader.reference(tiny.pack("tiny-grpc"), language=language)
    assert report.verdict is Verdict.GRADED, report
    assert set(tiny.outcomes(report).values()) == {Outcome.PASSED}, report.results


def test_grpc_status_is_told_in_a_sentence(grader):
    report = grader.starter(tiny.pack("tiny-grpc"))
    results = {result.title: result for result in report.results}
    streams = results["Streams letter by letter"]
    assert streams.message == UNEXPECTED
    assert "UNIMPLEMENTED" in streams.detail
    assert "Method not found!" in streams.detail
    assert set(tiny.outcomes(report).values()) == {Outcome.FAILED}


def test_grpc_call_that_hangs_costs_only_its_tests(grader):
    pack = tiny.pack("tiny-grpc")
    honest = submitted.reference(pack, "python")["server.py"]
    hanging = honest.replace("return request.upper()", "import time; time.sleep(600)")
    report = grader(tiny.with_limits(pack, test_seconds=1.0), {"server.py": hanging})
    assert tiny.outcomes(report)["test_shouts"] is Outcome.TIMEOUT
    assert tiny.outcomes(report)["test_streams_letters"] is Outcome.PASSED
