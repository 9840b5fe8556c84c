"""The queue of gradings, and the only writer of `Grading.status`.

The row is the job: it is claimed by one conditional update that sets a token, and whoever holds the token may
answer until someone else has claimed the row. So a message that is delivered twice, two workers on one row,
or a worker that comes back from the dead change nothing. A message is only a hint that there is something to
do. Who comes first is `grading.turns`' matter, who is dead `grading.leases`'.
"""

import logging
import threading
import traceback
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import KombuError

from grading import rows, turns
from grading.challenge import ChallengePack, Suite
from grading.expectations import Expected, expect, expected
from grading.leases import LEASE, Watch
from grading.models import Grading, Pack, Snapshot, TestResult
from grading.report import SENTENCES, Report, Result, Verdict
from grading.signals import grading_finished
from grading.waiting import expected_wait, position

__all__ = [
    "LEASE",
    "MAX_LOSSES",
    "MAX_TRIES",
    "Claim",
    "Expected",
    "announce",
    "claim",
    "claim_next",
    "expect",
    "expected",
    "expected_wait",
    "find_lost",
    "free",
    "give_back",
    "note_removed",
    "position",
    "record",
    "release",
    "renew",
    "request",
    "requeue_stale",
    "store_results",
    "withdraw",
]

log = logging.getLogger(__name__)

MAX_TRIES = 2
"""Gradings that may fail through a fault of ours before it ends as `platform_error`."""
MAX_LOSSES = 3
"""Workers that may vanish over one grading before it ends as `platform_error`: it must not take them all."""
SLOW_SECONDS = 600.0
"""A run or submission that is allowed more than this goes into the slow lane."""
ANNOUNCE_AGAIN_AFTER_SECONDS = 60.0
ANNOUNCE_AT_ONCE = 20
POISON_AT_ONCE = 20
"""Broken rows that one call of `claim_next` ends before it leaves the rest to the next one."""
HINT_SECONDS = 300
"""A hint that nobody took for so long says nothing any more."""
HINTS = "gradings"
"""The Celery queue of hints."""

_TASK = "grading.tasks.work"

_watch = Watch()


@dataclass(frozen=True, kw_only=True, eq=False)
class Claim:
    """The right to grade one row and to answer for it."""

    grading: Grading
    """As it was claimed, with its pack and snapshot."""
    challenge: ChallengePack
    files: dict[str, str] = field(repr=False)
    token: uuid.UUID
    positions: dict[str, int] = field(repr=False)
    """Test id to its place in the suite."""
    lost: threading.Event = field(default_factory=threading.Event, repr=False)
    """Set once it is known that someone else has the row, or that it was withdrawn."""

    @property
    def suite(self) -> Suite:
        return Suite(self.grading.suite)

    @property
    def failures(self) -> int:
        """How often grading it has failed on our side, vanished workers aside."""
        return self.grading.tries - self.grading.losses


def request(
    *,
    pack: Pack,
    snapshot: Snapshot,
    language: str,
    suite: Suite | str,
    lane: Grading.Lane | str,
    group: str = "",
    seed: int | None = None,
    now: datetime | None = None,
) -> Grading:
    """A new grading in the queue; the workers hear of it when the transaction commits.

    Groups are treated alike, however much each asks for. `seed` repeats an earlier grading. A run or
    submission that is allowed more than SLOW_SECONDS is put into the slow lane.
    """
    now = now or timezone.now()
    challenge = pack.challenge()
    lane = _lane(Grading.Lane(lane), challenge)
    grading = Grading.objects.create(
        pack=pack,
        snapshot=snapshot,
        language=language,
        suite=Suite(suite).value,
        lane=lane,
        group=group,
        turn=turns.next_turn(lane, group),
        seed=seed,
        max_score=challenge.max_score(Suite(suite)),
        requested_at=now,
        enqueued_at=now,
    )
    announce()
    return grading


def announce() -> None:
    """Tells the workers, when the transaction commits, that there is something to take."""
    transaction.on_commit(_send_hint)


def claim(grading_id: uuid.UUID | str, *, worker: str, now: datetime) -> Claim | None:
    """The right to grade this row, or None: someone else has it, it is over, or it does not exist.

    A row that cannot even be read (a broken pack) counts as a failure of ours and is nobody's.
    """
    token = uuid.uuid4()
    if not _take(grading_id, token, worker, now):
        return None
    try:
        return _claim_of(grading_id, token)
    except Exception:  # Whatever is wrong with the row: it must not stop those behind it.
        log.exception("grading %s cannot be read", grading_id)
        _release(uuid.UUID(str(grading_id)), token, traceback.format_exc(), now)
        return None


def claim_next(
    *, worker: str, now: datetime, patient: bool = True, starved_first: bool = False
) -> Claim | None:
    """The right to grade the row whose turn it is, or None if there is nothing to take.

    `patient`: slow gradings and regrades may be taken too. `starved_first`: those that have waited for too
    long go first. Claimers at the same time take different rows.
    """
    for _ in range(POISON_AT_ONCE):
        with transaction.atomic():
            pk = _next_row(patient=patient, starved_first=starved_first, now=now)
            token = uuid.uuid4()
            taken = pk is not None and _take(pk, token, worker, now)
        if pk is None:
            return None
        if not taken:
            continue
        try:
            return _claim_of(pk, token)
        except Exception:  # As in `claim`.
            log.exception("grading %s cannot be read", pk)
            _release(pk, token, traceback.format_exc(), now)
    return None


@transaction.atomic
def store_results(claim: Claim, results: Iterable[Result], *, now: datetime) -> bool:
    """Keeps some tests' results while others still run. False if the claim is no longer good."""
    if not renew(claim, now=now):
        return False
    made = {result.id: rows.result_row(claim.grading.pk, claim.positions, result) for result in results}
    columns = ["outcome", "points", "max_points", "seconds", "message", "detail"]
    TestResult.objects.bulk_create(
        [row for row in made.values() if row is not None],
        update_conflicts=True,
        unique_fields=["grading", "test_id"],
        update_fields=columns,
    )
    return True


def renew(claim: Claim, *, now: datetime) -> bool:
    """A sign of life. False, and `claim.lost` is set, if the claim is no longer good."""
    if _held(claim).update(lease_expires_at=now + LEASE):
        return True
    claim.lost.set()
    return False


def find_lost(claims: Iterable[Claim]) -> None:
    """Sets `lost` for those that are no longer good."""
    known = {claim.token: claim for claim in claims}
    good = set(Grading.objects.running().filter(token__in=known).values_list("token", flat=True))
    for token, claim in known.items():
        if token not in good:
            claim.lost.set()


@transaction.atomic
def record(claim: Claim, report: Report, *, now: datetime) -> bool:
    """Finishes the grading with its report. False, and nothing changes, if the claim is no longer good."""
    started_at = claim.grading.started_at or now
    queued_seconds = (started_at - claim.grading.requested_at).total_seconds()
    phases = {name: queued_seconds + seconds for name, seconds in report.phases.items()}
    finished = _finish(
        _held(claim),
        now,
        verdict=report.verdict.value,
        message=rows.storable(report.message, rows.MESSAGE_CHARACTERS),
        score=report.score,
        max_score=report.max_score,
        skills={slug: list(points) for slug, points in report.skills.items()},
        phases={**phases, "queued": queued_seconds},
        digests=dict(report.digests),
        seed=report.seed,
        log=rows.storable(report.log),
        judge_log=rows.storable(report.judge_log),
        limits=dict(vars(claim.challenge.limits)),
    )
    if not finished:
        return False
    _replace_results(claim, report.results)
    _tell(claim.grading.pk)
    return True


def note_removed(claim: Claim, seconds: float, *, log: str | None = None) -> None:
    """Adds to a finished grading when its pod was gone, in seconds since the grading began, and the whole of
    what the program wrote.

    These are the things that are learned only after the result was stored.
    """
    words = {} if log is None else {"log": rows.storable(log)}
    with transaction.atomic():
        finished = Grading.objects.finished().select_for_update().filter(pk=claim.grading.pk)
        for phases in finished.values_list("phases", flat=True):
            finished.update(phases={**phases, "removed": phases.get("queued", 0.0) + seconds}, **words)


def release(claim: Claim, *, reason: str, now: datetime) -> bool:
    """Gives the grading back after a failure of ours: queued once more, or ended as `platform_error`.

    `reason` is for staff. False if the claim is no longer good.
    """
    return _release(claim.grading.pk, claim.token, reason, now)


@transaction.atomic
def give_back(claim: Claim, *, reason: str, now: datetime) -> bool:
    """Queues the grading again as if nobody had claimed it: the worker is unfit, not the grading.

    False if the claim is no longer good.
    """
    log.warning("grading %s goes back to the queue: %s", claim.grading.pk, reason)
    if not _held(claim).update(**_queued_again(now), judge_log=rows.storable(reason)):
        return False
    claim.grading.results.all().delete()
    announce()
    return True


@transaction.atomic
def withdraw(grading: Grading, *, now: datetime) -> bool:
    """Takes a grading out of the queue, or from the worker that is at it. False if it was over before."""
    ended = {"status": Grading.Status.WITHDRAWN, "token": None, "lease_expires_at": None, "finished_at": now}
    if not Grading.objects.unfinished().filter(pk=grading.pk).update(**ended):
        return False
    grading.results.all().delete()
    for name, value in ended.items():
        setattr(grading, name, value)
    _tell(grading.pk)
    return True


def requeue_stale(now: datetime, watch: Watch = _watch) -> int:
    """Queues again what dead workers hold, and announces again what nobody heard of. How many were
    touched.

    A worker counts as dead when `watch` has seen no sign of life for a lease.
    """
    touched = 0
    running = Grading.objects.running().values_list("pk", "token", "lease_expires_at", "worker")
    held = {pk: (token, lease, worker) for pk, token, lease, worker in running}
    for pk, token in watch.silent((pk, (token, lease)) for pk, (token, lease, _) in held.items()):
        reason = f"worker {held[pk][2]} gave no sign of life for {LEASE.total_seconds():g} s"
        touched += _release(pk, token, reason, now, lost=True)
    before = now - timedelta(seconds=ANNOUNCE_AGAIN_AFTER_SECONDS)
    forgotten = list(Grading.objects.forgotten(before).values_list("pk", flat=True)[:ANNOUNCE_AT_ONCE])
    if forgotten:
        with transaction.atomic():
            touched += Grading.objects.forgotten(before).filter(pk__in=forgotten).update(enqueued_at=now)
            announce()
    return touched


def free(*, workers: Sequence[str], now: datetime) -> int:
    """Queues again what workers held that are known to be gone. How many rows."""
    held = Grading.objects.running().filter(worker__in=workers).values_list("pk", "token", "worker")
    return sum(
        _release(pk, token, f"worker {worker} is gone", now, lost=True) for pk, token, worker in list(held)
    )


def _lane(lane: Grading.Lane, challenge: ChallengePack) -> Grading.Lane:
    allowed = challenge.limits.run_seconds + challenge.service.start_seconds
    return Grading.Lane.SLOW if lane in turns.URGENT and allowed > SLOW_SECONDS else lane


def _next_row(*, patient: bool, starved_first: bool, now: datetime) -> uuid.UUID | None:
    """The next row that nobody else is claiming at this moment."""
    for lane in turns.lanes_in_order(patient=patient, starved_first=starved_first, now=now):
        queued = Grading.objects.queued().filter(lane=lane).by_turn().select_for_update(skip_locked=True)
        for pk in queued.values_list("pk", flat=True)[:1]:
            return pk
    return None


def _take(pk: uuid.UUID | str, token: uuid.UUID, worker: str, now: datetime) -> bool:
    return bool(
        Grading.objects.queued()
        .filter(pk=pk)
        .update(
            status=Grading.Status.RUNNING,
            token=token,
            lease_expires_at=now + LEASE,
            started_at=now,
            worker=worker[:200],
        )
    )


def _claim_of(pk: uuid.UUID | str, token: uuid.UUID) -> Claim:
    grading = Grading.objects.select_related("pack", "snapshot").defer("pack__data").get(pk=pk)
    challenge = grading.pack.challenge()
    positions = {test.id: place for place, test in enumerate(challenge.tests(Suite(grading.suite)))}
    files = dict(grading.snapshot.files)
    return Claim(grading=grading, challenge=challenge, files=files, token=token, positions=positions)


def _held(claim: Claim) -> Any:
    return Grading.objects.running().filter(pk=claim.grading.pk, token=claim.token)


def _finish(held: Any, now: datetime, **values: Any) -> bool:
    ended = {"status": Grading.Status.FINISHED, "token": None, "lease_expires_at": None, "finished_at": now}
    return bool(held.update(**ended, **values))


@transaction.atomic
def _release(
    pk: uuid.UUID, token: uuid.UUID | None, reason: str, now: datetime, *, lost: bool = False
) -> bool:
    held = Grading.objects.running().filter(pk=pk, token=token)
    grading = held.select_for_update().only("tries", "losses").first()
    if grading is None:
        return False
    log.error("grading %s failed on our side (try %d): %s", pk, grading.tries + 1, reason)
    counted = {
        "tries": F("tries") + 1,
        "losses": F("losses") + int(lost),
        "judge_log": rows.storable(reason),
    }
    losses, failures = grading.losses + lost, grading.tries - grading.losses + (not lost)
    if losses >= MAX_LOSSES or failures >= MAX_TRIES:
        verdict = Verdict.PLATFORM_ERROR
        _finish(held, now, verdict=verdict.value, message=SENTENCES[verdict], score=0, **counted)
        _tell(pk)
    else:
        held.update(**_queued_again(now), **counted)
        announce()
    grading.results.all().delete()
    return True


def _queued_again(now: datetime) -> dict[str, Any]:
    return {
        "status": Grading.Status.QUEUED,
        "token": None,
        "lease_expires_at": None,
        "started_at": None,
        "enqueued_at": now,
    }


def _replace_results(claim: Claim, results: Sequence[Result]) -> None:
    TestResult.objects.filter(grading_id=claim.grading.pk).delete()
    made = (rows.result_row(claim.grading.pk, claim.positions, result) for result in results)
    TestResult.objects.bulk_create(row for row in made if row is not None)


def _send_hint() -> None:
    try:
        current_app.send_task(_TASK, queue=HINTS, expires=HINT_SECONDS)
    except (KombuError, OSError):
        # The row is there and workers look by themselves; the request that made it must not fail for this.
        log.exception("the broker does not answer; the workers will find the grading without a hint")


def _tell(pk: uuid.UUID) -> None:
    transaction.on_commit(partial(_send_finished, pk))


def _send_finished(pk: uuid.UUID) -> None:
    grading_finished.send_robust(sender=Grading, grading=Grading.objects.get(pk=pk))
