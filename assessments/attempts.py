"""A sitting's life: it starts once, and it ends once, at the deadline or when the candidate says so.

What is saved when it ends is handed in by itself, so nobody loses work for want of a click. The server's
clock decides; an attempt whose deadline has passed is closed by whoever comes first: the worker's timer or
the next request.
"""

from datetime import datetime, timedelta

from django.db import transaction

from assessments import invitations, submissions
from assessments.models import Attempt, Event, Invitation, Submission, Work


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
def finish(attempt: Attempt, *, now: datetime) -> Attempt:
    """Ends the attempt before its deadline. One that has ended already stays as it is."""
    locked = _lock(attempt)
    if locked.is_open(now):
        _end(locked, now=now, reason=Submission.Reason.FINISHED, event=Event.Kind.FINISHED)
    elif locked.finished_at is None:
        _end_at_deadline(locked)
    return locked


@transaction.atomic
def close(attempt: Attempt, *, now: datetime) -> Attempt:
    """Ends the attempt if its deadline has passed; otherwise, or if it has ended, it stays as it is."""
    locked = _lock(attempt)
    if locked.finished_at is None and not locked.is_open(now):
        _end_at_deadline(locked)
    return locked


def close_overdue(now: datetime) -> int:
    """Closes every attempt whose deadline has passed, each in its own transaction. How many those were."""
    overdue = list(Attempt.objects.overdue(now))
    for attempt in overdue:
        close(attempt, now=now)
    return len(overdue)


def time_left(attempt: Attempt, *, now: datetime) -> timedelta:
    """Until the deadline; zero once the attempt has ended."""
    return attempt.deadline_at - now if attempt.is_open(now) else timedelta(0)


def _lock(attempt: Attempt) -> Attempt:
    rows = Attempt.objects.select_for_update(of=("self",)).select_related("invitation__assessment")
    return rows.get(pk=attempt.pk)


def _end_at_deadline(attempt: Attempt) -> None:
    # The moment that counts is the deadline, however much later somebody looked.
    _end(attempt, now=attempt.deadline_at, reason=Submission.Reason.DEADLINE, event=Event.Kind.DEADLINE)


def _end(attempt: Attempt, *, now: datetime, reason: Submission.Reason, event: Event.Kind) -> None:
    for work in submissions.works(attempt):
        submissions.hand_in_saved(work, now=now, reason=reason)
    attempt.finished_at = now
    attempt.save(update_fields=["finished_at"])
    Event.objects.create(invitation=attempt.invitation, kind=event, at=now)
