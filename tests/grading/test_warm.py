"""Sessions that were made ready ahead: the same gradings, whatever became of them while they waited."""

import contextlib
import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from grading import session
from grading.challenge import Suite
from grading.chances import FirstRun
from grading.errors import PlatformError
from grading.report import Report, Verdict
from grading.warm import MAX_AGE_SECONDS, WarmSessions, waiting_bytes
from sandbox import reaper
from sandbox.errors import PodError
from sandbox.fake import Candidate, FakePod, FakePods
from sandbox.hardening import EXPIRES_LABEL, MEMBER_LABEL, OWNER_LABEL, RUN_LABEL
from sandbox.pod import Pods
from sandbox.spec import MIB, Ended
from tests.docker import OWNER
from tests.grading.test_grade_scripted import (
    ALL_PASSED,
    DATABASE_ENDS,
    EXIT_3,
    FINISHED,
    STARTED,
    Judge,
    result,
)
from tests.grading.tiny import Grader, NoImages, make_ready, pack

PACK = pack("tiny-service")
GOOD = (STARTED, *ALL_PASSED, FINISHED)
JUDGE_ENDS = Ended(member="judge", ending=EXIT_3)


class Judges:
    """The next judge for each pod."""

    def __init__(self, *judges):
        self._waiting, self._of = list(judges), {}

    def __call__(self, pod, line):
        if pod.run_id not in self._of:
            self._of[pod.run_id] = self._waiting.pop(0)
        return self._of[pod.run_id](pod, line)


@contextlib.contextmanager
def warm_grader(*judges, candidates=(), used=PACK):
    """A grader on scripted pods, of which the first waits."""
    pods = FakePods(Judges(*judges), candidates=candidates)
    warm = WarmSessions(pods, NoImages(), memory_bytes=1024 * MIB, start=False)
    make_ready(warm, used, "python", Suite.HIDDEN)
    yield Grader(pods, NoImages(), warm), pods
    warm.close()
    assert all(pod.closed for pod in pods.taken)


def test_warm_session_gives_the_same_report():
    cold = Grader(FakePods(Judge(*GOOD)), NoImages()).reference(PACK)
    with warm_grader(Judge(*GOOD)) as (grader, pods):
        [pod] = pods.taken
        assert (pod.spares, pod.starts, pod.closed) == (1, [], False)
        report = grader.reference(PACK)
        assert len(pods.taken) == 1
    assert replace(report, phases={}) == replace(cold, phases={})
    assert set(report.phases) == set(cold.phases)


def test_each_session_is_used_once():
    with warm_grader(Judge(*GOOD), Judge(*GOOD)) as (grader, pods):
        reports = [grader.reference(PACK) for _ in range(2)]
    assert [report.verdict for report in reports] == [Verdict.GRADED] * 2
    assert len(pods.taken) == 2


def test_lease_of_a_warm_pod_covers_its_waiting():
    with warm_grader(Judge(*GOOD), Judge(*GOOD)) as (grader, pods):
        grader.reference(PACK)
        grader.reference(PACK)
    warm, cold = pods.taken
    assert warm.spec.seconds == cold.spec.seconds + MAX_AGE_SECONDS


def test_session_that_broke_while_it_waited_is_not_used():
    with warm_grader(Judge(*GOOD), Judge(*GOOD)) as (grader, pods):
        pods.taken[0].end("judge", EXIT_3)
        assert grader.reference(PACK).verdict is Verdict.GRADED
        assert len(pods.taken) == 2
        assert pods.taken[0].starts == []


def test_pod_that_cannot_take_the_program_costs_no_second_run(monkeypatch):
    start = FakePod.start_candidate
    again: list[FirstRun] = []

    def refuse(pod, *arguments, **options):
        if pod is pods.taken[0]:
            raise PodError("it has gone")
        start(pod, *arguments, **options)

    with warm_grader(Judge(*GOOD), Judge(*GOOD)) as (grader, pods):
        monkeypatch.setattr(FakePod, "start_candidate", refuse)
        report = grader.reference(PACK, on_second_run=again.append)
    assert (report.verdict, len(pods.taken), again) == (Verdict.GRADED, 2, [])


@pytest.mark.parametrize("said", [[JUDGE_ENDS], [{"type": "failed", "reason": "x"}], []])
def test_session_that_turns_out_broken_is_replaced_without_a_word(said, monkeypatch):
    decided: list[Report] = []
    again: list[FirstRun] = []
    hasty = replace(PACK, service=replace(PACK.service, start_seconds=0.0))
    with warm_grader(Judge(*said), Judge(*GOOD), used=hasty) as (grader, pods):
        monkeypatch.setattr(session, "GRACE_SECONDS", 0.01)
        report = grader.reference(hasty, on_decided=decided.append, on_second_run=again.append)
        assert [pod.closed for pod in pods.taken] == [True, True]
    assert (report.verdict, report.score) == (Verdict.GRADED, report.max_score)
    assert len(decided) == 1
    assert len(again) == 1, "the program was let in, so the fresh pod is its second run"


def test_cold_session_that_breaks_is_a_failure_of_ours_at_once():
    pods = FakePods(Judge(JUDGE_ENDS))
    with pytest.raises(PlatformError):
        Grader(pods, NoImages()).reference(PACK)
    assert len(pods.taken) == 1


def test_warm_session_that_breaks_after_a_result_is_a_failure_of_ours():
    with warm_grader(Judge(STARTED, ALL_PASSED[0], JUDGE_ENDS)) as (grader, pods):
        with pytest.raises(PlatformError):
            grader.reference(PACK)
        assert len(pods.taken) == 1


def test_second_run_after_a_disrupted_service_is_cold():
    stores = pack("tiny-stores")
    good = Judge(STARTED, *[result(test.id) for test in stores.tests(Suite.HIDDEN)], FINISHED)
    with warm_grader(Judge(STARTED, DATABASE_ENDS), good, used=stores) as (grader, pods):
        report = grader.reference(stores)
    assert (report.verdict, len(pods.taken)) == (Verdict.GRADED, 2)
    assert pods.taken[1].spec.seconds < pods.taken[0].spec.seconds


def test_report_is_told_before_the_pod_is_removed():
    told: list[Any] = []
    with warm_grader(Judge(*GOOD)) as (grader, pods):
        [pod] = pods.taken
        report = grader.reference(
            PACK, on_decided=lambda report: told.append((report, pod.closed, pod.written["judge"]))
        )
    [(early, closed, written)] = told
    assert not closed
    assert b'{"type":"close"}' in written.replace(b" ", b"")
    assert "removed" not in early.phases
    assert replace(early, phases=report.phases) == report


def test_report_on_refused_files_is_told_too():
    told: list[Any] = []
    report = Grader(FakePods(), NoImages())(PACK, {"../x": ""}, on_decided=told.append)
    assert told == [report]


def test_pod_that_cannot_be_removed_is_a_failure_of_ours_and_no_second_grading():
    class Sticky(FakePods):
        @contextlib.contextmanager
        def take(self, spec):
            with super().take(spec) as pod:
                yield pod
            raise PodError("something stays")

    pods = Sticky(Judges(Judge(*GOOD), Judge(*GOOD)))
    told: list[Report] = []
    warm = WarmSessions(pods, NoImages(), memory_bytes=1024 * MIB, start=False)
    make_ready(warm, PACK, "python", Suite.HIDDEN)
    with pytest.raises(PlatformError, match="something stays"):
        Grader(pods, NoImages(), warm).reference(PACK, on_decided=told.append)
    assert (len(pods.taken), len(told)) == (1, 1)
    warm.close()


def test_candidate_that_ends_is_named_in_a_warm_pod_too():
    rest = [result(test.id, "failed") for test in PACK.tests(Suite.HIDDEN)]
    crash = Candidate(stderr=b"Traceback\n", ending=EXIT_3)
    with warm_grader(Judge(STARTED, *rest, FINISHED), candidates=[crash]) as (grader, _):
        report = grader.reference(PACK)
    assert report.verdict in (Verdict.START_FAILED, Verdict.RUNTIME_ERROR)
    assert "exit code 3" in report.message


def test_memory_of_what_waits_is_told_by_its_services():
    assert waiting_bytes(PACK, Suite.HIDDEN) < waiting_bytes(pack("tiny-stores"), Suite.HIDDEN)


@pytest.mark.docker
def test_what_waits_is_watched_left_alone_by_reapers_and_removed_in_the_end(engine, images):
    owner = f"{OWNER}:warm"
    before = set(threading.enumerate())
    warm = WarmSessions(Pods(engine, owner=owner), images, memory_bytes=1024 * MIB, start=False)
    make_ready(warm, PACK, "python", Suite.HIDDEN)
    waiting = engine.containers(f"{OWNER_LABEL}={owner}")
    assert sorted(found["Labels"][MEMBER_LABEL] for found in waiting) == ["candidate", "judge"]
    assert all(int(found["Labels"][EXPIRES_LABEL]) > time.time() + MAX_AGE_SECONDS for found in waiting)
    assert waiting[0]["Labels"][RUN_LABEL] not in reaper.reap(engine, time.time())

    engine.kill(next(found["Id"] for found in waiting if found["Labels"][MEMBER_LABEL] == "judge"))
    deadline = time.monotonic() + 60
    while warm.waiting() and time.monotonic() < deadline:
        warm.tend()
    assert warm.waiting() == {}

    make_ready(warm, PACK, "python", Suite.HIDDEN)
    warm.close()
    assert engine.containers(f"{OWNER_LABEL}={owner}") == []
    assert set(threading.enumerate()) <= before
