"""Owners: within a group they take turns, and of each one grading runs at a time."""

import random
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction

from grading import queue
from grading.models import Grading
from tests.grading.queued import LATER, NOW, ask, claimed, pack, report, sent

__all__ = ["ask", "pack", "sent"]


def take(worker="w"):
    claim = queue.claim_next(worker=worker, now=NOW)
    return claim.grading if claim else None


def finish(grading):
    """As a worker that has answered and removed the pod."""
    grading.refresh_from_db()
    challenge = grading.pack.challenge()
    claim = queue.Claim(grading=grading, challenge=challenge, files={}, token=grading.token, positions={})
    Grading.objects.filter(pk=grading.pk).update(
        status="finished", verdict="graded", token=None, lease_expires_at=None, finished_at=NOW
    )
    queue.leave(claim)


def test_of_one_owner_one_grading_runs_at_a_time(ask):
    run, submission = ask(owner="ada", lane="run"), ask(owner="ada", lane="submit", now=LATER)
    assert take() == run
    assert take() is None
    assert queue.claim(submission.pk, worker="w", now=NOW) is None
    finish(run)
    assert take() == submission


def test_regrades_and_slow_gradings_of_an_owner_do_not_run_beside_others_either(ask):
    first, rest = ask(owner="ada"), [ask(owner="ada", lane=lane) for lane in ("slow", "regrade")]
    assert take() == first
    assert take() is None
    for expected, before in zip(rest, [first, rest[0]], strict=True):
        finish(before)
        assert take() == expected


def test_gradings_without_an_owner_run_beside_each_other(ask):
    asked = [ask(), ask()]
    assert [take(), take()] == asked


def test_the_pod_of_an_answered_grading_is_gone_before_the_next_one_begins(ask):
    claim, waiting = claimed(ask(owner="ada")), ask(owner="ada")
    assert queue.record(claim, report(), now=NOW)
    assert take() is None
    queue.leave(claim)
    assert take() == waiting


def test_the_pod_of_a_withdrawn_run_is_gone_before_a_submission_begins(ask):
    claim, waiting = claimed(ask(owner="ada", lane="run")), ask(owner="ada")
    assert queue.withdraw(claim.grading, now=NOW)
    assert take() is None
    queue.leave(claim)
    assert take() == waiting


def test_a_worker_that_dies_after_its_answer_does_not_lock_the_owner_out(ask):
    assert queue.record(claimed(ask(owner="ada")), report(), now=NOW)
    waiting = ask(owner="ada")
    queue.requeue_stale(NOW + queue.SEAT - timedelta(seconds=1))
    assert take() is None
    queue.requeue_stale(NOW + queue.SEAT)
    assert take() == waiting


def test_a_worker_that_is_known_to_be_gone_does_not_either(ask):
    claim, waiting = claimed(ask(owner="ada"), "gone"), ask(owner="ada")
    assert queue.withdraw(claim.grading, now=NOW)
    queue.free(workers=["other"], now=NOW)
    assert take() is None
    queue.free(workers=["gone"], now=NOW)
    assert take() == waiting


@pytest.mark.parametrize("give", [queue.release, queue.give_back])
def test_what_is_given_back_gives_its_seat_back(ask, give):
    first, second = ask(owner="ada"), ask(owner="ada", now=LATER)
    give(claimed(first), reason="no pod", now=NOW)
    assert {take(), take()} == {first, None}
    assert Grading.objects.get(pk=second.pk).status == "queued"


def test_a_late_worker_does_not_free_the_seat_of_the_one_that_took_over(ask):
    grading = ask(owner="ada")
    late = claimed(grading, "late")
    queue.free(workers=["late"], now=NOW)
    current = claimed(grading, "current")
    queue.record(current, report(), now=NOW)
    queue.leave(late)
    assert Grading.objects.seated().count() == 1


def test_the_database_itself_refuses_two_at_once(ask):
    first, second = ask(owner="ada"), ask(owner="ada")
    claimed(first)
    running = {"status": "running", "token": first.pk, "lease_expires_at": NOW}
    for seat in ("ada", "", "other"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Grading.objects.filter(pk=second.pk).update(**running, seat=seat)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by_id", [False, True], ids=["the next one", "a known one"])
def test_workers_that_ask_at_the_same_time_take_one_grading_of_an_owner(ask, by_id):
    asked = [ask(owner="ada", lane="run" if number % 2 else "submit") for number in range(4)]
    start, found = Barrier(4), []

    def race(number):
        start.wait()
        try:
            if by_id:
                found.append(queue.claim(asked[number].pk, worker=f"w{number}", now=NOW))
            else:
                found.append(queue.claim_next(worker=f"w{number}", now=NOW))
        finally:
            connection.close()

    threads = [Thread(target=race, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert sum(claim is not None for claim in found) == 1
    assert Grading.objects.running().count() == 1


def test_someone_who_queues_much_holds_up_nobody_of_the_same_assessment(ask):
    many = [ask(group="a", owner="ada", now=NOW + timedelta(seconds=n)) for n in range(30)]
    assert take() == many[0]
    alan = ask(group="a", owner="alan", now=LATER)
    assert take() == alan
    finish(many[0])
    grace = ask(group="a", owner="grace", now=LATER)
    assert {take(), take()} == {many[1], grace}


def test_nor_anybody_when_another_assessment_asks_for_much_at_the_same_time(ask):
    for number in range(30):
        ask(group="a", owner="ada", now=NOW + timedelta(seconds=number))
        ask(group="b", owner=f"b{number}", now=NOW + timedelta(seconds=number))
    take(), take()
    alan = ask(group="a", owner="alan", now=LATER)
    assert alan in [take(), take()]


def test_an_assessment_whose_owners_all_run_leaves_its_place_to_the_next(ask):
    first, second = ask(group="a", owner="ada"), ask(group="a", owner="ada")
    other = ask(group="b", owner="bob", now=LATER)
    assert [take(), take(), take()] == [first, other, None]
    finish(first)
    assert take() == second


def test_assessments_still_take_turns_when_their_candidates_do(ask):
    asked = [("a", f"a{n % 3}") for n in range(9)] + [("b", f"b{n}") for n in range(3)]
    for second, (group, owner) in enumerate(asked):
        ask(group=group, owner=owner, now=NOW + timedelta(seconds=second))
    groups = ""
    while grading := take():
        groups += grading.group
        finish(grading)
    assert groups == "ababab" + "a" * 6


@pytest.mark.parametrize("seed", range(5))
def test_the_place_that_is_told_is_the_order_in_which_gradings_are_taken(ask, seed):
    rng = random.Random(seed)  # noqa: S311 - no secret.
    lanes = ["run", "submit", "slow", "regrade"]
    for second in range(40):
        group = rng.choice("aab")
        ask(
            group=group,
            owner=f"{group}{rng.randrange(3)}",
            lane=rng.choice(lanes),
            now=NOW + timedelta(seconds=second),
        )
        if rng.random() < 0.3 and (taken := take()):
            finish(taken)
    told = {row.pk: queue.position(row) for row in Grading.objects.queued()}
    order = []
    while grading := take():
        order.append(grading.pk)
        finish(grading)
    assert [told[pk] for pk in order] == list(range(len(order)))
