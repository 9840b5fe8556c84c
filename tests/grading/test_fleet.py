"""The report on workers and queue, what a waiting grading is told, and what is expected soon."""

from datetime import timedelta

import pytest

from grading import expectations, fleet, queue
from grading.challenge import Suite
from grading.models import Expectation, Grading, Worker
from tests.grading.queued import NOW, ask, claimed, pack, report, sent

__all__ = ["ask", "pack", "sent"]


def appear(name="here:1", *, slots=2, state="working", reason="", ago=0.0, ticked=True):
    seen = NOW - timedelta(seconds=ago)
    fleet.appear(name, slots=slots, state=state, reason=reason, now=seen)
    Worker.objects.filter(name=name).update(started_at=NOW - timedelta(hours=1))
    if ticked:
        fleet.tick(name, now=NOW)


@pytest.fixture
def graded(ask):
    """Has gradings finished that took so many seconds each."""

    def grade(*seconds, lane="submit", pack_id=None):
        for duration in seconds:
            claim = claimed(ask(lane=lane), now=NOW - timedelta(seconds=duration))
            phases = {"ready": 0.0, "run": 0.0, "removed": duration}
            queue.record(claim, report(phases=phases), now=NOW)
        if pack_id:
            Grading.objects.finished().update(pack=pack_id)

    return grade


def test_a_fleet_that_is_well_has_no_faults(ask):
    appear()
    claimed(ask(), "here:1")
    ask(now=NOW - timedelta(seconds=30))
    found = fleet.report(NOW)
    assert found.faults == ()
    (worker,) = found.workers
    assert (worker.name, worker.state, worker.slots, worker.running) == ("here:1", "working", 2, 1)
    submit = next(lane for lane in found.lanes if lane.name == "submit")
    assert (submit.queued, submit.running, submit.oldest_seconds) == (1, 1, 30.0)
    assert [lane.name for lane in found.lanes] == ["run", "submit", "slow", "regrade", "prove"]


def test_without_a_worker_nothing_is_graded_and_it_says_so(db):
    assert "No worker is running" in fleet.report(NOW).faults[0]


def test_a_worker_out_of_service_is_named_with_its_reason(db):
    appear(state="draining", reason="The reference failed.")
    none, one = fleet.report(NOW).faults
    assert "Every worker is out of service" in none
    assert "here:1" in one
    assert "The reference failed." in one


def test_a_worker_that_vanished_is_named_until_it_fades(db):
    appear()
    appear("gone:1", ago=90)
    appear("long gone:1", ago=7200)
    (fault,) = fleet.report(NOW).faults
    assert "gone:1 has given no sign of life for 90 seconds" in fault
    fleet.leave("gone:1", now=NOW)
    assert list(Worker.objects.values_list("name", flat=True)) == ["here:1"]


def test_a_sign_of_life_keeps_when_it_started_and_when_it_was_ticked(db):
    appear()
    fleet.appear("here:1", slots=3, state="draining", reason="why", now=NOW + timedelta(seconds=15))
    row = Worker.objects.get()
    assert (row.slots, row.state, row.ticked_at) == (3, "draining", NOW)
    assert row.started_at < NOW < row.seen_at


def test_a_beat_that_does_not_tick_is_a_fault(db):
    appear(ticked=False)
    assert "heard of Celery's beat yet" in fleet.report(NOW).faults[0]
    fleet.tick("here:1", now=NOW - timedelta(minutes=5))
    assert "beat for 5 minutes" in fleet.report(NOW).faults[0]


def test_a_worker_that_has_just_started_has_not_missed_the_beat(db):
    fleet.appear("here:1", slots=1, state="working", reason="", now=NOW)
    assert fleet.report(NOW).faults == ()


def test_what_waits_for_too_long_is_a_fault(ask):
    appear()
    ask(now=NOW - timedelta(minutes=6))
    ask(lane="slow", now=NOW - timedelta(minutes=6))
    (fault,) = fleet.report(NOW).faults
    assert "lane submit has waited for 6 minutes" in fault


def test_the_place_counts_what_is_taken_before(ask):
    first = ask(group="a", now=NOW - timedelta(seconds=3))
    second = ask(group="a", now=NOW - timedelta(seconds=2))
    other = ask(group="b", lane="run", now=NOW - timedelta(seconds=1))
    slow, regrade = ask(lane="slow", now=NOW), ask(lane="regrade", now=NOW)
    waiting = (first, second, other, slow, regrade)
    assert [queue.position(grading) for grading in waiting] == [0, 2, 1, 3, 4]
    taken = [queue.claim_next(worker="w", now=NOW) for _ in waiting]
    assert [claim and claim.grading for claim in taken] == [first, other, second, slow, regrade]
    second.refresh_from_db()
    assert queue.position(second) == 0


def test_with_a_free_slot_there_is_no_wait(ask):
    appear(slots=2)
    claimed(ask())
    assert queue.expected_wait(ask(), NOW) == timedelta()


def test_the_wait_follows_from_how_long_the_packs_gradings_took(ask, graded):
    appear(slots=1)
    graded(8, 10, 60)
    claimed(ask())
    first, second = ask(now=NOW - timedelta(seconds=1)), ask()
    assert queue.expected_wait(first, NOW) == timedelta(seconds=5)
    assert queue.expected_wait(second, NOW) == timedelta(seconds=15)
    appear("here:2", slots=4)
    assert queue.expected_wait(second, NOW) == timedelta()
    for _ in range(4):
        claimed(ask())
    assert queue.expected_wait(first, NOW) == timedelta(seconds=1)


def test_few_gradings_of_a_pack_tell_less_than_those_of_the_lane(ask, graded):
    appear(slots=1)
    graded(20)
    claimed(ask())
    assert queue.expected_wait(ask(), NOW) == timedelta(seconds=10)


def test_slow_gradings_and_regrades_do_not_count_on_the_slot_that_is_kept_free(ask, graded):
    appear(slots=2)
    graded(10, 10, 10, lane="regrade")
    claimed(ask(lane="regrade"))
    assert queue.expected_wait(ask(lane="regrade"), NOW) == timedelta(seconds=5)


def test_without_a_working_worker_or_any_grading_the_wait_is_unknown(ask):
    waiting = ask()
    assert queue.expected_wait(waiting, NOW) is None
    appear(state="draining")
    assert queue.expected_wait(waiting, NOW) is None
    appear(ago=120)
    assert queue.expected_wait(waiting, NOW) is None
    appear(slots=1)
    claimed(ask())
    assert queue.expected_wait(waiting, NOW) is None


def test_what_no_longer_waits_has_no_wait(ask):
    grading = claimed(ask()).grading
    assert queue.expected_wait(grading, NOW) == timedelta()


def test_what_is_expected_is_known_until_then(pack):
    queue.expect(pack, "python", Suite.VISIBLE, until=NOW + timedelta(minutes=1))
    queue.expect(pack, "python", "hidden", until=NOW + timedelta(minutes=5))
    queue.expect(pack, "python", "hidden", until=NOW + timedelta(minutes=9))
    found = [(one.pack, one.language, one.suite) for one in queue.expected(NOW)]
    assert found == [(pack, "python", Suite.HIDDEN), (pack, "python", Suite.VISIBLE)]
    assert [one.suite for one in queue.expected(NOW + timedelta(minutes=2))] == [Suite.HIDDEN]
    expectations.forget(NOW + timedelta(minutes=2))
    assert Expectation.objects.get().suite == "hidden"


def test_what_was_graded_lately_is_expected_again(pack, graded):
    graded(1, 1)
    assert [(one.pack, one.suite) for one in queue.expected(NOW)] == [(pack, Suite.HIDDEN)]
    assert queue.expected(NOW + timedelta(hours=1)) == []
