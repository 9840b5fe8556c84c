"""The queue of gradings, and the only writer of `Grading.status`.

The row is the job: it is claimed by one conditional update that sets a token and a lease, and whoever holds
the token may answer until someone else has claimed the row. So a message that is delivered twice, or a worker
that comes back from the dead, changes nothing. A message is only a hint; what was lost is announced again by
`requeue_stale`.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import KombuError

from grading import rows
from grading.challenge import ChallengePack, Suite
from grading.models import Grading, Pack, Snapshot, TestResult
from grading.report import SENTENCES, Report, Result, Verdict
from grading.signals import grading_finished

log = logging.getLogger(__name__)

MAX_TRIES = 2
"""Claims that may fail through a fault of ours before the grading ends as `platform_error`."""
LEASE_MARGIN_SECONDS = 180
"""On top of the time that the pack allows: images, services, a busy engine. Renewed with every result."""
ANNOUNCE_AGAIN_AFTER = timedelta(seconds=60)
ANNOUNCE_AT_ONCE = 20

_QUEUES = {Grading.Lane.RUN: "run", Grading.Lane.SUBMIT: "submit", Grading.Lane.REGRADE: "submit"}
_TASK = "grading.tasks.grade"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to grade one row and to answer for it."""

    grading: Grading
    """As it was claimed, with its pack and snapshot."""
    challenge: ChallengePack
    token: uuid.UUID
    lease: timedelta
    positions: dict[str, int] = field(repr=False)
    """Test id to its place in the suite."""

    @property
    def files(self) -> dict[str, str]:
        return dict(self.grading.snapshot.files)

    @property
    def suite(self) -> Suite:
        return Suite(self.grading.suite)


def request(
    *,
    pack: Pack,
    snapshot: Snapshot,
    language: str,
    suite: Suite | str,
    lane: Grading.Lane | str,
    seed: int | None = None,
    now: datetime | None = None,
) -> Grading:
    """A new grading in the queue; the workers hear of it when the transaction commits. `seed` repeats an
    earlier one.
    """
    now = now or timezone.now()
    grading = Grading.objects.create(
        pack=pack,
        snapshot=snapshot,
        language=language,
        suite=Suite(suite).value,
        lane=Grading.Lane(lane),
        seed=seed,
        max_score=pack.challenge().max_score(Suite(suite)),
        requested_at=now,
        enqueued_at=now,
    )
    _announce(grading.id, grading.lane)
    return grading


def claim(grading_id: uuid.UUID | str, *, worker: str, now: datetime) -> Claim | None:
    """The right to grade this row, or None: someone else has it, it is finished, or it does not exist."""
    grading = (
        Grading.objects.select_related("pack", "snapshot").defer("pack__data").filter(pk=grading_id).first()
    )
    if grading is None:
        log.warning("grading %s is asked for and does not exist", grading_id)
        return None
    challenge = grading.pack.challenge()
    token, lease = uuid.uuid4(), _lease(challenge)
    values: dict[str, Any] = {
        "status": Grading.Status.RUNNING,
        "token": token,
        "lease_expires_at": now + lease,
        "started_at": now,
        "worker": worker[:200],
    }
    if not Grading.objects.queued().filter(pk=grading_id).update(**values):
        return None
    for name, value in values.items():
        setattr(grading, name, value)
    positions = {test.id: place for place, test in enumerate(challenge.tests(Suite(grading.suite)))}
    return Claim(grading=grading, challenge=challenge, token=token, lease=lease, positions=positions)


@transaction.atomic
def store_result(claim: Claim, result: Result, *, now: datetime) -> bool:
    """Keeps one test's result while the others still run. False if the claim is no longer good."""
    if not _held(claim).update(lease_expires_at=now + claim.lease):
        return False
    row = rows.result_row(claim.grading.pk, claim.positions, result)
    if row is None:
        return False
    columns = ["outcome", "points", "max_points", "seconds", "message", "detail"]
    TestResult.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["grading", "test_id"], update_fields=columns
    )
    return True


def renew(claim: Claim, *, now: datetime) -> bool:
    """A sign of life. False if the claim is no longer good."""
    return bool(_held(claim).update(lease_expires_at=now + claim.lease))


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


def release(claim: Claim, *, reason: str, now: datetime) -> bool:
    """Gives the grading back after a failure of ours: queued once more, or ended as `platform_error`.

    `reason` is for staff. False if the claim is no longer good.
    """
    return _release(claim.grading.pk, claim.token, reason, now)


def requeue_stale(now: datetime) -> int:
    """Queues again what dead workers held, and announces again what nobody heard of. How many were
    touched.
    """
    touched = 0
    for pk, token, worker in list(Grading.objects.stale(now).values_list("pk", "token", "worker")):
        touched += _release(pk, token, f"worker {worker} did not answer within its lease", now)
    forgotten = Grading.objects.forgotten(now, ANNOUNCE_AGAIN_AFTER).order_by("requested_at")
    for pk, lane in list(forgotten.values_list("pk", "lane")[:ANNOUNCE_AT_ONCE]):
        with transaction.atomic():
            if Grading.objects.forgotten(now, ANNOUNCE_AGAIN_AFTER).filter(pk=pk).update(enqueued_at=now):
                _announce(pk, lane)
                touched += 1
    return touched


def expire_leases(*, workers: Sequence[str], now: datetime) -> int:
    """Ends the leases of workers that are known to be gone, so that `requeue_stale` need not wait for
    them.
    """
    return (
        Grading.objects.running()
        .filter(worker__in=workers)
        .update(lease_expires_at=now - timedelta(seconds=1))
    )


def position(grading: Grading) -> int:
    """How many gradings of its lane are to be taken before it; 0 if it is the next or has been taken."""
    if grading.status != Grading.Status.QUEUED:
        return 0
    return Grading.objects.ahead_of(grading).count()


def _lease(challenge: ChallengePack) -> timedelta:
    allowed = challenge.limits.run_seconds + challenge.service.start_seconds
    return timedelta(seconds=allowed + LEASE_MARGIN_SECONDS)


def _held(claim: Claim) -> Any:
    return Grading.objects.running().filter(pk=claim.grading.pk, token=claim.token)


def _finish(held: Any, now: datetime, **values: Any) -> bool:
    ended = {"status": Grading.Status.FINISHED, "token": None, "lease_expires_at": None, "finished_at": now}
    return bool(held.update(**ended, **values))


@transaction.atomic
def _release(pk: uuid.UUID, token: uuid.UUID | None, reason: str, now: datetime) -> bool:
    held = Grading.objects.running().filter(pk=pk, token=token)
    grading = held.select_for_update().first()
    if grading is None:
        return False
    log.error("grading %s failed on our side (try %d): %s", pk, grading.tries + 1, reason)
    reason = rows.storable(reason)
    if grading.tries + 1 >= MAX_TRIES:
        message = SENTENCES[Verdict.PLATFORM_ERROR]
        _finish(
            held,
            now,
            verdict=Verdict.PLATFORM_ERROR.value,
            message=message,
            score=0,
            judge_log=reason,
            tries=F("tries") + 1,
        )
        _tell(pk)
    else:
        held.update(
            status=Grading.Status.QUEUED,
            token=None,
            lease_expires_at=None,
            started_at=None,
            enqueued_at=now,
            judge_log=reason,
            tries=F("tries") + 1,
        )
        _announce(pk, grading.lane)
    grading.results.all().delete()
    return True


def _replace_results(claim: Claim, results: Sequence[Result]) -> None:
    TestResult.objects.filter(grading_id=claim.grading.pk).delete()
    made = (rows.result_row(claim.grading.pk, claim.positions, result) for result in results)
    TestResult.objects.bulk_create(row for row in made if row is not None)


def _announce(pk: uuid.UUID, lane: str) -> None:
    transaction.on_commit(partial(_send, str(pk), _QUEUES[Grading.Lane(lane)]))


def _send(pk: str, queue: str) -> None:
    try:
        current_app.send_task(_TASK, args=[pk], queue=queue)
    except (KombuError, OSError):
        # The row is there and is announced again later; the request that made it must not fail for this.
        log.exception("the broker does not answer; grading %s waits to be announced again", pk)


def _tell(pk: uuid.UUID) -> None:
    transaction.on_commit(partial(_send_finished, pk))


def _send_finished(pk: uuid.UUID) -> None:
    grading_finished.send_robust(sender=Grading, grading=Grading.objects.get(pk=pk))
