"""What the queue does with one row, on the database that the settings name."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction

from grading import hints, queue
from grading.challenge import Suite
from grading.chances import FirstRun
from grading.leases import Watch
from grading.models import Grading, Pack, Snapshot, TestResult
from grading.report import Outcome
from tests.grading import packfolder
from tests.grading.queued import LATER, NOW, ask, claimed, pack, report, result, sent, told

__all__ = ["ask", "pack", "sent", "told"]


def test_a_request_is_announced_when_its_transaction_commits(ask, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        grading = ask()
        assert sent == []
    callbacks[0]()
    assert sent == ["grading.tasks.work"]
    assert (grading.status, grading.max_score) == ("queued", 4.0)


def test_a_hint_that_cannot_be_posted_fails_no_request(pack, monkeypatch, django_capture_on_commit_callbacks):
    def refuse():
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(hints, "post", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        grading = queue.request(
            pack=pack,
            snapshot=Snapshot.store({"a": "b"}),
            language="python",
            suite="hidden",
            lane="run",
            now=NOW,
        )
    assert Grading.objects.queued().get() == grading


def test_a_claim_has_what_it_takes_to_grade(ask):
    claim = claimed(ask(), "w")
    assert claim.files == {"main.py": "print()\n"}
    assert (claim.suite, claim.challenge.slug) == (Suite.HIDDEN, "shout")
    row = Grading.objects.running().get()
    assert (row.token, row.worker) == (claim.token, "w")
    assert row.lease_expires_at == NOW + queue.LEASE


def test_delivered_twice_is_claimed_once(ask):
    grading = ask()
    assert queue.claim(grading.id, worker="a", now=NOW)
    assert queue.claim(grading.id, worker="b", now=NOW) is None


def test_a_finished_grading_is_not_claimed_again(ask):
    claim = claimed(ask())
    assert queue.record(claim, report(), now=NOW)
    assert queue.claim(claim.grading.id, worker="a", now=NOW) is None


def test_an_unknown_grading_is_nobodys(db):
    assert queue.claim("00000000-0000-0000-0000-000000000000", worker="a", now=NOW) is None


@pytest.mark.django_db(transaction=True)
def test_of_workers_that_race_one_wins(ask):
    grading = ask()
    start, won = Barrier(4), []

    def race(worker):
        start.wait()
        try:
            won.append(queue.claim(grading.id, worker=worker, now=NOW))
        finally:
            connection.close()

    threads = [Thread(target=race, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 4
    assert len([claim for claim in won if claim]) == 1


def test_results_are_kept_as_they_come(ask):
    claim = claimed(ask())
    assert queue.store_results(claim, [result("test_empty", max_points=1.0, points=1.0)], now=NOW)
    assert queue.store_results(claim, [result()], now=LATER)
    rows = list(claim.grading.results.all())
    assert [(row.test_id, row.position) for row in rows] == [
        ("test_shout.py::test_upper", 0),
        ("test_shout.py::test_empty", 1),
    ]
    assert Grading.objects.get().lease_expires_at == LATER + queue.LEASE


def test_a_result_that_comes_again_replaces_itself(ask):
    claim = claimed(ask())
    queue.store_results(claim, [result()], now=NOW)
    queue.store_results(claim, [result(outcome=Outcome.FAILED, points=0.0)], now=NOW)
    assert [row.outcome for row in TestResult.objects.all()] == ["failed"]


def test_a_result_outside_the_manifest_is_nobodys(ask):
    claim = claimed(ask())
    queue.store_results(claim, [result("test_invented"), result()], now=NOW)
    assert TestResult.objects.get().test_id == result().id


def test_texts_that_a_database_refuses_are_made_storable(ask):
    claim = claimed(ask())
    assert queue.store_results(claim, [result(message="a\0b\udc80", detail="x" * 300_000)], now=NOW)
    row = TestResult.objects.get()
    assert row.message == "a\N{REPLACEMENT CHARACTER}b?"
    assert len(row.detail) == 200_000


def test_a_report_finishes_the_grading(ask, told, django_capture_on_commit_callbacks):
    grading = ask(now=NOW - timedelta(seconds=4))
    claim = claimed(grading)
    queue.store_results(claim, [result(outcome=Outcome.ERROR, points=0.0)], now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        assert queue.record(claim, report(), now=LATER)
    grading.refresh_from_db()
    assert (grading.status, grading.verdict, grading.score, grading.percent) == (
        "finished",
        "graded",
        3.0,
        75.0,
    )
    assert grading.skills == {"text-processing": [3.0, 3.0], "robustness": [0.0, 1.0]}
    assert grading.phases == {"queued": 4.0, "ready": 5.0, "run": 6.0, "removed": 6.5}
    assert (grading.token, grading.finished_at, grading.seed) == (None, LATER, 7)
    assert grading.limits["run_seconds"] == 30
    assert [row.outcome for row in grading.results.all()] == ["passed", "failed"]
    assert told == [grading]


def test_a_grading_is_reported_once(ask, told, django_capture_on_commit_callbacks):
    claim = claimed(ask())
    with django_capture_on_commit_callbacks(execute=True):
        assert queue.record(claim, report(), now=NOW)
        assert not queue.record(claim, report(score=0.0), now=LATER)
    assert len(told) == 1
    assert Grading.objects.get().score == 3.0


def test_a_failure_of_ours_queues_again(ask, sent, django_capture_on_commit_callbacks):
    claim = claimed(ask())
    queue.store_results(claim, [result()], now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        assert queue.release(claim, reason="the engine is gone", now=LATER)
    row = Grading.objects.get()
    assert (row.status, row.tries, row.token, row.judge_log) == ("queued", 1, None, "the engine is gone")
    assert not row.results.exists()
    assert len(sent) == 1


def test_a_second_failure_of_ours_is_final_and_says_so(ask, told, django_capture_on_commit_callbacks):
    grading = ask()
    for _ in range(queue.MAX_TRIES):
        claim = claimed(grading)
        with django_capture_on_commit_callbacks(execute=True):
            assert queue.release(claim, reason="no engine", now=NOW)
    row = Grading.objects.get()
    assert (row.status, row.verdict, row.score, row.tries) == (
        "finished",
        "platform_error",
        0,
        queue.MAX_TRIES,
    )
    assert "our side" in row.message
    assert "no engine" not in row.message
    assert told == [row]


def test_a_late_worker_changes_nothing(ask, told, django_capture_on_commit_callbacks):
    grading = ask()
    late = claimed(grading, "late")
    assert queue.free(workers=["late"], now=LATER) == 1
    current = claimed(grading, "current", LATER)
    with django_capture_on_commit_callbacks(execute=True):
        assert not queue.store_results(late, [result()], now=LATER)
        assert not queue.renew(late, now=LATER)
        assert not queue.release(late, reason="late", now=LATER)
        assert not queue.give_back(late, reason="late", now=LATER)
        assert not queue.record(late, report(), now=LATER)
    row = Grading.objects.get()
    assert (row.status, row.token, row.tries) == ("running", current.token, 1)
    assert late.lost.is_set()
    assert not told
    assert not row.results.exists()


def test_a_worker_that_vanishes_again_and_again_over_a_grading_does_not_take_all_with_it(ask):
    grading = ask()
    for number in range(queue.MAX_TRIES):
        claimed(grading, f"w{number}")
        queue.free(workers=[f"w{number}"], now=NOW)
    row = Grading.objects.get()
    assert (row.verdict, row.tries) == ("platform_error", 2)


def test_a_vanished_worker_loses_no_submission_and_leaves_nothing_behind(ask):
    grading = ask()
    queue.store_results(claimed(grading, "w"), [result(outcome=Outcome.FAILED, points=0.0)], now=NOW)
    queue.free(workers=["w"], now=NOW)
    claim = claimed(grading)
    assert claim.first_run is not None
    assert (claim.first_run.is_ours, claim.first_run.denied) == (True, {})
    assert queue.record(claim, report(), now=NOW)


def test_what_a_run_has_denied_before_it_broke_is_known_to_the_second(ask):
    grading = ask()
    denied = {"test_shout.py::test_upper": result(outcome=Outcome.FAILED, points=0.0, message="\0 \ud800")}
    queue.release(claimed(grading), reason="the judge was lost", denied=denied, now=NOW)
    claim = claimed(grading)
    assert claim.first_run is not None
    [(test_id, found)] = claim.first_run.denied.items()
    assert (test_id, found.outcome, found.points, found.max_points) == (
        "test_shout.py::test_upper",
        Outcome.FAILED,
        0.0,
        3.0,
    )
    assert not claim.first_run.is_ours


def test_the_second_chance_is_one_however_it_is_used_up(ask):
    grading = ask()
    claim = claimed(grading)
    first_run = FirstRun(reason="killed", is_ours=False)
    assert queue.run_again(claim, first_run, now=NOW)
    assert not queue.run_again(claim, first_run, now=NOW)
    claim.lost.clear()
    assert queue.free(workers=["a"], now=NOW) == 1
    row = Grading.objects.get()
    assert (row.verdict, row.tries) == ("platform_error", 2)


def test_what_is_given_back_costs_no_try(ask, sent, django_capture_on_commit_callbacks):
    grading = ask()
    claim = claimed(grading)
    queue.store_results(claim, [result()], now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        assert queue.give_back(claim, reason="the engine is gone", now=LATER)
    row = Grading.objects.get()
    assert (row.status, row.tries, row.turn, row.judge_log) == (
        "queued",
        0,
        grading.turn,
        "the engine is gone",
    )
    assert not row.results.exists()
    assert len(sent) == 1


def test_the_rows_of_a_worker_known_to_be_gone_are_queued_at_once(ask):
    claimed(ask(), "host:1")
    other = claimed(ask(), "host:2")
    assert queue.free(workers=["host:1"], now=NOW) == 1
    assert Grading.objects.running().get() == other.grading


def test_a_lost_message_is_sent_again(ask, sent, django_capture_on_commit_callbacks):
    ask()
    watch = Watch()
    with django_capture_on_commit_callbacks(execute=True):
        assert queue.requeue_stale(NOW + timedelta(seconds=59), watch) == 0
        assert queue.requeue_stale(NOW + timedelta(seconds=61), watch) == 1
        assert queue.requeue_stale(NOW + timedelta(seconds=62), watch) == 0
    assert len(sent) == 1


def test_when_the_pod_was_gone_is_noted_afterwards(ask):
    claim = claimed(ask(now=NOW - timedelta(seconds=4)))
    queue.record(claim, report(phases={"ready": 1.0, "run": 2.0}), now=NOW)
    queue.note_removed(claim, 2.5)
    assert Grading.objects.get().phases == {"queued": 4.0, "ready": 5.0, "run": 6.0, "removed": 6.5}


@pytest.mark.parametrize("is_running", [False, True])
def test_a_grading_can_be_withdrawn_until_it_is_over(
    ask, told, is_running, django_capture_on_commit_callbacks
):
    grading = ask()
    claim = claimed(grading) if is_running else None
    if claim:
        queue.store_results(claim, [result()], now=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        assert queue.withdraw(grading, now=LATER)
        assert not queue.withdraw(grading, now=LATER)
    row = Grading.objects.get()
    assert (row.status, row.verdict, row.score, row.finished_at) == ("withdrawn", "", 0, LATER)
    assert (row.is_over, row.is_finished, grading.status) == (True, False, "withdrawn")
    assert told == [row]
    assert not row.results.exists()
    assert queue.claim(row.pk, worker="a", now=LATER) is None
    if claim:
        assert not queue.record(claim, report(), now=LATER)
        assert Grading.objects.get().status == "withdrawn"


def test_what_is_finished_cannot_be_withdrawn(ask):
    claim = claimed(ask())
    queue.record(claim, report(), now=NOW)
    assert not queue.withdraw(claim.grading, now=LATER)
    assert Grading.objects.get().verdict == "graded"


def test_equal_files_are_stored_once(db):
    first = Snapshot.store({"a.py": "1", "b.py": "é"})
    second = Snapshot.store({"b.py": "é", "a.py": "1"})
    assert (first, first.size_bytes) == (second, 3)


def test_a_pack_is_stored_once_and_reads_back(pack, tmp_path):
    again = Pack.store(packfolder.load(tmp_path / "again"))
    assert again == pack
    assert pack.challenge() == packfolder.load(tmp_path / "third")


@pytest.mark.parametrize(
    "values",
    [
        {"status": "finished"},
        {"status": "finished", "finished_at": NOW},
        {"status": "running"},
        {"verdict": "graded"},
        {"status": "withdrawn"},
        {"status": "withdrawn", "finished_at": NOW, "verdict": "graded"},
        {"score": 5.0},
        {"score": -1.0},
    ],
)
def test_the_database_refuses_a_row_that_cannot_be(ask, values):
    grading = ask()
    with pytest.raises(IntegrityError), transaction.atomic():
        Grading.objects.filter(pk=grading.pk).update(**values)
