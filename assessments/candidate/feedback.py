"""What a candidate learns of a grading: of visible tests all, of hidden ones what the author allowed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from assessments.models import Submission, VisibleRun, Work
from grading import queue
from grading.challenge import ChallengePack, Feedback, Suite
from grading.models import Grading, TestResult
from grading.report import SENTENCES, Verdict

WAITING = "waiting"

OUTCOMES = {
    "passed": "Passed",
    "failed": "Failed",
    "error": "Error",
    "timeout": "Too slow",
    "skipped": "Skipped",
    WAITING: "Waiting",
}


@dataclass(frozen=True, kw_only=True)
class TestLine:
    """One test as it is shown."""

    __test__ = False  # Not a pytest class, in spite of its name.

    title: str
    outcome: str
    message: str = ""

    @property
    def label(self) -> str:
        return OUTCOMES[self.outcome]


@dataclass(frozen=True, kw_only=True)
class SkillPoints:
    skill: str
    points: float
    most: float


@dataclass(frozen=True, kw_only=True)
class GradingFeedback:
    """One grading as its candidate may see it. `place` counts from 1 while it is queued."""

    status: str
    verdict: str = ""
    sentence: str = ""
    message: str = ""
    place: int = 0
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    tests: Sequence[TestLine] = ()
    skills: Sequence[SkillPoints] = ()
    percent: float | None = None
    log: str = ""

    @property
    def is_finished(self) -> bool:
        return self.status == Grading.Status.FINISHED

    @property
    def is_graded(self) -> bool:
        return self.verdict == Verdict.GRADED.value

    @property
    def decided(self) -> int:
        return sum(1 for test in self.tests if test.outcome != WAITING)

    @property
    def passed(self) -> int:
        return sum(1 for test in self.tests if test.outcome == "passed")

    @property
    def seconds(self) -> float | None:
        """From the request to the end."""
        return (self.finished_at - self.requested_at).total_seconds() if self.finished_at else None


@dataclass(frozen=True, kw_only=True)
class WorkFeedback:
    """Everything in the results panel of one challenge."""

    run: GradingFeedback | None
    submissions: Sequence[tuple[Submission, GradingFeedback]]

    @property
    def open_run(self) -> bool:
        return self.run is not None and not self.run.is_finished

    @property
    def open_submission(self) -> bool:
        return any(not feedback.is_finished for _, feedback in self.submissions)

    @property
    def is_open(self) -> bool:
        """Whether anything is unfinished, so that the page should ask again."""
        return self.open_run or self.open_submission


def of_work(work: Work) -> WorkFeedback:
    pack = work.item.version.definition
    run = work.runs.select_related("grading").first()
    return WorkFeedback(
        run=of_run(run, pack) if run else None,
        submissions=of_submissions(work),
    )


def of_submissions(work: Work) -> list[tuple[Submission, GradingFeedback]]:
    """The submissions of a work, the last first."""
    pack = work.item.version.definition
    rows = work.submissions.select_related("grading").defer("grading__log", "grading__judge_log")
    results = _hidden_results(work, pack)
    return [(row, of_submission(row, pack, results.get(row.grading_id, ()))) for row in rows]


def of_run(run: VisibleRun, pack: ChallengePack) -> GradingFeedback:
    """Visible tests hold nothing back, and arrive one by one."""
    grading = run.grading
    known = {row.test_id: row for row in grading.results.all()}
    lines = [
        _line(known[test.id]) if test.id in known else TestLine(title=test.title, outcome=WAITING)
        for test in pack.tests(Suite.VISIBLE)
    ]
    return _feedback(grading, tests=lines, log=grading.log)


def of_submission(
    submission: Submission, pack: ChallengePack, results: Sequence[TestResult]
) -> GradingFeedback:
    """Of hidden tests: points per skill always; titles and messages only where the author allowed them."""
    grading = submission.grading
    if not grading.is_finished or grading.verdict == Verdict.PLATFORM_ERROR.value:
        return _feedback(grading)
    skills = [
        SkillPoints(skill=skill, points=pair[0], most=pair[1]) for skill, pair in grading.skills.items()
    ]
    skills.sort(key=lambda line: (-line.most, line.skill))
    with_messages = pack.feedback is Feedback.MESSAGES
    lines = [_line(row, with_message=with_messages) for row in results]
    return _feedback(grading, tests=lines, skills=skills, percent=grading.percent)


def _hidden_results(work: Work, pack: ChallengePack) -> dict[object, list[TestResult]]:
    by_grading: dict[object, list[TestResult]] = {}
    if pack.feedback is Feedback.TOTALS:
        return by_grading
    for row in TestResult.objects.filter(grading__submission__work=work).defer("detail"):
        by_grading.setdefault(row.grading_id, []).append(row)
    return by_grading


def _line(row: TestResult, *, with_message: bool = True) -> TestLine:
    return TestLine(title=row.title, outcome=row.outcome, message=row.message if with_message else "")


def _feedback(
    grading: Grading,
    *,
    tests: Sequence[TestLine] = (),
    skills: Sequence[SkillPoints] = (),
    percent: float | None = None,
    log: str = "",
) -> GradingFeedback:
    verdict = Verdict(grading.verdict) if grading.verdict else None
    sentence = SENTENCES[verdict] if verdict else ""
    queued = grading.status == Grading.Status.QUEUED
    return GradingFeedback(
        status=grading.status,
        verdict=grading.verdict,
        sentence=sentence,
        message=grading.message if grading.message != sentence else "",
        place=queue.position(grading) + 1 if queued else 0,
        requested_at=grading.requested_at,
        started_at=grading.started_at,
        finished_at=grading.finished_at,
        tests=tests,
        skills=skills,
        percent=percent,
        log=log if grading.is_finished else "",
    )
