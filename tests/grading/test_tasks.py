"""What a worker does with a grading, whatever comes of it. The grading itself is played by a function."""

import os
import subprocess
from datetime import timedelta

import pytest
from django.utils import timezone

from grading import queue, tasks, worker
from grading.challenge import Suite
from grading.errors import PlatformError
from grading.models import Grading, Pack, Snapshot
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
    )


class Engine:
    """An engine that answers."""

    def info(self):
        return {}


@pytest.fixture
def workshop(monkeypatch):
    made = worker.Workshop(engine=Engine(), pods=object(), images=object())  # type: ignore[arg-type]
    monkeypatch.setattr(worker, "workshop", lambda: made)
    return made


@pytest.fixture
def play(monkeypatch, workshop):
    """Plays gradings with a function; gives the list of their arguments."""
    calls = []

    def play(act):
        def grade(challenge, files, **options):
            calls.append((challenge, files, options))
            return act(options)

        monkeypatch.setattr(tasks, "grade_files", grade)
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
        assert Grading.objects.running().get().results.get().outcome == "passed"
        return report()

    calls = play(act)
    tasks.grade(str(grading.id))
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
        tasks.grade(str(grading.id))
        tasks.grade(str(grading.id))
    grading_finished.disconnect(receive)
    assert (len(calls), told) == (1, [grading])


def test_a_message_that_comes_while_the_row_is_graded_changes_nothing(grading, play):
    def act(_):
        tasks.grade(str(grading.id))
        return report()

    calls = play(act)
    tasks.grade(str(grading.id))
    assert len(calls) == 1
    assert Grading.objects.get().verdict == "graded"


@pytest.mark.parametrize("error", [PlatformError("no pod"), PodError("no pod")])
def test_a_failure_of_ours_gives_the_row_back(grading, play, error):
    def act(_):
        raise error

    play(act)
    tasks.grade(str(grading.id))
    row = Grading.objects.get()
    assert (row.status, row.tries, row.judge_log) == ("queued", 1, "no pod")


def test_a_report_of_a_failure_of_ours_gives_the_row_back(grading, play):
    play(lambda _: report(Verdict.PLATFORM_ERROR))
    tasks.grade(str(grading.id))
    row = Grading.objects.get()
    assert (row.status, row.score) == ("queued", 0)
    assert "why" in row.judge_log


def test_a_defect_is_logged_with_its_traceback_and_gives_the_row_back(grading, play, caplog):
    def act(_):
        raise ZeroDivisionError

    play(act)
    tasks.grade(str(grading.id))
    row = Grading.objects.get()
    assert row.status == "queued"
    assert "ZeroDivisionError" in row.judge_log
    assert "Traceback" in caplog.text


def test_a_second_failure_of_ours_ends_it_at_no_cost(grading, play):
    def act(_):
        raise PlatformError("no pod")

    play(act)
    tasks.grade(str(grading.id))
    tasks.grade(str(grading.id))
    tasks.grade(str(grading.id))
    row = Grading.objects.get()
    assert (row.status, row.verdict, row.tries, row.score) == ("finished", "platform_error", 2, 0)
    assert "costs you nothing" in row.message


def test_a_report_that_comes_too_late_is_dropped(grading, play):
    def act(_):
        queue.requeue_stale(timezone.now() + timedelta(hours=1))
        return report()

    play(act)
    tasks.grade(str(grading.id))
    row = Grading.objects.get()
    assert (row.status, row.tries) == ("queued", 1)
    assert not row.results.exists()


def test_without_an_engine_the_row_waits_and_no_try_is_used_up(grading, monkeypatch):
    def refuse():
        raise EngineUnavailableError("gone")

    monkeypatch.setattr(worker, "workshop", refuse)
    tasks.grade(str(grading.id))
    row = Grading.objects.get()
    assert (row.status, row.tries) == ("queued", 0)


def test_an_unknown_row_is_passed_over(db, play):
    calls = play(lambda _: report())
    tasks.grade("00000000-0000-0000-0000-000000000000")
    assert calls == []


def test_the_periodic_task_queues_again_what_is_stale(grading):
    queue.claim(grading.id, worker="gone", now=timezone.now() - timedelta(hours=1))
    tasks.requeue_stale()
    assert Grading.objects.get().status == "queued"


def test_a_worker_on_an_unfit_engine_takes_no_work(workshop, monkeypatch):
    monkeypatch.setattr(selfcheck, "check", lambda _: ["No limits of memory."])
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
