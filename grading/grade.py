"""Grades a submission: a pack and files go in, a Report comes out. No database, no queue.

The fate of a program is the report's verdict. A failure of ours is raised as PlatformError; the caller
repeats the grading in a fresh pod.
"""

import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from grading import chances, protocol, scoring
from grading import files as submitted
from grading.challenge import ChallengePack, Suite
from grading.chances import Decided, FirstRun
from grading.errors import PlatformError, RejectedUpload
from grading.files import Submitted
from grading.images import ImageFinder
from grading.report import Report, Result, Verdict
from grading.scoring import Record
from grading.session import ServiceDisruptedError, Session, Submission, UnsureError
from grading.verdicts import Fate
from grading.visible import written_out
from grading.warm import ColdSessions, Sessions, WarmSessions
from sandbox.contract import PodSource
from sandbox.errors import SandboxError

log = logging.getLogger(__name__)

SEED_BITS = 31
JUDGE_LOG_CHARACTERS = 64 * 1024


def _ignore(_: object) -> None:
    return


def _do_nothing() -> None:
    return


@dataclass(frozen=True, kw_only=True)
class Watcher:
    """Who wants to know while it happens. Called from the grading's own thread.

    `on_phase` gets 'preparing', 'running' and 'removing' as each begins; `on_result` each test as it is
    decided; `on_wait` is called when nothing has come for a second; `on_second_run` before the one second run
    begins, with what is known of the first; `on_decided` gets the report, when nothing is left to do but to
    remove the pod. Any of them may raise, which ends the grading.
    """

    on_phase: Callable[[str], None]
    on_result: Callable[[Result], None]
    on_wait: Callable[[], None]
    on_second_run: Callable[[FirstRun], None]
    on_decided: Callable[[Report], None]


@dataclass
class _Clock:
    began: float = field(default_factory=time.monotonic)
    phases: dict[str, float] = field(default_factory=lambda: {"queued": 0.0})

    def mark(self, phase: str) -> None:
        self.phases[phase] = round(time.monotonic() - self.began, 4)


@dataclass(frozen=True, kw_only=True)
class _Run:
    """What one pod gave."""

    fate: Fate
    records: tuple[Record, ...] = ()
    log: str = ""
    judge_log: str = ""
    images: Mapping[str, str] = field(default_factory=dict)


class _SpoiltError(Exception):
    """A session that had waited turned out to be of no use before it gave a single result. If the program was
    let in it may have done that, and a fresh session is its second run.
    """

    def __init__(self, reason: str, *, has_let_in: bool) -> None:
        super().__init__(reason)
        self.has_let_in = has_let_in


class _Course:
    """What is known of a grading across its runs."""

    def __init__(self, watcher: Watcher, first_run: FirstRun | None) -> None:
        self.watcher, self.first_run = watcher, first_run
        self.clock, self._decided = _Clock(), Decided()

    @property
    def denied(self) -> Mapping[str, Result]:
        return self.first_run.denied if self.first_run else {}

    def tell(self, result: Result) -> None:
        self._decided.add(result)
        self.watcher.on_result(chances.standing(result, self.denied))

    def begin_again(self, reason: str, *, by_service: bool) -> None:
        denied = self._decided.denied(by_service=by_service)
        first_run = FirstRun(reason=reason, is_ours=False, denied=denied)
        self.watcher.on_second_run(first_run)
        self.first_run, self._decided = first_run, Decided()


def grade(
    pack: ChallengePack,
    files: Submitted,
    *,
    language: str,
    suite: Suite,
    pods: PodSource,
    images: ImageFinder,
    seed: int | None = None,
    on_phase: Callable[[str], None] = _ignore,
    on_result: Callable[[Result], None] = _ignore,
    on_wait: Callable[[], None] = _do_nothing,
    on_second_run: Callable[[FirstRun], None] = _ignore,
    on_decided: Callable[[Report], None] = _ignore,
    first_run: FirstRun | None = None,
    warm: WarmSessions | None = None,
) -> Report:
    """Grades these files in a pod of their own, a `warm` one if there is one. Raises PlatformError when no
    verdict on them is possible, or when something of the pod could not be removed.

    A service that ends under the candidate's load, a program that is killed from outside and one that is not
    there in time are given one second run in a fresh pod; what happens then is the verdict. With `first_run`
    this is the second run already. A warm pod that has spoilt before the program was let in is replaced by a
    fresh one without a word. `on_decided` is given the report as soon as it is certain; the one returned has
    the phase 'removed' as well.
    """
    seed = secrets.randbits(SEED_BITS) if seed is None else seed
    watcher = Watcher(
        on_phase=on_phase,
        on_result=on_result,
        on_wait=on_wait,
        on_second_run=on_second_run,
        on_decided=on_decided,
    )
    try:
        cleaned = submitted.clean(files, pack, language)
    except RejectedUpload as error:
        report = _rejected(pack, suite, error.message, seed)
        watcher.on_decided(report)
        return report
    complete = submitted.complete(pack, language, cleaned, suite)
    submission = Submission(pack=pack, language=language, suite=suite, files=complete, seed=seed)
    with _translated():
        return _grade(submission, warm, ColdSessions(pods, images), _Course(watcher, first_run))


def _rejected(pack: ChallengePack, suite: Suite, message: str, seed: int) -> Report:
    """The report on files that were not accepted; nothing was run."""
    run = _Run(fate=Fate(Verdict.REJECTED_UPLOAD, message))
    phases = {"queued": 0.0, "ready": 0.0, "run": 0.0, "removed": 0.0}
    return _report(pack, suite, run, phases=phases, digests={"pack": pack.digest}, seed=seed, denied={})


def _grade(submission: Submission, warm: WarmSessions | None, cold: ColdSessions, course: _Course) -> Report:
    submission = replace(submission, is_second_run=course.first_run is not None)
    try:
        try:
            report = _in_a_session(submission, warm or cold, course)
        except _SpoiltError as spoilt:
            if spoilt.has_let_in:
                course.begin_again(str(spoilt), by_service=False)
            is_second_run = submission.is_second_run or spoilt.has_let_in
            report = _in_a_session(replace(submission, is_second_run=is_second_run), cold, course)
    except (ServiceDisruptedError, UnsureError) as reason:
        log.warning("a submission is given a second run: %s", reason)
        course.begin_again(str(reason), by_service=isinstance(reason, ServiceDisruptedError))
        report = _in_a_session(replace(submission, is_second_run=True), cold, course)
    course.clock.mark("removed")
    return replace(report, phases=dict(course.clock.phases))


def _in_a_session(submission: Submission, sessions: Sessions, course: _Course) -> Report:
    watcher, clock = course.watcher, course.clock
    watcher.on_phase("preparing")
    with sessions.take(submission.pack, submission.language, submission.suite) as session:
        clock.mark("ready")
        watcher.on_phase("running")
        try:
            run = _run(submission, session, course)
        except ServiceDisruptedError as error:
            if not submission.is_second_run:
                raise
            fate = Fate.of(Verdict.SERVICE_DISRUPTED)
            run = _Run(fate=fate, log=session.log(), judge_log=str(error), images=session.images)
        except (PlatformError, SandboxError) as error:
            if session.has_waited and not session.records:
                raise _SpoiltError(str(error), has_let_in=session.has_let_in) from error
            raise
        clock.mark("run")
        report = _decided(submission, run, course)
        watcher.on_phase("removing")
        session.settle()
        return replace(report, log=session.log())


def _run(submission: Submission, session: Session, course: _Course) -> _Run:
    tests = {test.id: test for test in submission.pack.tests(submission.suite)}

    def tell(record: Record) -> None:
        if record.test in tests:
            course.tell(scoring.decide(tests[record.test], record))

    fate = session.run(submission, tell, course.watcher.on_wait)
    return _Run(
        fate=fate,
        records=tuple(session.records),
        log=session.log(),
        judge_log=session.judge_log()[-JUDGE_LOG_CHARACTERS:],
        images=session.images,
    )


def _decided(submission: Submission, run: _Run, course: _Course) -> Report:
    digests, phases = _digests(submission, run.images), dict(course.clock.phases)
    pack, suite, seed = submission.pack, submission.suite, submission.seed
    report = _report(pack, suite, run, phases=phases, digests=digests, seed=seed, denied=course.denied)
    course.watcher.on_decided(report)
    return report


def _report(
    pack: ChallengePack,
    suite: Suite,
    run: _Run,
    *,
    phases: Mapping[str, float],
    digests: Mapping[str, str],
    seed: int,
    denied: Mapping[str, Result],
) -> Report:
    score = scoring.score(pack.tests(suite), run.records)
    if denied:
        score = scoring.total(chances.standing(result, denied) for result in score.results)
    return Report(
        verdict=run.fate.verdict,
        message=written_out(run.fate.message),
        results=score.results,
        score=score.score,
        max_score=score.max_score,
        skills=score.skills,
        phases=phases,
        digests=digests,
        seed=seed,
        log=run.log,
        judge_log=run.judge_log,
    )


def _digests(submission: Submission, found: Mapping[str, str]) -> dict[str, str]:
    suite = hashlib.sha256(protocol.suite_tar(submission.pack, submission.suite)).hexdigest()
    return {"pack": submission.pack.digest, "suite": suite, **found}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SandboxError as error:
        raise PlatformError(f"The sandbox failed: {error}") from error
