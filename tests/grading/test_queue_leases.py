"""Who is dead: judged by signs of life and a steady clock, whatever the clocks on the wall say."""

from datetime import timedelta

import pytest

from grading import queue
from grading.heart import Held
from grading.leases import HEARTBEAT_SECONDS, LEASE, Watch
from grading.models import Grading
from tests.grading.queued import LATER, NOW, ask, claimed, pack, report, sent

__all__ = ["ask", "pack", "sent"]

STEP = HEARTBEAT_SECONDS
STEPS = int(LEASE.total_seconds() / STEP)


class Clock:
    """A steady clock that tests turn."""

    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def watch(clock):
    return Watch(clock)


@pytest.fixture
def look(clock, watch):
    """Looks for dead workers every few seconds of the steady clock; how many rows were taken away."""

    def look(*, steps, wall, alive=None):
        touched = 0
        for _ in range(steps):
            if alive is not None:
                alive()
            touched += queue.requeue_stale(wall(clock.seconds - 1000), watch)
            clock.seconds += STEP
        return touched

    return look


def steady(seconds):
    return NOW + timedelta(seconds=seconds)


def test_what_a_dead_worker_holds_is_queued_again_after_a_lease(ask, look):
    claimed(ask(), "dead")
    assert look(steps=STEPS, wall=steady) == 0
    assert look(steps=1, wall=steady) == 1
    row = Grading.objects.get()
    assert (row.status, row.tries) == ("queued", 1)
    assert "dead" in row.judge_log


def test_a_worker_that_lives_keeps_what_it_holds_though_no_result_comes(ask, clock, look):
    held, claim = Held(), claimed(ask())
    with held.holding(claim):
        alive = lambda: held.renew(steady(clock.seconds - 1000))  # noqa: E731
        assert look(steps=3 * STEPS, wall=steady, alive=alive) == 0
    assert not claim.lost.is_set()
    assert queue.record(claim, report(), now=LATER)


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
@pytest.mark.parametrize("where", ["watcher", "worker", "everywhere"])
def test_a_clock_that_jumps_takes_nothing_from_a_worker_that_lives(ask, clock, look, jump, where):
    held, claim = Held(), claimed(ask())
    watcher = jump if where != "worker" else timedelta()
    worker = jump if where != "watcher" else timedelta()
    with held.holding(claim):
        look(steps=1, wall=steady, alive=lambda: held.renew(steady(clock.seconds - 1000)))
        touched = look(
            steps=2 * STEPS,
            wall=lambda seconds: steady(seconds) + watcher,
            alive=lambda: held.renew(steady(clock.seconds - 1000) + worker),
        )
    assert touched == 0
    assert Grading.objects.get().token == claim.token
    assert queue.record(claim, report(), now=NOW + jump)


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
def test_a_clock_that_jumps_does_not_keep_a_dead_workers_grading(ask, look, jump):
    claimed(ask(), "dead")
    look(steps=1, wall=steady)
    assert look(steps=STEPS, wall=lambda seconds: steady(seconds) + jump) == 1
    assert Grading.objects.get().status == "queued"


def test_a_watcher_that_was_away_itself_starts_anew(ask, clock, look):
    claim = claimed(ask())
    look(steps=2, wall=steady)
    clock.seconds += 600  # The database was away, for worker and watcher alike.
    assert look(steps=1, wall=steady) == 0
    assert queue.renew(claim, now=steady(clock.seconds))


def test_a_new_claim_has_a_lease_of_its_own(ask, look):
    grading = ask()
    first = claimed(grading)
    look(steps=STEPS, wall=steady)
    queue.give_back(first, reason="", now=NOW)
    claimed(grading)
    assert look(steps=STEPS, wall=steady) == 0


def test_two_workers_on_one_row_give_one_result(ask):
    grading = ask()
    held, late = Held(), claimed(grading, "late")
    with held.holding(late):
        queue.free(workers=["late"], now=NOW)
        current = claimed(grading, "current")
        held.renew(NOW)
        assert late.lost.is_set()
        assert queue.record(current, report(), now=NOW)
        assert not queue.record(late, report(score=0.0), now=LATER)
    assert Grading.objects.get().score == 3.0
