"""All that is known of one attempt, as values for the page, the JSON and the plain text of the report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TypeVar

from django.db.models import Q

from assessments import lost_time
from assessments.models import Attempt, Submission, VisibleRun, Work
from assessments.review import code
from assessments.scores import LONG_TEXTS, Score, WorkScore, fetch_score, skills
from grading import files
from grading.challenge import ChallengePack
from grading.errors import AUTHORS
from grading.models import Grading, TestResult
from grading.report import SENTENCES, Outcome, Verdict

SUBMISSIONS_SHOWN = 100
RUNS_SHOWN = 50
OfWork = TypeVar("OfWork", Submission, VisibleRun)


@dataclass(frozen=True, kw_only=True)
class SkillResults:
    """The tests of one skill, in the order of the suite."""

    skill: str
    results: tuple[TestResult, ...]
    points: float
    max_points: float

    @property
    def percent(self) -> float:
        return 100 * self.points / self.max_points if self.max_points else 0.0


@dataclass(frozen=True, kw_only=True)
class GradedSubmission:
    """One submission with its results and its files."""

    submission: Submission
    results: tuple[TestResult, ...]

    @property
    def grading(self) -> Grading:
        return self.submission.grading

    @property
    def pack(self) -> ChallengePack:
        return self.submission.work.item.version.definition

    @cached_property
    def sentence(self) -> str:
        """What the verdict means; empty before there is one."""
        return SENTENCES[Verdict(self.grading.verdict)] if self.grading.verdict else ""

    @property
    def reason(self) -> str:
        """For staff: why this is our failure, or why what looked like one stands against the submission."""
        grading = self.grading
        is_explained = grading.verdict in (Verdict.PLATFORM_ERROR.value, Verdict.PROTOCOL_ERROR.value)
        return grading.judge_log if is_explained or (grading.tries and not grading.verdict) else ""

    @property
    def is_the_authors_fault(self) -> bool:
        """Whether the challenge could not be run, rather than the platform or the program."""
        return AUTHORS in self.reason

    @cached_property
    def skills(self) -> tuple[SkillResults, ...]:
        return by_skill(self.results)

    @property
    def passed_count(self) -> int:
        return sum(result.outcome == Outcome.PASSED.value for result in self.results)

    @cached_property
    def files(self) -> Mapping[str, str]:
        return dict(sorted(self.submission.snapshot.files.items()))

    @cached_property
    def starter(self) -> Mapping[str, str]:
        return files.starter(self.pack, self.submission.language)

    @cached_property
    def listings(self) -> tuple[code.CodeFile, ...]:
        return code.listings(self.files)

    @cached_property
    def differences(self) -> tuple[code.CodeFile, ...]:
        """Against the starter."""
        return code.differences(self.starter, self.files)

    @property
    def facts(self) -> Sequence[tuple[str, str]]:
        """What it takes to repeat this grading."""
        named = [(f"Digest: {name}", str(value)) for name, value in sorted(self.grading.digests.items())]
        limits = [(f"Limit: {name}", str(value)) for name, value in sorted(self.grading.limits.items())]
        return [
            ("Grading", str(self.grading.pk)),
            ("Seed", "" if self.grading.seed is None else str(self.grading.seed)),
            ("Files", self.submission.snapshot_id),
            ("Pack", self.grading.pack_id),
            *named,
            *limits,
        ]


@dataclass(frozen=True, kw_only=True)
class ChallengeReport:
    """One challenge of an attempt. `counting` is the submission that counts, if there is one; `beside` are
    edits that were handed in with it at the end.
    """

    work: Work
    score: WorkScore
    weight_percent: float
    counting: GradedSubmission | None
    beside: GradedSubmission | None
    submissions: tuple[Submission, ...]
    runs: tuple[VisibleRun, ...]

    @property
    def edits(self) -> tuple[code.CodeFile, ...]:
        """What was edited after the submission that counts, and handed in beside it."""
        if self.counting is None or self.beside is None:
            return ()
        return code.differences(self.counting.files, self.beside.files)

    @property
    def withdrawn(self) -> list[Submission]:
        return [one for one in self.submissions if one.grading.status == Grading.Status.WITHDRAWN]


@dataclass(frozen=True, kw_only=True)
class AttemptReport:
    attempt: Attempt
    score: Score
    time_given_back: timedelta
    skills: tuple[SkillResults, ...] = field(default=())
    challenges: tuple[ChallengeReport, ...] = field(default=())


def by_skill(results: Sequence[TestResult]) -> tuple[SkillResults, ...]:
    """The skill with most points first."""
    groups: dict[str, list[TestResult]] = {}
    for result in results:
        groups.setdefault(result.skill, []).append(result)
    made = [
        SkillResults(
            skill=skill,
            results=tuple(group),
            points=sum(result.points for result in group),
            max_points=sum(result.max_points for result in group),
        )
        for skill, group in groups.items()
    ]
    return tuple(sorted(made, key=lambda group: (-group.max_points, group.skill)))


def graded(submission: Submission) -> GradedSubmission:
    """One submission; its work, item, version and grading should have been fetched along."""
    return GradedSubmission(submission=submission, results=tuple(submission.grading.results.all()))


def report(attempt: Attempt) -> AttemptReport:
    """The whole report, in a number of queries that does not depend on how much was handed in."""
    scored = fetch_score(attempt)
    counting, beside = _graded(attempt)
    submissions, runs = _submissions(attempt), _runs(attempt)
    total = sum(work.work.item.weight for work in scored.works)
    sums = skills(scored)
    return AttemptReport(
        attempt=attempt,
        score=scored,
        time_given_back=lost_time.total(attempt),
        skills=tuple(
            SkillResults(skill=skill, results=(), points=points, max_points=most)
            for skill, (points, most) in sums.items()
        ),
        challenges=tuple(
            ChallengeReport(
                work=work.work,
                score=work,
                weight_percent=100 * work.work.item.weight / total,
                counting=counting.get(work.work.pk),
                beside=beside.get(work.work.pk),
                submissions=tuple(submissions.get(work.work.pk, ())),
                runs=tuple(runs.get(work.work.pk, ())),
            )
            for work in scored.works
        ),
    )


def _graded(attempt: Attempt) -> tuple[dict[int, GradedSubmission], dict[int, GradedSubmission]]:
    """By work: what counts, and what was handed in beside it."""
    shown = Q(counts=True) | ~Q(reason=Submission.Reason.SUBMITTED)
    rows = Submission.objects.filter(shown, work__attempt=attempt).select_related(
        "grading", "snapshot", "work__item__version__pack"
    )
    rows = rows.defer("work__drafts", "work__item__version__pack__data").prefetch_related("grading__results")
    found = [graded(row) for row in rows]
    counting = {one.submission.work_id: one for one in found if one.submission.counts}
    return counting, {one.submission.work_id: one for one in found if one.submission.is_beside}


def _submissions(attempt: Attempt) -> dict[int, list[Submission]]:
    rows = Submission.objects.filter(work__attempt=attempt).select_related("grading").order_by("-created_at")
    rows = rows.defer(*(f"grading__{name}" for name in LONG_TEXTS))
    return _by_work(rows[: SUBMISSIONS_SHOWN * 10], SUBMISSIONS_SHOWN)


def _runs(attempt: Attempt) -> dict[int, list[VisibleRun]]:
    rows = VisibleRun.objects.filter(work__attempt=attempt).select_related("grading").order_by("-created_at")
    rows = rows.defer(*(f"grading__{name}" for name in LONG_TEXTS))
    return _by_work(rows[: RUNS_SHOWN * 10], RUNS_SHOWN)


def _by_work(rows: Iterable[OfWork], most: int) -> dict[int, list[OfWork]]:
    found: dict[int, list[OfWork]] = {}
    for row in rows:
        group = found.setdefault(row.work_id, [])
        if len(group) < most:
            group.append(row)
    return found
