"""What may be done with a grading by whoever has claimed it: results, an answer, or giving it back.

Nothing is written unless the token of the claim is still that of the row.
"""

import logging
import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F

from grading import rows
from grading.challenge import ChallengePack, Suite
from grading.chances import MAX_TRIES, FirstRun
from grading.hints import announce
from grading.leases import LEASE
from grading.models import Grading, GradingQuerySet, TestResult
from grading.report import SENTENCES, Report, Result, Verdict
from grading.signals import grading_finished

log = logging.getLogger(__name__)


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
    first_run: FirstRun | None = field(default=None, repr=False)
    """What is known of the run before, if this is the second one."""
    lost: threading.Event = field(default_factory=threading.Event, repr=False)
    """Set once it is known that someone else has the row, or that it was withdrawn."""

    @property
    def suite(self) -> Suite:
        return Suite(self.grading.suite)


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
    tell(claim.grading.pk)
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


def release(claim: Claim, *, reason: str, now: datetime, denied: Mapping[str, Result] | None = None) -> bool:
    """Gives the grading back after a run that came to nothing: queued once more, or ended as
    `platform_error`.

    `reason` is for staff. `denied`: what the run had decided already, where the program may have had a part
    in its end; it stands (see `grading.chances`). False if the claim is no longer good.
    """
    first_run = FirstRun(reason=reason, is_ours=denied is None, denied=denied or {})
    return let_go(claim.grading.pk, claim.token, reason, now, first_run)


def run_again(claim: Claim, first_run: FirstRun, *, now: datetime) -> bool:
    """Uses up the second chance while the claim goes on. False, and `claim.lost` is set, if it is no longer
    good, or there is no chance left.
    """
    rest = _held(claim).filter(tries__lt=MAX_TRIES - 1)
    if rest.update(
        tries=F("tries") + 1, first_run=rows.storable_json(first_run.stored()), lease_expires_at=now + LEASE
    ):
        return True
    claim.lost.set()
    return False


def leave(claim: Claim) -> None:
    """Its pod is gone: the next grading of the same owner may begin."""
    ours = Grading.objects.seated().filter(pk=claim.grading.pk, worker=claim.grading.worker)
    if ours.exclude(status=Grading.Status.RUNNING).update(seat=""):
        announce()


@transaction.atomic
def give_back(claim: Claim, *, reason: str, now: datetime) -> bool:
    """Queues the grading again as if nobody had claimed it: the worker is unfit, not the grading.

    False if the claim is no longer good.
    """
    log.warning("grading %s goes back to the queue: %s", claim.grading.pk, rows.storable(reason))
    if not _held(claim).update(**_queued_again(now), judge_log=rows.storable(reason)):
        return False
    claim.grading.results.all().delete()
    announce()
    return True


@transaction.atomic
def let_go(
    pk: uuid.UUID, token: uuid.UUID | None, reason: str, now: datetime, first_run: FirstRun | None = None
) -> bool:
    """As `release`, for those who have no `Claim`: the row cannot be read, or its worker has vanished."""
    held = Grading.objects.running().filter(pk=pk, token=token)
    grading = held.select_for_update().only("tries").first()
    if grading is None:
        return False
    log.error("grading %s came to nothing (run %d): %s", pk, grading.tries + 1, rows.storable(reason))
    counted = {"tries": grading.tries + 1, "judge_log": rows.storable(reason)}
    if grading.tries + 1 >= MAX_TRIES:
        verdict = Verdict.PLATFORM_ERROR
        _finish(held, now, verdict=verdict.value, message=SENTENCES[verdict], score=0, seat="", **counted)
        tell(pk)
    else:
        stored = rows.storable_json((first_run or FirstRun(reason=reason)).stored())
        held.update(**_queued_again(now), **counted, first_run=stored)
        announce()
    grading.results.all().delete()
    return True


def tell(pk: uuid.UUID) -> None:
    """Sends `grading_finished` when the transaction commits."""
    transaction.on_commit(partial(_send_finished, pk))


def _held(claim: Claim) -> GradingQuerySet:
    return Grading.objects.running().filter(pk=claim.grading.pk, token=claim.token)


def _finish(held: GradingQuerySet, now: datetime, **values: Any) -> bool:
    ended = {"status": Grading.Status.FINISHED, "token": None, "lease_expires_at": None, "finished_at": now}
    return bool(held.update(**ended, **values))


def _queued_again(now: datetime) -> dict[str, Any]:
    return {
        "status": Grading.Status.QUEUED,
        "token": None,
        "lease_expires_at": None,
        "seat": "",
        "started_at": None,
        "enqueued_at": now,
    }


def _replace_results(claim: Claim, results: Sequence[Result]) -> None:
    TestResult.objects.filter(grading_id=claim.grading.pk).delete()
    made = (rows.result_row(claim.grading.pk, claim.positions, result) for result in results)
    TestResult.objects.bulk_create(row for row in made if row is not None)


def _send_finished(pk: uuid.UUID) -> None:
    grading = Grading.objects.filter(pk=pk).first()
    if grading is not None:  # It may be erased by now.
        grading_finished.send_robust(sender=Grading, grading=grading)
