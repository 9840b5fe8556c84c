"""A report to take away: JSON for programs, plain text for people."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from assessments.review.reports import AttemptReport, ChallengeReport, GradedSubmission
from grading.models import TestResult
from grading.report import Outcome
from grading.scoring import per_cent

MARKS = {"passed": "+", "failed": "-", "error": "!", "timeout": "t", "skipped": "."}


def as_json(report: AttemptReport) -> dict[str, Any]:
    """Scores are per cent and null as long as they are not known; times are ISO 8601 in UTC."""
    attempt, invitation = report.attempt, report.attempt.invitation
    return {
        "id": str(attempt.pk),
        "assessment": {"id": invitation.assessment_id, "title": invitation.assessment.title},
        "candidate": {"name": invitation.name, "email": invitation.email},
        "started_at": _moment(attempt.started_at),
        "deadline_at": _moment(attempt.deadline_at),
        "finished_at": _moment(attempt.finished_at),
        "seconds_given_back": report.time_given_back.total_seconds(),
        "score": report.score.percent,
        "skills": {group.skill: [group.points, group.max_points] for group in report.skills},
        "challenges": [_challenge(challenge) for challenge in report.challenges],
    }


def _challenge(challenge: ChallengeReport) -> dict[str, Any]:
    item = challenge.work.item
    return {
        "position": item.position,
        "title": item.version.title,
        "version": item.version.number,
        "weight": item.weight,
        "score": challenge.score.percent,
        "submission": submission_as_json(challenge.counting) if challenge.counting else None,
        "unsubmitted_edits": submission_as_json(challenge.beside) if challenge.beside else None,
        "submissions": [str(submission.pk) for submission in challenge.submissions],
    }


def submission_as_json(graded: GradedSubmission) -> dict[str, Any]:
    grading, submission = graded.grading, graded.submission
    return {
        "id": str(submission.pk),
        "number": submission.number,
        "language": submission.language,
        "created_at": _moment(submission.created_at),
        "status": grading.status,
        "verdict": grading.verdict or None,
        "message": grading.message,
        "score": grading.score,
        "max_score": grading.max_score,
        "phases": grading.phases,
        "digests": grading.digests,
        "seed": grading.seed,
        "tests": [_test(result) for result in graded.results],
        "files": dict(graded.files),
    }


def _test(result: TestResult) -> dict[str, Any]:
    return {
        "id": result.test_id,
        "title": result.title,
        "skill": result.skill,
        "outcome": result.outcome,
        "points": result.points,
        "max_points": result.max_points,
        "seconds": result.seconds,
        "message": result.message,
    }


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None


def as_text(report: AttemptReport) -> str:
    return "\n".join(_lines(report)) + "\n"


def _lines(report: AttemptReport) -> Iterator[str]:
    attempt, invitation = report.attempt, report.attempt.invitation
    yield invitation.assessment.title
    yield f"Candidate: {invitation.name} <{invitation.email}>"
    yield f"Started:   {_written(attempt.started_at)}"
    yield f"Finished:  {_written(attempt.finished_at)}"
    if report.time_given_back:
        yield f"Given back for failures on our side: {report.time_given_back.total_seconds():.0f} s"
    yield f"Score:     {_percent(report.score.percent)}"
    yield ""
    yield "By skill"
    for group in report.skills:
        yield f"  {group.skill:<28} {group.points:g} of {group.max_points:g}"
    for challenge in report.challenges:
        yield from _challenge_lines(challenge)


def _written(value: datetime | None) -> str:
    return f"{value:%Y-%m-%d %H:%M %Z}" if value else "not yet"


def _challenge_lines(challenge: ChallengeReport) -> Iterator[str]:
    item = challenge.work.item
    yield ""
    yield f"{item.position}. {item.version.title}: {_percent(challenge.score.percent)} (weight {item.weight})"
    for submission in challenge.withdrawn:
        yield f"   Submission {submission.number} was withdrawn: {_written(submission.grading.finished_at)}"
    if challenge.counting is None:
        yield "   Nothing was handed in."
        return
    if challenge.beside is not None:
        yield (
            f"   Edits after submission {challenge.counting.submission.number} were handed in beside it "
            f"(number {challenge.beside.submission.number}) and do not count."
        )
    yield f"   {challenge.counting.sentence or 'Not graded yet.'}"
    for result in challenge.counting.results:
        mark = MARKS.get(result.outcome, "?")
        yield f"   {mark} {result.title} ({result.points:g} of {result.max_points:g}, {result.outcome})"
        if result.message and result.outcome != Outcome.PASSED.value:
            yield from (f"       {line}" for line in result.message.splitlines()[:10])


def _percent(value: float | None) -> str:
    return "not known yet" if value is None else per_cent(value)
