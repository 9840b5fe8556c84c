"""The score of an attempt: the weighted mean of what counts for each challenge, and sums of points per skill.

For each challenge one submission counts (see `assessments.counting`); nothing handed in is 0. A grading that
failed on our side counts for nothing: its challenge is left out of the mean and named as not measured.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Prefetch

from assessments.models import Attempt, Submission, Work
from assessments.models.attempts import AttemptQuerySet
from grading.challenge import Suite
from grading.report import Verdict

LONG_TEXTS = ("log", "judge_log", "message", "digests", "limits", "phases")


@dataclass(frozen=True, kw_only=True)
class WorkScore:
    """One challenge. `percent` is from 0 to 100, or None as long as it is not known."""

    work: Work
    submission: Submission | None
    percent: float | None

    @property
    def is_pending(self) -> bool:
        return self.submission is not None and not self.submission.grading.is_finished

    @property
    def is_measured(self) -> bool:
        """False if the last submission could not be graded through a fault of ours."""
        return self.submission is None or self.submission.grading.verdict != Verdict.PLATFORM_ERROR.value


@dataclass(frozen=True, kw_only=True)
class Score:
    """A whole attempt. `percent` is from 0 to 100, or None as long as any grading that counts is
    unfinished.
    """

    percent: float | None
    works: tuple[WorkScore, ...]

    @property
    def is_pending(self) -> bool:
        return any(work.is_pending for work in self.works)

    @property
    def has_submissions(self) -> bool:
        """Whether anything was handed in that could have scored."""
        return any(work.submission is not None for work in self.works)


def with_scores(attempts: AttemptQuerySet) -> AttemptQuerySet:
    """The attempts with all that `score` needs, in a fixed number of queries."""
    counting = Submission.objects.counting().select_related("grading")
    counting = counting.defer(*(f"grading__{name}" for name in LONG_TEXTS))
    works = Work.objects.select_related("item__version").defer("drafts")
    works = works.prefetch_related(Prefetch("submissions", queryset=counting))
    return attempts.prefetch_related(Prefetch("works", queryset=works))


def score(attempt: Attempt) -> Score:
    """The score of an attempt that came from `with_scores`, without a query."""
    works = tuple(_work_score(work) for work in attempt.works.all())
    return Score(percent=_mean(works), works=works)


def fetch_score(attempt: Attempt) -> Score:
    """The score of any attempt, read anew."""
    return score(with_scores(Attempt.objects.filter(pk=attempt.pk)).get())


def _work_score(work: Work) -> WorkScore:
    submissions = list(work.submissions.all())  # The prefetch left the one that counts.
    submission = submissions[0] if submissions else None
    return WorkScore(work=work, submission=submission, percent=percent(submission))


def percent(submission: Submission | None) -> float | None:
    """From 0 to 100; 0 if there is no submission; None if it is not graded, or could not be through our
    fault.
    """
    if submission is None:
        return 0.0
    grading = submission.grading
    if not grading.is_finished or grading.verdict == Verdict.PLATFORM_ERROR.value:
        return None
    return grading.percent


def _mean(works: Iterable[WorkScore]) -> float | None:
    known = [
        (work.work.item.weight, work.percent) for work in works if not work.is_pending and work.is_measured
    ]
    if any(work.is_pending for work in works) or not known:
        return None
    return sum(weight * (value or 0) for weight, value in known) / sum(weight for weight, _ in known)


def skills(score: Score) -> Mapping[str, tuple[float, float]]:
    """Skill to (points, most points) over all challenges that were measured; most points first."""
    sums: dict[str, tuple[float, float]] = {}
    for work in score.works:
        if work.is_pending or not work.is_measured:
            continue
        for skill, (points, most) in _points(work).items():
            before = sums.get(skill, (0.0, 0.0))
            sums[skill] = (before[0] + points, before[1] + most)
    return dict(sorted(sums.items(), key=lambda item: (-item[1][1], item[0])))


def _points(work: WorkScore) -> Mapping[str, tuple[float, float]]:
    if work.submission and work.submission.grading.skills:
        graded: Mapping[str, tuple[float, float]] = work.submission.grading.skills
        return graded
    most: dict[str, float] = {}
    for test in work.work.item.version.definition.tests(Suite.HIDDEN):
        most[test.skill] = most.get(test.skill, 0) + test.points
    return {skill: (0.0, points) for skill, points in most.items()}
