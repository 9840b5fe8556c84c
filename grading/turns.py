"""Whose turn it is: the order in which workers take queued gradings.

Runs and submissions go before slow gradings, and those before regrades. Within one of these classes groups
(assessments) take turns: a grading is queued for the round after its group's last one, but for no round
before the current one, so a thousand gradings of one group spread over a thousand rounds and another group's
single one waits for one round. This is start-time fair queueing with a cost of 1 for each grading (Goyal,
Vin, Cheng 1996); the round is worked out once, at the request, by looking up the ends of two indexes.

What waits behind a higher class is not starved: now and then (see `grading.slots`) the class whose first
grading has waited for STARVED_AFTER goes first.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from grading.models import Grading

URGENT = (Grading.Lane.RUN, Grading.Lane.SUBMIT)
"""They share their rounds: a candidate's run and submission stand in one line."""
PATIENT = (Grading.Lane.SLOW, Grading.Lane.REGRADE)
CLASSES: tuple[tuple[Grading.Lane, ...], ...] = (URGENT, (Grading.Lane.SLOW,), (Grading.Lane.REGRADE,))
STARVED_AFTER = timedelta(minutes=10)

Head = tuple[int, datetime, str, str]
"""Turn, time of the request, id and lane of the first queued grading of a lane: compares by turn."""


def class_of(lane: str) -> tuple[Grading.Lane, ...]:
    """The lanes that share their rounds with this one."""
    return next(lanes for lanes in CLASSES if lane in lanes)


def classes_before(lane: str) -> list[Grading.Lane]:
    """The lanes of all classes that go first."""
    return [other for lanes in CLASSES[: CLASSES.index(class_of(lane))] for other in lanes]


def next_turn(lane: str, group: str) -> int:
    """The round for a new grading of this group."""
    lanes = class_of(lane)
    current = min((head[0] for head in heads(lanes)), default=1)
    last = max((_last_turn(other, group) for other in lanes), default=0)
    return max(last + 1, current)


def heads(lanes: tuple[Grading.Lane, ...]) -> list[Head]:
    """The first queued grading of each lane that has one, the next to be taken first."""
    rows = []
    for lane in lanes:
        first = Grading.objects.queued().filter(lane=lane).by_turn()
        rows += [
            (turn, at, str(pk), lane) for turn, at, pk in first.values_list("turn", "requested_at", "id")[:1]
        ]
    return sorted(rows)


def lanes_in_order(*, patient: bool, starved_first: bool, now: datetime) -> Iterator[str]:
    """The lanes that have something to take, in the order in which to look.

    `patient`: slow gradings and regrades may be taken too. `starved_first`: they go first if they have waited
    for too long. Lazy, since the first lane is nearly always enough.
    """
    if patient and starved_first:
        waiting = sorted((at, lane) for _, at, _, lane in heads(PATIENT) if at <= now - STARVED_AFTER)
        yield from (lane for _, lane in waiting)
    for lanes in CLASSES if patient else (URGENT,):
        yield from (lane for _, _, _, lane in heads(lanes))


def _last_turn(lane: str, group: str) -> int:
    queued = Grading.objects.queued().filter(lane=lane, group=group).order_by("-turn")
    return next(iter(queued.values_list("turn", flat=True)[:1]), 0)
