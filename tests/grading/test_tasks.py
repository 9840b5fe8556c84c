"""What a worker does with a grading, whatever comes of it. The grading itself is played by a function."""

import os
import subprocess
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from grading import canary, fleet, grader, queue, tasks, worker
from grading.challenge import ChallengePack, Suite
from grading.errors import PlatformError
from grading.models import Grading, Pack, Snapshot, Worker
from grading.report import Outcome, Report, Result, Verdict
from grading.signals import grading_finished
from sandbox import selfcheck
from sandbox.errors import EngineUnavailableError, PodError
from tests.grading import packfolder

RESULT = Result(
    id="test_shout.py::test_upper",
    title="Letters",
    outcome=Outcome.PASSED,
    points=3.0,
    max_points=3.0,
    skill="text-processing",
)


def report(verdict=Verdict.GRADED):
    return Report(
        verdict=verdict,
        message="Done.",
        results=(RESULT,),
        score=3.0,
        max_score=4.0,
        skills={"text-processing": (3.0, 3.0)},
        judge_log="why",
        phases={"ready": 1.0, "run": 2.0, "removed": 3.0},
    )


class Engine:
    """An engine that answers."""

    def info(self):
        return {}


@pytest.fixture
def workshop(monkeypatch):
    made = worker.Workshop(engine=Engine(), pods=object(), images=object())  # type: ignore[arg-type]
    monkeypatch.setattr(worker, "workshop", lambda: made)
    monkeypatch.setattr(worker, "fitness", canary.Fitness())
    return made


@pytest.fixture
def play(monkeypatch, workshop):
    """Plays gradings with a function; gives the list of their arguments."""
    calls: list[tuple[ChallengePack, dict[str, str], dict[str, Any]]] = []

    def play(act):
        def grade(challenge, files, **options):
            calls.append((challenge, files, options))
            answer = act(options)
            options["on_decided"](answer)
            return answer

        monkeypatch.setattr(grader, "grade_files", grade)
        return calls

    return play


@pytest.fixture
def grading(db, tmp_path):
    pack = Pack.store(packfolder.load(tmp_path))
    snapshot = Snapshot.store({"main.py": "print()\n"})
    return queue.request(
        pack=pack, snapshot=snapshot, language="python", suite="hidden", lane="submit", seed=5
    )


def test_a_row_is_graded_and_answered(grading, play, workshop):
    def act(options):
        options["on_phase"]("running")
        options["on_result"](RESULT)
        worker.publish()
        assert Grading.objects.running().get().results.get().outcome == "passed"
        return report()

    calls = play(act)
    tasks.work()
    row = Grading.objects.get()
    assert (row.status, row.verdict, row.score, row.worker) == ("finished", "graded", 3.0, worker.name())
    ((challenge, files, options),) = calls
    assert (challenge.slug, files) == ("shout", {"main.py": "print()\n"})
    assert (options["language"], options["suite"], options["seed"]) == ("python", Suite.HIDDEN, 5)
    assert (options["pods"], options["images"]) == (workshop.pods, workshop.images)


def test_delivered_twice_is_graded_once(grading, play, django_capture_on_commit_callbacks):
    told = []
    receive = lambda **given: told.append(given["grading"])  # noqa: E731
    grading_finished.connect(receive)
    calls = play(lambda _: report())
    with django_capture_on_commit_callbacks(execute=True):
        tasks.work()
        tasks.work()
    grading_finished.disconnect(receive)
    assert (len(calls), told) == (1, [grading])


def test_a_message_that_comes_while_the_row_is_graded_changes_nothing(grading, play):
    def act(_):
        tasks.work()
        return report()

    calls = play(act)
    tasks.work()
    assert len(calls) == 1
    assert Grading.objects.get().verdict == "graded"


@pytest.mark.parametrize("error", [PlatformError("no pod"), PodError("no pod")])
def test_a_failure_of_ours_is_tried_again_in_another_pod(grading, play, error):
    failures = [error]

    def act(_):
        if failures:
            raise failures.pop()
        assert Grading.objects.running().get().tries == 1
        return report()

    calls = play(act)
    tasks.work()
    row = Grading.objects.get()
    assert (row.verdict, row.tries, len(calls)) == ("graded", 1, 2)


def test_a_report_of_a_failure_of_ours_is_one(grading, play):
    verdicts = [Verdict.GRADED, Verdict.PLATFORM_ERROR]
    calls = play(lambda _: report(verdicts.pop()))
    tasks.work()
    assert (Grading.objects.get().tries, len(calls)) == (1, 2)


def test_a_defect_of_ours_ends_at_no_cost_and_tells_staff_of_it(grading, play, caplog):
    def act(_):
        raise ZeroDivisionError

    calls = play(act)
    tasks.work()
    row = Grading.objects.get()
    assert (row.status, row.verdict, row.score, len(calls)) == ("finished", "platform_error", 0, 2)
    assert "costs you nothing" in row.message
    assert "ZeroDivisionError" in row.judge_log
    assert "Traceback" in caplog.text


def test_a_report_that_comes_too_late_is_dropped(grading, play):
    def act(_):
        if len(calls) == 1:
            queue.free(workers=[worker.name()], now=timezone.now())
            queue.claim(grading.id, worker="other", now=timezone.now())
        return report()

    calls = play(act)
    tasks.work()
    row = Grading.objects.get()
    assert (row.status, row.worker, row.tries, len(calls)) == ("running", "other", 1, 1)
    assert not row.results.exists()


@pytest.mark.parametrize(
    "notice", [worker.publish, worker.held.look, worker.beat], ids=["publish", "look", "beat"]
)
@pytest.mark.parametrize(
    ("sign", "arguments"), [("on_result", (RESULT,)), ("on_wait", ()), ("on_phase", ("running",))]
)
def test_what_is_lost_or_withdrawn_is_stopped_at_the_next_sign(grading, play, notice, sign, arguments):
    def act(options):
        options["on_result"](RESULT)
        queue.withdraw(grading, now=timezone.now())
        notice()
        options[sign](*arguments)
        pytest.fail("the grading went on")

    calls = play(act)
    tasks.work()
    row = Grading.objects.get()
    assert (row.status, row.verdict, row.score, len(calls)) == ("withdrawn", "", 0, 1)
    assert not row.results.exists()


def test_a_database_that_is_away_for_a_moment_costs_no_result(grading, play, monkeypatch):
    monkeypatch.setattr(grader, "INSIST_SECONDS", (0.0,) * 3)
    monkeypatch.setattr(connection, "close", lambda: None)  # The test's transaction is in it.
    away = [True, True, True]

    def failing(write):
        def call(*arguments, **options):
            if away and away.pop():
                raise OperationalError("the server closed the connection")
            return write(*arguments, **options)

        return call

    for name in ("store_results", "record"):
        monkeypatch.setattr(queue, name, failing(getattr(queue, name)))

    def act(options):
        options["on_result"](RESULT)
        with pytest.raises(OperationalError):
            worker.publish()
        return report()

    calls = play(act)
    tasks.work()
    row = Grading.objects.get()
    assert (row.verdict, row.tries, len(calls), away) == ("graded", 0, 1, [])


def test_without_an_engine_the_row_waits_and_no_try_is_used_up(grading, monkeypatch):
    def refuse():
        raise EngineUnavailableError("gone")

    monkeypatch.setattr(worker, "workshop", refuse)
    tasks.work()
    row = Grading.objects.get()
    assert (row.status, row.tries) == ("queued", 0)


def test_the_periodic_task_watches_and_is_noted(grading, monkeypatch):
    now = timezone.now()
    fleet.appear(worker.name(), slots=1, state="working", reason="", now=now - timedelta(hours=1))
    looked: list[datetime] = []
    monkeypatch.setattr(queue, "requeue_stale", looked.append)
    tasks.requeue_stale()
    assert looked[0] >= now
    assert Worker.objects.get().ticked_at == looked[0]


def test_a_worker_on_an_unfit_engine_takes_no_work(workshop, monkeypatch):
    monkeypatch.setattr(selfcheck, "check", lambda *_: ["No limits of memory."])
    with pytest.raises(SystemExit, match="No limits of memory"):
        worker.start()


def test_a_worker_without_an_engine_takes_no_work(monkeypatch):
    def refuse():
        raise EngineUnavailableError("no engine answers")

    monkeypatch.setattr(worker, "workshop", refuse)
    with pytest.raises(SystemExit, match="no engine answers"):
        worker.start()


def test_dead_workers_of_this_host_are_known_and_others_are_left_alone(monkeypatch):
    monkeypatch.setattr(worker, "name", lambda: "here:1")
    with subprocess.Popen(["true"]) as process:
        gone = process.pid
    known = ["here:1", f"here:{gone}", f"here:{os.getppid()}", f"there:{gone}", "odd"]
    assert list(worker.dead_workers(known)) == ["here:1", f"here:{gone}"]
