"""The workers as they say of themselves, and what is wrong with them and with the queue, for people who run
an installation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min

from grading.models import Grading, GradingQuerySet, Worker
from grading.rows import storable
from grading.waiting import SEEN_WITHIN

FADES_AFTER = timedelta(hours=1)
"""A worker that nobody has seen for so long is no longer spoken of."""
MAX_NAME = 200
"""Characters of a worker's name, as its column holds them."""
TICK_WITHIN = timedelta(seconds=60)
"""Celery's beat sends something every few seconds."""
LONGEST_WAIT = {
    Grading.Lane.RUN: timedelta(minutes=5),
    Grading.Lane.SUBMIT: timedelta(minutes=5),
    Grading.Lane.SLOW: timedelta(minutes=30),
    Grading.Lane.REGRADE: timedelta(hours=6),
    Grading.Lane.PROVE: timedelta(hours=6),
}
"""What waits for longer is a fault."""


@dataclass(frozen=True, kw_only=True)
class WorkerLine:
    """One worker process. `running` gradings on `slots`; `seen_seconds` since its last sign of life."""

    name: str
    state: str
    reason: str
    seen_seconds: float
    slots: int
    running: int

    @property
    def is_alive(self) -> bool:
        return self.seen_seconds <= SEEN_WITHIN.total_seconds()

    @property
    def is_working(self) -> bool:
        return self.is_alive and self.state == Worker.State.WORKING.value


@dataclass(frozen=True, kw_only=True)
class LaneLine:
    """One lane. `oldest_seconds`: how long its longest waiting grading has waited, 0 if none waits."""

    name: str
    queued: int
    running: int
    oldest_seconds: float


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """`faults` are sentences that say what is wrong and what to do; none if all is well."""

    workers: tuple[WorkerLine, ...]
    lanes: tuple[LaneLine, ...]
    faults: tuple[str, ...]

    @property
    def is_grading(self) -> bool:
        """Whether any worker takes gradings."""
        return any(worker.is_working for worker in self.workers)


def report(now: datetime) -> Fleet:
    """How the workers and the queue are doing."""
    rows = list(Worker.objects.filter(seen_at__gt=now - FADES_AFTER))
    running = _counts(Grading.objects.running(), "worker")
    workers = tuple(
        WorkerLine(
            name=row.name,
            state=row.state,
            reason=row.reason,
            seen_seconds=max(0.0, (now - row.seen_at).total_seconds()),
            slots=row.slots,
            running=running.get(row.name, 0),
        )
        for row in rows
    )
    lanes = _lanes(now)
    faults = *_worker_faults(workers), *_beat_faults(rows, now), *_lane_faults(lanes)
    return Fleet(workers=workers, lanes=lanes, faults=faults)


def appear(name: str, *, slots: int, state: str, reason: str, now: datetime) -> None:
    """A worker's sign of life; its first one makes its row."""
    row = Worker(
        name=name[:MAX_NAME], slots=slots, state=state, reason=storable(reason), started_at=now, seen_at=now
    )
    Worker.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["slots", "state", "reason", "seen_at"],
    )


def leave(name: str, *, now: datetime) -> None:
    """A worker has ended. Rows that have faded go with it."""
    Worker.objects.filter(name=name[:MAX_NAME]).delete()
    Worker.objects.filter(seen_at__lt=now - FADES_AFTER).delete()


def tick(name: str, *, now: datetime) -> None:
    """A worker has got a message from Celery's beat."""
    Worker.objects.filter(name=name[:MAX_NAME]).update(ticked_at=now)


def _counts(rows: GradingQuerySet, of: str) -> dict[str, int]:
    """Each value of a column with how many rows have it."""
    found = rows.values_list(of).annotate(number=Count("pk")).order_by(of)
    return dict(found)


def _lanes(now: datetime) -> tuple[LaneLine, ...]:
    queued = _counts(Grading.objects.queued(), "lane")
    running = _counts(Grading.objects.running(), "lane")
    return tuple(
        LaneLine(
            name=lane.value,
            queued=queued.get(lane, 0),
            running=running.get(lane, 0),
            oldest_seconds=_oldest_seconds(lane, now) if lane in queued else 0.0,
        )
        for lane in Grading.Lane
    )


def _oldest_seconds(lane: str, now: datetime) -> float:
    first = Grading.objects.queued().filter(lane=lane).aggregate(at=Min("requested_at"))["at"]
    return max(0.0, (now - first).total_seconds()) if first else 0.0


def _worker_faults(workers: tuple[WorkerLine, ...]) -> Iterator[str]:
    if not any(worker.is_alive for worker in workers):
        yield "No worker is running, so nothing is graded. Start one: celery -A config worker --pool threads"
    elif not any(worker.is_working for worker in workers):
        yield "Every worker is out of service, so nothing is graded."
    for worker in workers:
        if not worker.is_alive:
            yield (
                f"Worker {worker.name} has given no sign of life for {_time(worker.seen_seconds)}. "
                "What it held is given to others. Start it again if it should be running."
            )
        elif not worker.is_working:
            yield f"Worker {worker.name} has taken itself out of service: {worker.reason}"
        elif worker.reason:
            yield f"Worker {worker.name}: {worker.reason}"


def _beat_faults(rows: list[Worker], now: datetime) -> Iterator[str]:
    alive = [row for row in rows if now - row.seen_at <= SEEN_WITHIN]
    if not any(now - row.started_at > TICK_WITHIN for row in alive):
        return
    ticks = [row.ticked_at for row in rows if row.ticked_at]
    if not ticks or now - max(ticks) > TICK_WITHIN:
        since = f"for {_time((now - max(ticks)).total_seconds())}" if ticks else "yet"
        yield (
            f"No worker has heard of Celery's beat {since}, so workers do what is due by their own clocks. "
            "See that one runs, and that the broker answers: celery -A config beat"
        )


def _lane_faults(lanes: tuple[LaneLine, ...]) -> Iterator[str]:
    for lane in lanes:
        if lane.oldest_seconds > LONGEST_WAIT[Grading.Lane(lane.name)].total_seconds():
            yield (
                f"A grading in lane {lane.name} has waited for {_time(lane.oldest_seconds)}; {lane.queued} "
                "wait there. Add workers or slots, or see why they are slow."
            )


def _time(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"
