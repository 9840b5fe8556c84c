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

from grading import files as submitted
from grading import protocol, scoring
from grading.challenge import ChallengePack, Suite
from grading.errors import PlatformError, RejectedUpload
from grading.files import Submitted
from grading.images import ImageFinder
from grading.report import Report, Result, Verdict
from grading.scoring import Record
from grading.session import ServiceDisruptedError, Session, Submission, UnsureError
from grading.verdicts import Fate
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
    decided; `on_wait` is called when nothing has come for a second; `on_decided` gets the report, when
    nothing is left to do but to remove the pod. Any of them may raise, which ends the grading.
    """

    on_phase: Callable[[str], None]
    on_result: Callable[[Result], None]
    on_wait: Callable[[], None]
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
    """A session that had waited turned out to be of no use before it gave a single result."""


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
    on_decided: Callable[[Report], None] = _ignore,
    warm: WarmSessions | None = None,
) -> Report:
    """Grades these files in a pod of their own, a `warm` one if there is one. Raises PlatformError when no
    verdict on them is possible, or when something of the pod could not be removed.

    A service that ends under the candidate's load, a program that is killed from outside and one that is not
    there in time are given one second run in a fresh pod; what happens then is the verdict. A warm pod that
    has spoilt is replaced by a fresh one without a word. `on_decided` is given the report as soon as it is
    certain; the one returned has the phase 'removed' as well.
    """
    seed = secrets.randbits(SEED_BITS) if seed is None else seed
    watcher = Watcher(on_phase=on_phase, on_result=on_result, on_wait=on_wait, on_decided=on_decided)
    try:
        cleaned = submitted.clean(files, pack, language)
    except RejectedUpload as error:
        report = _rejected(pack, suite, error.message, seed)
        watcher.on_decided(report)
        return report
    complete = submitted.complete(pack, language, cleaned)
    submission = Submission(pack=pack, language=language, suite=suite, files=complete, seed=seed)
    with _translated():
        return _grade(submission, warm, ColdSessions(pods, images), watcher)


def _rejected(pack: ChallengePack, suite: Suite, message: str, seed: int) -> Report:
    """The report on files that were not accepted; nothing was run."""
    run = _Run(fate=Fate(Verdict.REJECTED_UPLOAD, message))
    phases = {"queued": 0.0, "ready": 0.0, "run": 0.0, "removed": 0.0}
    return _report(pack, suite, run, phases=phases, digests={"pack": pack.digest}, seed=seed)


def _grade(submission: Submission, warm: WarmSessions | None, cold: ColdSessions, watcher: Watcher) -> Report:
    clock = _Clock()
    try:
        try:
            report = _in_a_session(submission, warm or cold, watcher, clock)
        except _SpoiltError:
            report = _in_a_session(submission, cold, watcher, clock)
    except (ServiceDisruptedError, UnsureError) as reason:
        log.warning("a submission is given a second run: %s", reason)
        report = _in_a_session(replace(submission, is_second_run=True), cold, watcher, clock)
    clock.mark("removed")
    return replace(report, phases=dict(clock.phases))


def _in_a_session(submission: Submission, sessions: Sessions, watcher: Watcher, clock: _Clock) -> Report:
    watcher.on_phase("preparing")
    with sessions.take(submission.pack, submission.language, submission.suite) as session:
        clock.mark("ready")
        watcher.on_phase("running")
        try:
            run = _run(submission, session, watcher)
        except ServiceDisruptedError as error:
            if not submission.is_second_run:
                raise
            fate = Fate.of(Verdict.SERVICE_DISRUPTED)
            run = _Run(fate=fate, log=session.log(), judge_log=str(error), images=session.images)
        except (PlatformError, SandboxError) as error:
            if session.has_waited and not session.records:
                raise _SpoiltError from error
            raise
        clock.mark("run")
        report = _decided(submission, run, watcher, clock)
        watcher.on_phase("removing")
        session.settle()
        return replace(report, log=session.log())


def _run(submission: Submission, session: Session, watcher: Watcher) -> _Run:
    tests = {test.id: test for test in submission.pack.tests(submission.suite)}

    def tell(record: Record) -> None:
        if record.test in tests:
            watcher.on_result(scoring.decide(tests[record.test], record))

    fate = session.run(submission, tell, watcher.on_wait)
    return _Run(
        fate=fate,
        records=tuple(session.records),
        log=session.log(),
        judge_log=session.judge_log()[-JUDGE_LOG_CHARACTERS:],
        images=session.images,
    )


def _decided(submission: Submission, run: _Run, watcher: Watcher, clock: _Clock) -> Report:
    digests = _digests(submission, run.images)
    pack, suite = submission.pack, submission.suite
    report = _report(pack, suite, run, phases=dict(clock.phases), digests=digests, seed=submission.seed)
    watcher.on_decided(report)
    return report


def _report(
    pack: ChallengePack,
    suite: Suite,
    run: _Run,
    *,
    phases: Mapping[str, float],
    digests: Mapping[str, str],
    seed: int,
) -> Report:
    score = scoring.score(pack.tests(suite), run.records)
    return Report(
        verdict=run.fate.verdict,
        message=run.fate.message,
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
