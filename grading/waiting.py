"""How long a queued grading has to wait: its place, and a guess from how long recent ones took."""

import statistics
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum

from grading import turns
from grading.models import Grading, Worker

SEEN_WITHIN = timedelta(seconds=60)
"""A worker that gave no sign of life for longer is not counted on."""
SAMPLE = 20
FEWEST = 3
"""So many gradings of the same pack tell more than those of the whole lane."""


def position(grading: Grading) -> int:
    """How many gradings are to be taken before it; 0 if it is the next, or no longer queued."""
    if grading.status != Grading.Status.QUEUED:
        return 0
    queued, lanes = Grading.objects.queued(), turns.class_of(grading.lane)
    before = queued.filter(lane__in=turns.classes_before(grading.lane)).count()
    of_group = queued.filter(lane__in=lanes, group=grading.group)
    rank = of_group.ahead_in_group(grading).count()
    place = next(iter(of_group.by_turn().values_list("turn", "turn_at", "id")[rank : rank + 1]), None)
    if place is None:  # It was taken a moment ago.
        return before
    return before + sum(queued.filter(lane=lane).before(*place).count() for lane in lanes)


def expected_wait(grading: Grading, now: datetime, *, ahead: int | None = None) -> timedelta | None:
    """How long until a worker takes it; zero if it is no longer queued; None if that cannot be told (no
    worker works, or nothing was graded yet). `ahead`: its `position`, if that is known.
    """
    if grading.status != Grading.Status.QUEUED:
        return timedelta()
    slots, busy = _slots(grading.lane, now)
    if slots == 0:
        return None
    ahead = position(grading) if ahead is None else ahead
    if ahead + busy < slots:
        return timedelta()
    seconds = usual_seconds(grading)
    # When every slot is busy, the next one becomes free after about half a grading's time.
    return None if seconds is None else timedelta(seconds=(ahead + 0.5) * seconds / slots)


def usual_seconds(grading: Grading) -> float | None:
    """The median time that recent gradings of the pack, or of the lane, held a slot; None without any."""
    recent = Grading.objects.finished().filter(lane=grading.lane).order_by("-finished_at")
    fields = "started_at", "finished_at", "phases"
    of_pack = _seconds(recent.filter(pack_id=grading.pack_id).values_list(*fields)[:SAMPLE])
    if len(of_pack) >= FEWEST:
        return statistics.median(of_pack)
    of_lane = _seconds(recent.values_list(*fields)[:SAMPLE])
    return statistics.median(of_lane) if of_lane else None


def _seconds(rows: Iterable[tuple[datetime | None, datetime | None, dict[str, float]]]) -> list[float]:
    """The removal of the pod holds the slot too, and comes after the end of the grading."""
    return [
        phases["removed"] - phases.get("queued", 0.0)
        if "removed" in phases
        else (finished_at - started_at).total_seconds()
        for started_at, finished_at, phases in rows
        if started_at is not None and finished_at is not None
    ]


def _slots(lane: str, now: datetime) -> tuple[int, int]:
    """The slots of working workers that may take this lane, and how many gradings run."""
    working = Worker.objects.filter(state=Worker.State.WORKING, seen_at__gt=now - SEEN_WITHIN)
    found = working.aggregate(total=Sum("slots"), several=Count("name", filter=Q(slots__gt=1)))
    kept_free = found["several"] if lane in turns.PATIENT else 0
    return (found["total"] or 0) - kept_free, Grading.objects.running().count()
