"""WebSocket, GraphQL and gRPC on real containers, from end to end."""

import pytest

from grading import files as submitted
from grading.judge.memory import TOO_MUCH
from grading.judge.messages import UNEXPECTED
from grading.judge.progress import LOST
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


FLOODED = '''
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

UNBOUNDED = [("grpc.max_receive_message_length", -1), ("grpc.enable_http_proxy", 0)]


@pytest.mark.timeout(20)
def test_is_flooded(service):
    """Asks 64 at once, without the bounds of `grpc_channel`"""
    with grpc.insecure_channel("127.0.0.1:8000", options=UNBOUNDED) as channel:
        shout = channel.unary_unary("/tiny.Text/Shout")
        with ThreadPoolExecutor(64) as pool:
            assert list(pool.map(lambda _: len(shout(b"a", timeout=15)), range(640))) == [1] * 640


def test_goes_on(grpc_channel):
    """Comes after it"""
    assert list(grpc_channel.unary_stream("/tiny.Text/Letters")(b"ab", timeout=5)) == [b"a", b"b"]
'''


def test_answers_that_end_a_client_s_process_cost_only_their_test(grader):
    """gRPC's library aborts where it gets no memory, and 64 answers of 4 MiB are all that a test may hold."""
    pack = tiny.with_limits(tiny.with_tests(tiny.pack("tiny-grpc"), FLOODED), memory_mb=1024)
    honest = submitted.reference(pack, "python")["server.py"]
    flood = honest.replace("return request.upper()", "return large")
    flood = flood.replace("def shout", "large = b'[' * (4 * 1024 * 1024 - 64)\n\n\ndef shout")
    report = grader(pack, {"server.py": flood.replace("Executor(4)", "Executor(64)")})
    assert report.verdict is Verdict.GRADED, report
    flooded, after = report.results
    assert (flooded.outcome, after.outcome) == (Outcome.FAILED, Outcome.PASSED), report.results
    assert flooded.message in (LOST, TOO_MUCH), flooded
