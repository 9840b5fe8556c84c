"""What a candidate saves, runs and hands in. Each function is one transaction that holds the attempt's row,
but for saves, which come often and are one statement.

Only what is saved is run or handed in, so there is one state to reason about. Times are the server's: what
arrives at or after the deadline is refused with `Closed`, except for saves, which have some seconds more.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import F, QuerySet

from assessments import allowance, counting, saves
from assessments.models import Attempt, Event, Submission, VisibleRun, Work
from grading import files as submitted_files
from grading import queue
from grading.challenge import Suite
from grading.errors import RejectedUpload
from grading.models import Grading, Snapshot

Request = TypeVar("Request", VisibleRun, Submission)

RATE_WINDOW = timedelta(minutes=1)
RUNS_PER_WINDOW = 8
SUBMISSIONS_PER_WINDOW = 5


class Refused(Exception):  # noqa: N818 - named for what happened.
    """The sitting does not allow this now. `message` is for the candidate."""

    message = "This is not possible now."


class Closed(Refused):
    """The sitting has ended."""

    message = "The time is up or you have finished; what was saved before is handed in."


class Conflict(Refused):
    """Saved meanwhile in another window; `revision` and `files` are what is there."""

    message = "This challenge was changed in another window."

    def __init__(self, work: Work, language: str) -> None:
        self.revision, self.files = work.revision, saved(work, language)
        super().__init__(self.message)


class Busy(Refused):
    """The last submission is still being graded."""

    message = "Your last submission is still being graded; submit again when its result is there."


class UsedUp(Refused):
    """The candidate has made every submission of this challenge that the assessment allows."""

    def __init__(self, most: int) -> None:
        self.message = (
            f"You have made all {most} submissions of this challenge that this assessment allows. "
            "The last one counts; what you save from now on is handed in beside it at the end."
        )
        super().__init__(self.message)


class Decided(Refused):
    """It cannot be withdrawn any more."""

    message = "It was finished before it could be withdrawn; its result is there."


class TooMany(Refused):
    """More runs, submissions or saves than a person makes."""

    def __init__(self, what: str, retry_seconds: int) -> None:
        self.message = (
            f"These were many {what} within a minute. Wait {retry_seconds} seconds, then try again."
        )
        self.retry_seconds = retry_seconds
        super().__init__(self.message)


def works(attempt: Attempt) -> QuerySet[Work]:
    """The works of an attempt in order, with their packs' rows (not the packs' bytes)."""
    rows = Work.objects.select_related("item__version__pack", "attempt__invitation")
    return rows.defer("item__version__pack__data").filter(attempt=attempt)


def saved(work: Work, language: str) -> dict[str, str]:
    """The files as the candidate left them in this language; the starter's before the first save."""
    if language in work.drafts:
        return dict(work.drafts[language])
    return submitted_files.starter(work.item.version.definition, language)


def save(
    work: Work,
    language: str,
    files: Mapping[str, str],
    revision: int,
    *,
    now: datetime,
    stamp: saves.Stamp = saves.UNSTAMPED,
) -> Work:
    """Stores the whole draft of one language and makes that language the chosen one.

    Raises Closed, RejectedUpload, TooMany, or Conflict when what is stored was not known to the sender (see
    `saves.follows`). What is stored already (its answer was lost) is accepted without a new revision.

    Editors save many times a minute, so this is one conditional statement and holds nothing: it stores if
    nobody has stored since the work was read, and a sitting that ends counts as somebody (`seal`).
    """
    current = work if work.revision == revision else _read_anew(work)
    while True:
        if not current.attempt.takes_saves(now):
            raise Closed
        if saves.is_known(current, stamp):
            return current
        cleaned = submitted_files.draft(files, current.item.version.definition, language)
        is_there = current.language == language and current.drafts.get(language) == cleaned
        if is_there and revision <= current.revision:
            return current
        if not saves.follows(current, revision, stamp):
            raise Conflict(current, language)
        if seconds := saves.wait(current, cleaned, now):
            raise TooMany("saves", seconds)
        drafts = {**current.drafts, language: cleaned}
        if _stored(current, now, stamp, language=language, drafts=drafts):
            return current
        current = _read_anew(work)


def seal(attempt: Attempt) -> None:
    """From here on no save under way is stored. The caller holds the attempt's row and ends the sitting."""
    Work.objects.filter(attempt=attempt).update(revision=F("revision") + 1)


@transaction.atomic
def choose_language(work: Work, language: str, *, now: datetime) -> Work:
    """Chooses another language; each keeps its draft. Raises Closed or RejectedUpload."""
    locked = _lock(work, now)
    offered = locked.item.version.definition.languages
    if language not in offered:
        raise RejectedUpload(f"This challenge can be solved in {', '.join(offered)} only.")
    if locked.language != language and not _stored(locked, now, saves.UNSTAMPED, language=language):
        raise Conflict(_read_anew(locked), language)
    return locked


def _stored(work: Work, now: datetime, stamp: saves.Stamp, **values: object) -> bool:
    """Whether the work was still what was read, and has these values now."""
    values |= {"revision": work.revision + 1, "saved_at": now, "saving_paid_until": work.saving_paid_until}
    values |= {"saved_by": stamp.page, "saved_number": stamp.number}
    if not Work.objects.filter(pk=work.pk, revision=work.revision).update(**values):
        return False
    for name, value in values.items():
        setattr(work, name, value)
    return True


def _read_anew(work: Work) -> Work:
    return Work.objects.for_saving().get(pk=work.pk)


@transaction.atomic
def run_visible(work: Work, *, now: datetime, revision: int | None = None) -> VisibleRun:
    """Requests a run of the visible tests on what is saved; the open run, if there is one.

    Raises Closed, Conflict, TooMany or RejectedUpload.
    """
    locked = _lock(work, now)
    _check_revision(locked, revision)
    unfinished = _unfinished(locked.runs.all()).first()
    if unfinished is not None:
        return unfinished
    _check_rate(locked.runs.all(), RUNS_PER_WINDOW, "runs", now)
    snapshot = Snapshot.store(_files(locked, locked.language))
    grading = _request(locked, locked.language, snapshot, Suite.VISIBLE)
    _record(locked, Event.Kind.RUN, now)
    return VisibleRun.objects.create(work=locked, grading=grading, created_at=now)


@transaction.atomic
def submit(
    work: Work,
    *,
    now: datetime,
    reason: Submission.Reason = Submission.Reason.SUBMITTED,
    revision: int | None = None,
) -> Submission:
    """Hands in what is saved. The same files while their grading is open are the same submission.

    Raises Closed, Conflict, Busy, UsedUp, TooMany or RejectedUpload.
    """
    locked = _lock(work, now)
    _check_revision(locked, revision)
    snapshot = Snapshot.store(_files(locked, locked.language))
    unfinished = _unfinished(locked.submissions.all()).first()
    if unfinished is not None:
        if (unfinished.snapshot_id, unfinished.language) == (snapshot.pk, locked.language):
            return unfinished
        raise Busy
    if allowance.left(locked) == 0:
        raise UsedUp(locked.attempt.assessment.submissions_each)
    _check_rate(locked.submissions.all(), SUBMISSIONS_PER_WINDOW, "submissions", now)
    return _hand_in(locked, locked.language, snapshot, reason, now, counts=True)


@transaction.atomic
def withdraw_run(work: Work, *, now: datetime) -> VisibleRun:
    """Ends the run that is queued or running. Raises Closed, or Decided if there is none."""
    locked = _lock(work, now)
    run = _unfinished(locked.runs.select_related("grading")).first()
    if run is None or not queue.withdraw(run.grading, now=now):
        raise Decided
    return run


@transaction.atomic
def withdraw(submission: Submission, *, now: datetime) -> Submission:
    """Takes back a submission that is not graded yet: it does not count. Twice is as once.

    Raises Closed, or Decided once it is graded.
    """
    locked = _lock(submission.work, now)
    grading = Grading.objects.get(submission=submission)
    if grading.status == Grading.Status.WITHDRAWN:
        return submission
    if not queue.withdraw(grading, now=now):
        raise Decided
    counting.decide_again(locked)
    _record(locked, Event.Kind.WITHDRAWN, now, f", number {submission.number}")
    return submission


def hand_in_saved(
    work: Work, *, now: datetime, reason: Submission.Reason, instead: bool = False
) -> Submission | None:
    """Hands in what is saved when the sitting ends, unless it is untouched, unfit or what counts already.

    It counts if nothing else does, or `instead` of what does. The caller holds the attempt's row.
    """
    pending = _unsubmitted(work)
    if pending is None:
        return None
    language, files = pending
    counts = instead or counting.counting(work) is None
    return _hand_in(work, language, Snapshot.store(files), reason, now, counts=counts)


def has_unsubmitted(work: Work) -> bool:
    """Whether something is saved that would be handed in if the sitting ended now."""
    return _unsubmitted(work) is not None


def _unsubmitted(work: Work) -> tuple[str, dict[str, str]] | None:
    """The language and files that were saved and are not what counts already. Of withdrawn submissions, none
    counts: what was withdrawn and is still saved is handed in.
    """
    last = counting.counting(work)
    for language in _languages_to_hand_in(work, is_first=last is None):
        try:
            files = _files(work, language)
        except RejectedUpload:
            continue  # An empty draft: there is nothing to hand in.
        if last is None or (last.language, last.snapshot.files) != (language, files):
            return language, files
    return None


def _languages_to_hand_in(work: Work, *, is_first: bool) -> list[str]:
    """The chosen language if it was worked in. Someone who only looked at another language at the end, and
    never handed in anything, still hands in what they wrote before.
    """
    definition = work.item.version.definition
    touched = [
        language
        for language, draft in work.drafts.items()
        if draft != submitted_files.starter(definition, language)
    ]
    if work.language in touched:
        return [work.language]
    return sorted(touched) if is_first else []


def _hand_in(
    work: Work,
    language: str,
    snapshot: Snapshot,
    reason: Submission.Reason,
    now: datetime,
    *,
    counts: bool,
) -> Submission:
    last = work.submissions.first()
    if counts:
        counting.clear(work)
    submission = Submission.objects.create(
        work=work,
        number=last.number + 1 if last else 1,
        language=language,
        snapshot=snapshot,
        grading=_request(work, language, snapshot, Suite.HIDDEN),
        reason=reason,
        counts=counts,
        created_at=now,
    )
    is_asked = reason == Submission.Reason.SUBMITTED
    kind = Event.Kind.SUBMITTED if is_asked else Event.Kind.HANDED_IN
    _record(work, kind, now, f", number {submission.number}{'' if counts else ', beside what counts'}")
    return submission


def _request(work: Work, language: str, snapshot: Snapshot, suite: Suite) -> Grading:
    lane = Grading.Lane.SUBMIT if suite is Suite.HIDDEN else Grading.Lane.RUN
    return queue.request(
        pack=work.item.version.pack,
        snapshot=snapshot,
        language=language,
        suite=suite,
        lane=lane,
        group=str(work.attempt.invitation.assessment_id),
        owner=str(work.attempt_id),
    )


def _unfinished(rows: QuerySet[Request]) -> QuerySet[Request]:
    return rows.filter(grading__in=Grading.objects.unfinished())


def _files(work: Work, language: str) -> dict[str, str]:
    """What is saved, as it would be handed in. Raises RejectedUpload."""
    return submitted_files.clean(saved(work, language), work.item.version.definition, language)


def _lock(work: Work, now: datetime) -> Work:
    """The work, read anew while its row and the attempt's are held: two requests at once come one after the
    other.
    """
    attempt = Attempt.objects.select_for_update().get(pk=work.attempt_id)
    if not attempt.is_open(now):
        raise Closed
    return works(attempt).select_for_update(of=("self",)).get(pk=work.pk)


def _check_revision(work: Work, revision: int | None) -> None:
    if revision is not None and revision != work.revision:
        raise Conflict(work, work.language)


def _check_rate(
    rows: QuerySet[VisibleRun] | QuerySet[Submission], limit: int, what: str, now: datetime
) -> None:
    recent = list(rows.filter(created_at__gt=now - RATE_WINDOW).values_list("created_at", flat=True))
    if len(recent) >= limit:
        free_at = min(recent) + RATE_WINDOW
        raise TooMany(what, max(1, round((free_at - now).total_seconds())))


def _record(work: Work, kind: Event.Kind, now: datetime, more: str = "") -> None:
    detail = f"{work.item.version.title}{more}"[:300]
    Event.objects.create(invitation=work.attempt.invitation, kind=kind, detail=detail, at=now)
