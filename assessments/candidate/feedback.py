"""What a candidate learns of a grading: of visible tests all, of hidden ones what the author allowed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from assessments import allowance, health
from assessments.models import Submission, VisibleRun, Work
from grading import queue
from grading.challenge import ChallengePack, Feedback, Suite
from grading.models import Grading, TestResult
from grading.report import SENTENCES, Verdict

WAITING = "waiting"
DELAYED_AFTER = timedelta(seconds=10)
"""Nobody need be told of a worker that is started again at once."""
FAR = 5
"""With so many before it, nothing changes within half a second."""

TOLD = frozenset(
    {
        Verdict.REJECTED_UPLOAD,
        Verdict.BUILD_FAILED,
        Verdict.START_FAILED,
        Verdict.TIME_LIMIT,
        Verdict.MEMORY_LIMIT,
        Verdict.PROCESS_LIMIT,
        Verdict.OUTPUT_LIMIT,
        Verdict.DISK_LIMIT,
        Verdict.PROTOCOL_ERROR,
    }
)
"""Verdicts on a submission whose own text is shown beside the verdict's sentence: it was written before the
first hidden test, or holds nothing but the challenge's limits. An exit code would be a byte of what a hidden
test asked for.
"""
TIME_STEP = timedelta(seconds=10)
"""How long a submission's tests took is told no finer: a program can take as long as it likes."""

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
    """One grading as its candidate may see it. While it is queued, `place` counts from 1, and
    `expected_wait` is a guess, if there can be one.
    """

    status: str
    verdict: str = ""
    sentence: str = ""
    message: str = ""
    place: int = 0
    expected_wait: timedelta | None = None
    is_delayed: bool = False
    """It waits, and nothing is graded at the moment: a fault of ours."""
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    tests: Sequence[TestLine] = ()
    skills: Sequence[SkillPoints] = ()
    percent: float | None = None
    log: str = ""
    given_back: timedelta | None = None
    """Time that was added to the deadline, for a failure of ours; None for everything else."""

    @property
    def is_finished(self) -> bool:
        return self.status == Grading.Status.FINISHED

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return self.status in (Grading.Status.QUEUED, Grading.Status.RUNNING)

    @property
    def is_withdrawn(self) -> bool:
        return self.status == Grading.Status.WITHDRAWN

    @property
    def is_graded(self) -> bool:
        return self.verdict == Verdict.GRADED.value

    @property
    def is_our_failure(self) -> bool:
        return self.verdict == Verdict.PLATFORM_ERROR.value

    @property
    def ahead(self) -> int:
        """How many are taken before it while it is queued."""
        return max(0, self.place - 1)

    @property
    def expected_wait_seconds(self) -> float | None:
        return self.expected_wait.total_seconds() if self.expected_wait is not None else None

    @property
    def decided(self) -> int:
        return sum(1 for test in self.tests if test.outcome != WAITING)

    @property
    def passed(self) -> int:
        return sum(1 for test in self.tests if test.outcome == "passed")

    @property
    def has_not_run(self) -> bool:
        """Whether it came to its end before the first test: what was written then is all there is to read."""
        return self.is_finished and all(test.outcome == "skipped" for test in self.tests)

    @property
    def seconds(self) -> float | None:
        """From the request to the end."""
        return (self.finished_at - self.requested_at).total_seconds() if self.finished_at else None


@dataclass(frozen=True, kw_only=True)
class WorkFeedback:
    """Everything in the results panel of one challenge."""

    run: GradingFeedback | None
    submissions: Sequence[tuple[Submission, GradingFeedback]]
    submissions_left: int

    @property
    def counting(self) -> Submission | None:
        """The submission that counts."""
        return counting(self.submissions)[0]

    @property
    def open_run(self) -> bool:
        return self.run is not None and self.run.is_open

    @property
    def open_submission(self) -> bool:
        return any(feedback.is_open for _, feedback in self.submissions)

    @property
    def is_open(self) -> bool:
        """Whether anything is unfinished, so that the page should ask again."""
        return self.open_run or self.open_submission

    @property
    def is_owed_time(self) -> bool:
        """Whether something failed on our side that is not made up for (yet)."""
        return any(one.is_our_failure and one.given_back is None for one in self._all)

    @property
    def ask_again(self) -> str:
        """How soon the page should ask again, as htmx writes it: seldom while all that is open waits for
        long.
        """
        is_far = all(one.ahead > FAR for one in self._all if one.is_open)
        return "2s" if is_far else "500ms"

    @property
    def _all(self) -> list[GradingFeedback]:
        return [one for one in (self.run, *(feedback for _, feedback in self.submissions)) if one]


def counting(
    history: Sequence[tuple[Submission, GradingFeedback]],
) -> tuple[Submission, GradingFeedback] | tuple[None, None]:
    """Of all submissions, the one that counts."""
    return next((pair for pair in history if pair[0].counts), (None, None))


def of_work(work: Work) -> WorkFeedback:
    pack = work.item.version.definition
    run = work.runs.select_related("grading__lost_time").first()
    return WorkFeedback(
        run=of_run(run, pack) if run else None,
        submissions=of_submissions(work),
        submissions_left=allowance.left(work),
    )


def of_submissions(work: Work) -> list[tuple[Submission, GradingFeedback]]:
    """The submissions of a work, the last first."""
    pack = work.item.version.definition
    rows = work.submissions.select_related("grading__lost_time")
    rows = rows.defer("grading__log", "grading__judge_log")
    results = _hidden_results(work, pack)
    return [(row, of_submission(row, pack, results.get(row.grading_id, ()))) for row in rows]


def of_run(run: VisibleRun, pack: ChallengePack) -> GradingFeedback:
    """Visible tests hold nothing back, and arrive one by one."""
    grading = run.grading
    if grading.status == Grading.Status.WITHDRAWN:
        return _feedback(grading)
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
    lines = [_hidden_line(row, with_message=with_messages) for row in results]
    found = _feedback(grading, tests=lines, skills=skills, percent=grading.percent)
    return replace(
        found,
        message=found.message if Verdict(grading.verdict) in TOLD else "",
        finished_at=_coarsely(grading.started_at, grading.finished_at),
    )


def _hidden_results(work: Work, pack: ChallengePack) -> dict[object, list[TestResult]]:
    by_grading: dict[object, list[TestResult]] = {}
    if pack.feedback is Feedback.TOTALS:
        return by_grading
    for row in TestResult.objects.filter(grading__submission__work=work).defer("detail"):
        by_grading.setdefault(row.grading_id, []).append(row)
    return by_grading


def _line(row: TestResult) -> TestLine:
    return TestLine(title=row.title, outcome=row.outcome, message=row.message)


def _hidden_line(row: TestResult, *, with_message: bool) -> TestLine:
    """Passed or failed: a program that could also be too slow, or end, would have more to tell."""
    outcome = "passed" if row.outcome == "passed" else "failed"
    return TestLine(title=row.title, outcome=outcome, message=row.message if with_message else "")


def _coarsely(start: datetime | None, end: datetime | None) -> datetime | None:
    return start + (end - start) // TIME_STEP * TIME_STEP if start and end else end


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
    queued, now = grading.status == Grading.Status.QUEUED, timezone.now()
    ahead = queue.position(grading) if queued else 0
    return GradingFeedback(
        status=grading.status,
        verdict=grading.verdict,
        sentence=sentence,
        message=grading.message if grading.message != sentence else "",
        place=ahead + 1 if queued else 0,
        expected_wait=queue.expected_wait(grading, now, ahead=ahead) if queued else None,
        is_delayed=queued and now - grading.requested_at > DELAYED_AFTER and not health.is_grading(now),
        requested_at=grading.requested_at,
        started_at=grading.started_at,
        finished_at=grading.finished_at,
        tests=tests,
        skills=skills,
        percent=percent,
        log=log if grading.is_finished else "",
        given_back=grading.lost_time.given_back if hasattr(grading, "lost_time") else None,
    )
