"""A grading that fails on our side again and again: against whom that stands. The gradings are played."""

import pytest
from django.utils import timezone

from grading import canary, fleet, grader, queue, selftest, tasks, worker
from grading.errors import PlatformError
from grading.models import Grading, Worker
from grading.report import Outcome, Report, Verdict
from sandbox import selfcheck
from sandbox.errors import EngineUnavailableError, PodError
from tests.grading.queued import ask, pack, report, result, sent

__all__ = ["ask", "pack", "sent"]


class Clock:
    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


class Engine:
    """An engine that answers."""

    def info(self):
        return {}


class Stage:
    """Plays gradings: submissions fail on our side; whether references pass is set by title."""

    def __init__(self):
        self.broken: set[str] = set()
        """The titles of packs whose reference solution fails."""
        self.played: list[str] = []
        self.submission_error: Exception | None = PodError("the judge was lost")
        self.is_let_in = True

    def submission(self, *_, on_phase, on_result, on_decided, **__):
        self.played.append("submission")
        if self.submission_error:
            if self.is_let_in:
                on_phase("running")
                on_result(result())
            raise self.submission_error
        on_decided(report())
        return report()

    def reference(self, challenge, *_, **__):
        self.played.append(challenge.title)
        points = 0.0 if challenge.title in self.broken else 1.0
        return Report(
            verdict=Verdict.GRADED, message="Done.", results=(), score=points, max_score=1.0, skills={}
        )


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def fitness(clock, monkeypatch):
    made = canary.Fitness(clock)
    monkeypatch.setattr(worker, "fitness", made)
    return made


@pytest.fixture
def stage(monkeypatch, fitness):
    stage = Stage()
    workshop = worker.Workshop(engine=Engine(), pods=object(), images=object())  # type: ignore[arg-type]
    monkeypatch.setattr(worker, "workshop", lambda: workshop)
    monkeypatch.setattr(grader, "grade_files", stage.submission)
    monkeypatch.setattr(canary, "grade_files", stage.reference)
    monkeypatch.setattr(selfcheck, "check", lambda *_: [])
    return stage


@pytest.fixture
def look(db):
    """What the worker's own thread does once in a while, without starting work by itself."""
    lookout = worker.Lookout()

    def look():
        worker.slots.close()
        lookout.look()
        worker.slots.open()

    return look


def test_after_two_failures_a_canary_that_passes_speaks_against_the_submission(ask, stage, fitness):
    ask()
    tasks.work()
    row = Grading.objects.get()
    assert stage.played == ["submission", "submission", "Shout"]
    assert (row.status, row.verdict) == ("finished", "protocol_error")
    assert "broke its grading twice" in row.message
    assert "the judge was lost" in row.judge_log
    assert fitness.is_working


def test_what_was_decided_counts_and_nothing_else(ask, stage):
    ask()
    tasks.work()
    row = Grading.objects.get()
    assert (row.score, row.max_score) == (3.0, 4.0)
    assert row.skills == {"text-processing": [3.0, 3.0], "robustness": [0.0, 1.0]}
    outcomes = [one.outcome for one in row.results.all()]
    assert outcomes == [Outcome.PASSED.value, Outcome.SKIPPED.value]


def test_a_canary_that_fails_takes_the_worker_out_of_service(ask, stage, fitness):
    stage.broken = {"Shout"}
    ask()
    behind = ask()
    tasks.work()
    tasks.work()
    assert stage.played == ["submission", "submission", "Shout"]
    assert [(row.status, row.tries) for row in Grading.objects.by_turn()] == [("queued", 1), ("queued", 0)]
    assert (fitness.state, behind.status) == (Worker.State.DRAINING, "queued")
    assert "reference solution of 'Shout' in python got 0 of 1 points" in fitness.reason
    worker.beat()
    assert any("out of service" in fault for fault in fleet.report(timezone.now()).faults)


def test_rows_that_fail_while_the_worker_goes_out_of_service_cost_no_try(ask, stage, fitness, monkeypatch):
    def drained(*_, **__):
        fitness.drain(canary.OWN, "unfit")
        raise PlatformError("no pod")

    monkeypatch.setattr(grader, "grade_files", drained)
    ask()
    tasks.work()
    assert [(row.status, row.tries) for row in Grading.objects.all()] == [("queued", 0)]


def test_a_worker_out_of_service_comes_back_when_everything_passes(ask, stage, fitness, look, clock):
    stage.broken = {"Shout", selftest.own_pack().title}
    ask()
    tasks.work()
    look()
    assert "Self-test" in fitness.reason
    stage.broken = set()
    stage.submission_error = None
    look()
    assert not fitness.is_working
    clock.seconds += canary.RETEST_SECONDS
    look()
    assert (fitness.state, fitness.reason) == (Worker.State.WORKING, "")
    tasks.work()
    assert Grading.objects.get().verdict == "graded"


def test_a_worker_whose_engine_became_unsafe_stays_out(ask, stage, fitness, look, monkeypatch):
    fitness.drain(canary.OWN, "unfit")
    monkeypatch.setattr(selfcheck, "check", lambda *_: ["No limits of memory."])
    look()
    assert (fitness.is_working, fitness.reason) == (False, "No limits of memory.")


def test_a_pack_whose_reference_stopped_passing_does_not_stop_the_queue(ask, stage, fitness, look, clock):
    stage.broken = {"Shout"}
    ask()
    tasks.work()
    for _ in range(canary.SUSPECT_AFTER):
        assert not fitness.is_working
        look()
        clock.seconds += canary.RETEST_SECONDS
    assert fitness.is_working
    assert "held for broken" in fitness.reason
    tasks.work()
    row = Grading.objects.get()
    assert (row.verdict, row.score, fitness.is_working) == ("platform_error", 0, True)
    assert "the judge was lost" in row.judge_log
    assert "'Shout'" in row.judge_log


def test_a_pack_that_was_held_for_broken_is_trusted_again_once_it_is_graded(ask, stage, fitness, look, clock):
    stage.broken = {"Shout"}
    grading = ask()
    tasks.work()
    for _ in range(canary.SUSPECT_AFTER):
        look()
        clock.seconds += canary.RETEST_SECONDS
    stage.submission_error = None
    tasks.work()
    assert Grading.objects.get().verdict == "graded"
    assert (fitness.reason, fitness.suspects(grading.pack.challenge())) == ("", "")


@pytest.mark.parametrize("times", [1, 5])
def test_an_engine_that_is_gone_costs_no_try(ask, stage, fitness, clock, times):
    error = PlatformError("The sandbox failed")
    error.__cause__ = EngineUnavailableError("gone")
    stage.submission_error, stage.is_let_in = error, False
    ask()
    for _ in range(times):
        tasks.work()
        assert not fitness.may_work  # It leaves the engine alone for a while.
        clock.seconds += canary.REST_SECONDS
    row = Grading.objects.get()
    assert (row.status, row.tries, len(stage.played)) == ("queued", 0, times)


def test_an_engine_that_is_gone_during_the_canary_costs_no_try(ask, stage, fitness, monkeypatch):
    def gone(*_, **__):
        raise EngineUnavailableError("gone")

    monkeypatch.setattr(canary, "grade_files", gone)
    ask()
    tasks.work()
    row = Grading.objects.get()
    assert (row.status, row.tries, fitness.is_working) == ("queued", 1, True)


def test_a_failure_without_an_engine_costs_no_try(ask, stage, fitness, monkeypatch):
    monkeypatch.setattr(worker, "has_engine", lambda: False)
    stage.is_let_in = False
    ask()
    tasks.work()
    assert [(row.status, row.tries) for row in Grading.objects.all()] == [("queued", 0)]


def test_an_engine_that_goes_while_the_program_runs_costs_the_second_chance(ask, stage, fitness, clock):
    error = PlatformError("The sandbox failed")
    error.__cause__ = EngineUnavailableError("gone")
    stage.submission_error = error
    ask()
    for _ in range(3):
        tasks.work()
        clock.seconds += canary.REST_SECONDS
    row = Grading.objects.get()
    assert (row.verdict, row.tries, stage.played) == ("platform_error", 2, ["submission", "submission"])


def test_a_vanished_worker_and_a_failure_are_not_held_against_the_submission(ask, stage):
    grading = ask()
    queue.claim(grading.pk, worker="gone", now=timezone.now())
    queue.free(workers=["gone"], now=timezone.now())
    tasks.work()
    row = Grading.objects.get()
    assert (stage.played, row.tries) == (["submission", "Shout"], 2)
    assert (row.verdict, row.score) == ("platform_error", 0)
    assert "gone" in row.judge_log


def test_pods_that_fail_before_the_program_is_let_in_are_not_held_against_it(ask, stage):
    stage.is_let_in = False
    ask()
    tasks.work()
    row = Grading.objects.get()
    assert (stage.played, row.verdict) == (["submission", "submission", "Shout"], "platform_error")


def test_the_second_try_has_no_session_that_had_waited(ask, stage, monkeypatch):
    warm, used = object(), []

    def submission(*arguments, warm, **options):
        used.append(warm)
        return stage.submission(*arguments, **options)

    monkeypatch.setattr(grader, "grade_files", submission)
    monkeypatch.setattr(worker.workshop(), "warm", warm)
    ask()
    tasks.work()
    assert used == [warm, None]


def test_our_own_pack_is_a_sound_one():
    challenge = selftest.own_pack()
    assert challenge.title == "Self-test"
    assert challenge.solution(selftest.LANGUAGE)
    assert challenge.tests(canary.OWN.suite)
