"""Who comes first: lanes, groups, and workers that ask at the same time."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from grading import packs, queue, turns
from grading.models import Grading, Pack, Snapshot
from grading.slots import STARVED_SHARE, Slots
from tests.grading import packfolder
from tests.grading.queued import LATER, NOW, ask, pack, sent

__all__ = ["ask", "pack", "sent"]


def take(now=NOW, **options):
    claim = queue.claim_next(worker="w", now=now, **options)
    return claim.grading if claim else None


def taken(number, **options):
    return [grading for grading in (take(**options) for _ in range(number)) if grading]


def test_of_one_group_the_first_comes_first(ask):
    asked = [ask(group="a", now=NOW + timedelta(seconds=number)) for number in range(3)]
    assert taken(4) == asked


def test_a_group_that_asks_for_much_does_not_hold_up_another_ones_single_grading(ask):
    for number in range(50):
        ask(group="many", now=NOW + timedelta(seconds=number))
    taken(10)
    single = ask(group="one", now=LATER)
    assert single in taken(2)


def test_groups_take_turns(ask):
    for group in "aaaabbc":
        ask(group=group)
    assert [Counter(grading.group for grading in taken(number)) for number in (3, 2, 2)] == [
        Counter("abc"),
        Counter("ab"),
        Counter("aa"),
    ]


def test_a_group_that_was_served_gets_no_second_place_in_the_round(ask):
    for group in "aab":
        ask(group=group)
    assert {grading.group for grading in taken(2)} == {"a", "b"}
    again = ask(group="b", now=LATER)
    assert [grading.group for grading in taken(2)] == ["a", "b"]
    again.refresh_from_db()
    assert again.status == "running"


def test_runs_and_submissions_stand_in_one_line(ask):
    asked = [
        ask(lane=lane, now=NOW + timedelta(seconds=n)) for n, lane in enumerate(["run", "submit", "run"])
    ]
    assert taken(3) == asked


def test_what_people_wait_for_goes_before_slow_gradings_and_those_before_regrades(ask):
    asked = [ask(lane=lane) for lane in ("regrade", "slow", "submit", "run")]
    assert [grading.lane for grading in taken(4)] == ["submit", "run", "slow", "regrade"]
    assert len(asked) == 4


def test_without_a_slot_for_them_slow_gradings_and_regrades_are_left(ask):
    for lane in ("regrade", "slow", "run"):
        ask(lane=lane)
    assert [grading.lane for grading in taken(3, patient=False)] == ["run"]


def test_what_has_waited_for_too_long_goes_first_now_and_then(ask):
    old = NOW - turns.STARVED_AFTER
    slow, regrade = ask(lane="slow", now=old), ask(lane="regrade", now=old - timedelta(seconds=1))
    run = ask(lane="run", now=old)
    assert taken(3, starved_first=True) == [regrade, slow, run]


def test_what_has_not_waited_for_long_does_not(ask):
    ask(lane="slow")
    run = ask(lane="run")
    assert take(starved_first=True) == run


def test_a_pack_that_is_allowed_much_time_is_slow_except_for_regrades(db, sent, tmp_path):
    long = packfolder.CHALLENGE.replace(b"run_seconds = 30", b"run_seconds = 700")
    pack = Pack.store(packs.load(packfolder.write(tmp_path, {"challenge.toml": long})))
    snapshot = Snapshot.store({"main.py": ""})
    lanes = [
        queue.request(pack=pack, snapshot=snapshot, language="python", suite="hidden", lane=lane).lane
        for lane in ("run", "submit", "regrade")
    ]
    assert lanes == ["slow", "slow", "regrade"]


def test_a_broken_pack_ends_and_the_next_one_is_taken(ask, pack, told_platform_error):
    poison = ask(now=NOW - timedelta(hours=1))
    Pack.objects.create(digest="f" * 64, slug="broken", title="Broken", kind="program", data=b"no archive")
    Grading.objects.filter(pk=poison.pk).update(pack="f" * 64)
    good = ask()
    assert take() == good
    assert told_platform_error(poison)


def test_files_that_cannot_be_read_end_and_the_next_one_is_taken(ask, told_platform_error):
    poison = ask(now=NOW - timedelta(hours=1))
    Snapshot.objects.update(files=[1])
    other = Snapshot.store({"main.py": "other"})
    good = ask()
    Grading.objects.filter(pk=good.pk).update(snapshot=other)
    assert take() == good
    assert told_platform_error(poison)


@pytest.fixture
def told_platform_error():
    def ended(grading):
        grading.refresh_from_db()
        return (grading.verdict, grading.tries) == ("platform_error", queue.MAX_TRIES)

    return ended


@pytest.mark.django_db(transaction=True)
def test_workers_that_ask_at_the_same_time_take_different_rows(ask):
    for number in range(8):
        ask(group=f"g{number}")
    start = Barrier(4)
    found: list[queue.Claim | None] = []

    def race(worker):
        start.wait()
        try:
            found.extend(queue.claim_next(worker=worker, now=NOW) for _ in range(2))
        finally:
            connection.close()

    threads = [Thread(target=race, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({claim.grading.pk for claim in found if claim}) == 8


def test_one_slot_is_always_free_of_slow_gradings_and_regrades():
    slots = Slots(3)
    first, second, third = slots.take(), slots.take(), slots.take()
    assert first is not None
    assert second is not None
    assert third is not None
    assert [slot.patient for slot in (first, second, third)] == [True, True, False]
    assert slots.take() is None
    first.use("run")
    second.use("slow")
    with third:
        pass
    fourth = slots.take()
    assert fourth is not None
    assert fourth.patient


def test_a_slot_is_free_again_whatever_comes_of_its_grading():
    slots = Slots(1)
    for _ in range(2):
        slot = slots.take()
        assert slot is not None
        assert slot.patient
        with suppress(ZeroDivisionError), slot:
            slot.use("regrade")
            _ = 1 / 0
    assert slots.has_room


def test_a_worker_that_stops_gives_no_slot_and_waits_for_those_it_gave():
    slots = Slots(2)
    slot = slots.take()
    assert slot is not None
    slots.close()
    assert (slots.take(), slots.has_room) == (None, False)
    assert not slots.wait_until_free(0)
    with slot:
        pass
    assert slots.wait_until_free(0)


def test_what_has_starved_gets_its_share():
    slots, favoured = Slots(1), []
    for _ in range(2 * STARVED_SHARE):
        slot = slots.take()
        assert slot is not None
        with slot:
            favoured.append(slot.starved_first)
    assert favoured.count(True) == 2
