"""Whose turn it is: the order in which workers take queued gradings.

Runs and submissions go before slow gradings, those before regrades, and those before proofs of challenges.
Within one of these classes groups (assessments) take turns, and within a group its owners (attempts) do.

- **Between groups**: a grading brings its group a place in the round after the group's last one, but in no
  round before the current one, so a thousand gradings of one group spread over a thousand rounds and another
  group's single one waits for one round. This is start-time fair queueing with a cost of 1 for each grading
  (Goyal, Vin, Cheng 1996); the round is worked out once, at the request, by looking up the ends of indexes.
- **Within a group**: the same again, of owners. The place is the group's, not the grading's: when it comes
  up, it is given to that grading of the group whose owner's turn it is. So someone who queues thirty runs
  holds up nobody of their own assessment, and the others see no more of that assessment than before.
- **Of one owner** one grading runs at a time: a place goes to the next owner of the group who has none
  running, and if there is none, to the next group.

What waits behind a higher class is not starved: now and then (see `grading.slots`) the class whose first
grading has waited for STARVED_AFTER goes first.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from grading.models import Grading

Lanes = tuple[Grading.Lane, ...]

URGENT = (Grading.Lane.RUN, Grading.Lane.SUBMIT)
"""They share their rounds: a candidate's run and submission stand in one line."""
PATIENT = (Grading.Lane.SLOW, Grading.Lane.REGRADE, Grading.Lane.PROVE)
STARVING = (Grading.Lane.SLOW, Grading.Lane.REGRADE)
"""What goes first when it has waited for too long. A proof never does: nobody sits and waits for it."""
CLASSES: tuple[Lanes, ...] = (URGENT, *((lane,) for lane in PATIENT))
STARVED_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, order=True)
class Place:
    """A group's place in the order of turns, with the grading that holds it for now. Compares by turn."""

    turn: int
    turn_at: datetime
    pk: uuid.UUID
    group: str
    requested_at: datetime


@dataclass(frozen=True, order=True)
class Own:
    """A grading's place among those of its group."""

    owner_turn: int
    requested_at: datetime
    pk: uuid.UUID


PLACE = "turn", "turn_at", "id", "group", "requested_at"
OWN = "owner_turn", "requested_at", "id"


def class_of(lane: str) -> Lanes:
    """The lanes that share their rounds with this one."""
    return next(lanes for lanes in CLASSES if lane in lanes)


def classes_before(lane: str) -> list[Grading.Lane]:
    """The lanes of all classes that go first."""
    return [other for lanes in CLASSES[: CLASSES.index(class_of(lane))] for other in lanes]


def next_turns(lane: str, group: str, owner: str) -> tuple[int, int]:
    """For a new grading: the round of its group, and within the group that of its owner."""
    lanes = class_of(lane)
    first = head(lanes)
    own = _first_own(lanes, group)
    return (
        max(_last(lanes, "turn", group=group) + 1, first.turn if first else 1),
        max(_last(lanes, "owner_turn", group=group, owner=owner) + 1, own.owner_turn if own else 1),
    )


def head(lanes: Lanes, *, without: Sequence[str] = ()) -> Place | None:
    """The first place of these lanes, leaving out those of some groups."""
    found = []
    for lane in lanes:
        queued = Grading.objects.queued().filter(lane=lane).by_turn()
        if without:
            queued = queued.exclude(group__in=without)
        found += [Place(*row) for row in queued.values_list(*PLACE)[:1]]
    return min(found, default=None)


def has_work() -> bool:
    """Whether anything is queued."""
    return any(head(lanes) for lanes in CLASSES)


def classes_in_order(*, patient: bool, starved_first: bool, now: datetime) -> Iterator[Lanes]:
    """The classes in the order in which to look.

    `patient`: slow gradings and regrades may be taken too. `starved_first`: they go first if they have waited
    for too long. Lazy, since the first class is nearly always enough.
    """
    if patient and starved_first:
        heads = [((lane,), head((lane,))) for lane in STARVING]
        waiting = [(place.requested_at, lanes) for lanes, place in heads if place is not None]
        yield from (lanes for at, lanes in sorted(waiting) if at <= now - STARVED_AFTER)
    yield from CLASSES if patient else (URGENT,)


def next_row(*, patient: bool, starved_first: bool, now: datetime) -> uuid.UUID | None:
    """The grading whose turn it is and that nobody else is claiming at this moment; its row is locked."""
    seated = list(Grading.objects.seated().values_list("seat", flat=True))
    for lanes in classes_in_order(patient=patient, starved_first=starved_first, now=now):
        if pk := _next_of(lanes, seated):
            return pk
    return None


def _next_of(lanes: Lanes, seated: Sequence[str]) -> uuid.UUID | None:
    passed_over: list[str] = []
    while (place := head(lanes, without=passed_over)) is not None:
        own = _first_own(lanes, place.group, without=seated, claimed=True)
        if own is not None:
            _hand_over(place, own.pk)
            return own.pk
        passed_over.append(place.group)  # All of it runs already, or is being claimed.
    return None


def _hand_over(place: Place, pk: uuid.UUID) -> None:
    """The place is used up by this grading of the group: who held it gets the other's place instead."""
    if place.pk == pk:
        return
    holder = Grading.objects.queued().filter(pk=place.pk).select_for_update(skip_locked=True)
    if holder.values_list("pk", flat=True).first() is None:
        return  # It is being taken itself.
    turn, turn_at = Grading.objects.values_list("turn", "turn_at").get(pk=pk)
    Grading.objects.queued().filter(pk=place.pk).update(turn=turn, turn_at=turn_at)


def _first_own(lanes: Lanes, group: str, *, without: Sequence[str] = (), claimed: bool = False) -> Own | None:
    """The grading of a group whose owner's turn it is. `claimed`: its row is locked, and locked rows are
    passed over.
    """
    found = []
    for lane in lanes:
        queued = Grading.objects.queued().filter(lane=lane, group=group).order_by(*OWN)
        if without:
            queued = queued.exclude(owner__in=without)
        if claimed:
            queued = queued.select_for_update(skip_locked=True)
        found += [Own(*row) for row in queued.values_list(*OWN)[:1]]
    return min(found, default=None)


def _last(lanes: Lanes, of: str, **where: str) -> int:
    """The highest of these rounds; 0 without any."""
    found = [0]
    for lane in lanes:
        queued = Grading.objects.queued().filter(lane=lane, **where).order_by(f"-{of}")
        found += queued.values_list(of, flat=True)[:1]
    return max(found)
