"""A sitting's life: it starts once, and it ends once, at the deadline or when the candidate says so.

What is saved when it ends is handed in by itself, so nobody loses work for want of a click; whether it counts
is said in `assessments.counting`. The server's clock decides, with some seconds of grace for saves. An
attempt is settled (time that we cost the candidate is given back, and one whose time has passed is ended) by
whoever comes first: the worker's timer or the next request.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from assessments import invitations, lost_time, submissions
from assessments.models import Attempt, Event, Invitation, Submission, Work

log = logging.getLogger(__name__)

REASONS = {
    Event.Kind.FINISHED: Submission.Reason.FINISHED,
    Event.Kind.DEADLINE: Submission.Reason.DEADLINE,
}


class CannotStart(Exception):  # noqa: N818 - named for what happened.
    """The invitation does not (or no longer) allow a start."""


class Revoked(CannotStart):
    """It was withdrawn."""


class Expired(CannotStart):
    """Its last moment to start has passed."""


@transaction.atomic
def start(invitation: Invitation, *, now: datetime) -> Attempt:
    """The attempt of this invitation; made, with its works, if need be. Raises Revoked or Expired."""
    locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if locked.revoked_at is not None:
        raise Revoked
    existing = Attempt.objects.filter(invitation=locked).first()
    if existing is not None:
        return existing
    if now >= locked.expires_at:
        raise Expired
    deadline = now + timedelta(minutes=invitations.minutes(locked))
    attempt = Attempt.objects.create(invitation=locked, started_at=now, deadline_at=deadline)
    _create_works(attempt)
    Event.objects.create(invitation=locked, kind=Event.Kind.STARTED, at=now)
    return attempt


def _create_works(attempt: Attempt) -> None:
    items = attempt.assessment.items.select_related("version__pack").defer("version__pack__data")
    Work.objects.bulk_create(
        Work(attempt=attempt, item=item, language=next(iter(item.version.definition.languages)))
        for item in items
    )


@transaction.atomic
def finish(attempt: Attempt, *, now: datetime, edits_count: Collection[int] = ()) -> Attempt:
    """Ends the attempt before its deadline. One that has ended already stays as it is.

    `edits_count` holds the positions of challenges whose unsubmitted edits shall count instead of the last
    submission, because the candidate said so.
    """
    locked = _lock(attempt, now)
    if locked.is_open(now):
        _end(locked, now=now, event=Event.Kind.FINISHED, edits_count=edits_count)
    elif not locked.takes_saves(now) and locked.finished_at is None:
        _end_at_deadline(locked)
    return locked


@transaction.atomic
def settle(attempt: Attempt, *, now: datetime) -> Attempt:
    """Gives back what is owed, then ends the attempt if its deadline and the grace after it have passed. One
    that has ended stays as it is.
    """
    locked = _lock(attempt, now)
    if locked.finished_at is None and not locked.takes_saves(now):
        _end_at_deadline(locked)
    return locked


def settle_due(now: datetime) -> int:
    """Settles every attempt in which something is due, each in its own transaction. How many those were."""
    due = Attempt.objects.overdue(now) | Attempt.objects.running().filter(pk__in=lost_time.owed())
    return sum(_settled(attempt, now) for attempt in list(due))


def _settled(attempt: Attempt, now: datetime) -> bool:
    try:
        settle(attempt, now=now)
    except Exception:  # Whatever is wrong with one attempt: it must not keep the others open.
        log.exception("attempt %s cannot be settled", attempt.pk)
        return False
    return True


def time_left(attempt: Attempt, *, now: datetime) -> timedelta:
    """Until the deadline; zero once the attempt has ended."""
    return attempt.deadline_at - now if attempt.is_open(now) else timedelta(0)


def _lock(attempt: Attempt, now: datetime) -> Attempt:
    """The attempt, read anew while its row is held, with its deadline where it belongs."""
    rows = Attempt.objects.select_for_update(of=("self",)).select_related("invitation__assessment")
    locked = rows.get(pk=attempt.pk)
    if locked.finished_at is None:
        lost_time.give_back(locked, now=now)
    return locked


def _end_at_deadline(attempt: Attempt) -> None:
    # The moment that counts is the deadline, however much later somebody looked.
    _end(attempt, now=attempt.deadline_at, event=Event.Kind.DEADLINE)


def _end(attempt: Attempt, *, now: datetime, event: Event.Kind, edits_count: Collection[int] = ()) -> None:
    submissions.seal(attempt)
    reason = REASONS[event]
    for work in submissions.works(attempt):
        instead = work.item.position in edits_count
        submissions.hand_in_saved(work, now=now, reason=reason, instead=instead)
    attempt.finished_at = now
    attempt.save(update_fields=["finished_at"])
    Event.objects.create(invitation=attempt.invitation, kind=event, at=now)
