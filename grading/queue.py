"""The queue of gradings. With `grading.claims`, the only writer of `Grading.status`, and the door to it.

The row is the job: it is claimed by one conditional update that sets a token, and whoever holds the token may
answer (`grading.claims`) until someone else has claimed the row. So a message that is delivered twice, two
workers on one row, or a worker that comes back from the dead change nothing. A message is only a hint
(`grading.hints`). Who comes first is `grading.turns`' matter, who is dead `grading.leases`'.
"""

import logging
import traceback
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from grading import scoring, turns
from grading.challenge import ChallengePack, Suite
from grading.chances import MAX_TRIES, FirstRun
from grading.claims import (
    Claim,
    find_lost,
    give_back,
    leave,
    let_go,
    note_removed,
    record,
    release,
    renew,
    run_again,
    store_results,
    tell,
)
from grading.expectations import Expected, expect, expected
from grading.hints import announce
from grading.leases import LEASE, Watch
from grading.models import Grading, Pack, Snapshot
from grading.waiting import expected_wait, position

__all__ = [
    "LEASE",
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
    "leave",
    "note_removed",
    "position",
    "record",
    "release",
    "renew",
    "request",
    "requeue_stale",
    "run_again",
    "store_results",
    "withdraw",
]

log = logging.getLogger(__name__)

SLOW_SECONDS = 600.0
"""A run or submission that is allowed more than this goes into the slow lane."""
ANNOUNCE_AGAIN_AFTER_SECONDS = 60.0
ANNOUNCE_AT_ONCE = 20
POISON_AT_ONCE = 20
"""Broken rows that one call of `claim_next` ends before it leaves the rest to the next one."""

SEAT = timedelta(seconds=60)
"""How long after the end of a grading its pod may still be there; what is left then was left by a dead
worker."""

_watch = Watch()


def request(
    *,
    pack: Pack,
    snapshot: Snapshot,
    language: str,
    suite: Suite | str,
    lane: Grading.Lane | str,
    group: str = "",
    owner: str = "",
    seed: int | None = None,
    now: datetime | None = None,
) -> Grading:
    """A new grading in the queue; the workers hear of it when the transaction commits.

    Groups are treated alike, however much each asks for, and so are the owners within a group; of one owner
    one grading runs at a time. `seed` repeats an earlier grading. A run or
    submission that is allowed more than SLOW_SECONDS is put into the slow lane.
    """
    now = now or timezone.now()
    challenge = pack.challenge()
    lane = _lane(Grading.Lane(lane), challenge)
    turn, owner_turn = turns.next_turns(lane, group, owner)
    grading = Grading.objects.create(
        pack=pack,
        snapshot=snapshot,
        language=language,
        suite=Suite(suite).value,
        lane=lane,
        group=group,
        owner=owner,
        turn=turn,
        turn_at=now,
        owner_turn=owner_turn,
        seed=seed,
        max_score=challenge.max_score(Suite(suite)),
        requested_at=now,
        enqueued_at=now,
    )
    announce()
    return grading


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
        let_go(uuid.UUID(str(grading_id)), token, traceback.format_exc(), now)
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
            pk = turns.next_row(patient=patient, starved_first=starved_first, now=now)
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
            let_go(pk, token, traceback.format_exc(), now)
    return None


@transaction.atomic
def withdraw(grading: Grading, *, now: datetime) -> bool:
    """Takes a grading out of the queue, or from the worker that is at it, which then stops. False if it was
    over before.
    """
    ended = {"status": Grading.Status.WITHDRAWN, "token": None, "lease_expires_at": None, "finished_at": now}
    if not Grading.objects.unfinished().filter(pk=grading.pk).update(**ended):
        return False
    grading.results.all().delete()
    for name, value in ended.items():
        setattr(grading, name, value)
    tell(grading.pk)
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
        touched += let_go(pk, token, reason, now)
    before = now - timedelta(seconds=ANNOUNCE_AGAIN_AFTER_SECONDS)
    forgotten = list(Grading.objects.forgotten(before).values_list("pk", flat=True)[:ANNOUNCE_AT_ONCE])
    if forgotten:
        with transaction.atomic():
            touched += Grading.objects.forgotten(before).filter(pk__in=forgotten).update(enqueued_at=now)
            announce()
    Grading.objects.left_behind(now - SEAT).update(seat="")
    return touched


def free(*, workers: Sequence[str], now: datetime) -> int:
    """Queues again what workers held that are known to be gone. How many rows."""
    held = Grading.objects.running().filter(worker__in=workers).values_list("pk", "token", "worker")
    freed = sum(let_go(pk, token, f"worker {worker} is gone", now) for pk, token, worker in list(held))
    Grading.objects.left_behind(now).filter(worker__in=workers).update(seat="")
    return freed


def _lane(lane: Grading.Lane, challenge: ChallengePack) -> Grading.Lane:
    allowed = challenge.limits.run_seconds + challenge.service.start_seconds
    return Grading.Lane.SLOW if lane in turns.URGENT and allowed > SLOW_SECONDS else lane


def _take(pk: uuid.UUID | str, token: uuid.UUID, worker: str, now: datetime) -> bool:
    """False if someone else has it, or another grading of its owner has got the seat a moment ago."""
    try:
        with transaction.atomic():
            taken = (
                Grading.objects.queued()
                .filter(pk=pk)
                .update(
                    status=Grading.Status.RUNNING,
                    seat=F("owner"),
                    token=token,
                    lease_expires_at=now + LEASE,
                    started_at=now,
                    worker=worker[:200],
                )
            )
    except IntegrityError:
        return False
    return bool(taken)


def _claim_of(pk: uuid.UUID | str, token: uuid.UUID) -> Claim:
    grading = Grading.objects.select_related("pack", "snapshot").defer("pack__data").get(pk=pk)
    challenge = grading.pack.challenge()
    tests = challenge.tests(Suite(grading.suite))
    first_run = None
    if grading.tries:
        first_run = FirstRun.read(grading.first_run, (scoring.decide(test, None) for test in tests))
    return Claim(
        grading=grading,
        challenge=challenge,
        files=dict(grading.snapshot.files),
        token=token,
        positions={test.id: place for place, test in enumerate(tests)},
        first_run=first_run,
    )
