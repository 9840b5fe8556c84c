"""Time that a failure of ours cost a candidate, and how it is given back.

A run or submission that ends as `platform_error` while the sitting lasts moves the deadline by the time from
its request to its answer, and by no more: what two gradings lost at the same time is given back once. A
sitting that has ended stays so.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Min, Q, QuerySet, Sum

from assessments.models import Attempt, Event, LostTime, Submission, VisibleRun
from grading.report import Verdict

Made = Submission | VisibleRun
Span = tuple[datetime, datetime]
NOTHING = timedelta()


def owed() -> set[UUID]:
    """The running attempts in which a grading failed on our side that is not made up for yet."""
    since = Attempt.objects.running().aggregate(first=Min("started_at"))["first"]
    if since is None:
        return set()
    submissions, runs = _failed(Q(work__attempt__finished_at__isnull=True), since=since)
    attempt = "work__attempt_id"
    return {*submissions.values_list(attempt, flat=True), *runs.values_list(attempt, flat=True)}


def give_back(attempt: Attempt, *, now: datetime) -> None:
    """Moves the deadline by what is owed. The caller holds the attempt's row, and the attempt has not
    ended.
    """
    submissions, runs = _failed(Q(work__attempt=attempt), since=attempt.started_at)
    failures: list[Made] = [*submissions, *runs]
    for made in sorted(failures, key=lambda made: _span(made)[1]):
        began_at, ended_at = _span(made)
        if ended_at >= attempt.deadline_at:
            return  # The sitting was over before this was answered.
        before = list(attempt.lost_times.values_list("began_at", "ended_at"))
        given = _covered([*before, (began_at, ended_at)]) - _covered(before)
        LostTime.objects.create(
            attempt=attempt, grading=made.grading, began_at=began_at, ended_at=ended_at, given_back=given
        )
        attempt.deadline_at += given
        attempt.save(update_fields=["deadline_at"])
        _record(attempt, made, given, now)


def total(attempt: Attempt) -> timedelta:
    """All that was given back in this attempt."""
    return attempt.lost_times.aggregate(total=Sum("given_back"))["total"] or NOTHING


def _failed(of: Q, *, since: datetime) -> tuple[QuerySet[Submission], QuerySet[VisibleRun]]:
    """What failed on our side and is not made up for. `since` keeps the databases to an index's end."""
    failed = of & Q(grading__verdict=Verdict.PLATFORM_ERROR.value, grading__requested_at__gte=since)
    failed &= Q(grading__lost_time__isnull=True)
    along = "grading", "work__item__version"
    return (
        Submission.objects.filter(failed).select_related(*along).order_by(),
        VisibleRun.objects.filter(failed).select_related(*along).order_by(),
    )


def _span(made: Made) -> Span:
    """From the request to the answer. The clocks of two machines may differ."""
    asked, answered = made.grading.requested_at, made.grading.finished_at
    return asked, max(asked, answered or asked)


def _covered(spans: Iterable[Span]) -> timedelta:
    """How much time lies in any of the spans."""
    covered, until = NOTHING, None
    for began_at, ended_at in sorted(spans):
        start = began_at if until is None else max(began_at, until)
        if ended_at > start:
            covered, until = covered + (ended_at - start), ended_at
    return covered


def _record(attempt: Attempt, made: Made, given: timedelta, now: datetime) -> None:
    what = f", number {made.number}," if isinstance(made, Submission) else ", a run"
    minutes, seconds = divmod(round(given.total_seconds()), 60)
    detail = f"{minutes} min {seconds} s: {made.work.item.version.title}{what} failed on our side"
    kind = Event.Kind.GIVEN_BACK
    Event.objects.create(invitation=attempt.invitation, kind=kind, detail=detail[:300], at=now)
