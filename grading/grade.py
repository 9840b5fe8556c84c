"""Grades a submission: a pack and files go in, a Report comes out. No database, no queue.

The fate of a program is the report's verdict. A failure of ours is raised as PlatformError; the caller
repeats the grading in a fresh pod.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from grading import files as submitted
from grading import protocol, scoring
from grading.challenge import ChallengePack, Suite
from grading.errors import PlatformError, RejectedUpload
from grading.files import Submitted
from grading.images import ImageFinder, pod_images
from grading.report import Report, Result, Verdict
from grading.scoring import Record
from grading.services import pod_spec
from grading.session import READY_SECONDS, ServiceDisruptedError, Session, Submission
from grading.verdicts import Fate
from sandbox.contract import PodSource
from sandbox.errors import SandboxError

SEED_BITS = 31
OVERHEAD_SECONDS = 120.0
"""Added to a pod's lease for building, restarts and removal."""
JUDGE_LOG_CHARACTERS = 64 * 1024


def _ignore(_: object) -> None:
    return


@dataclass(frozen=True, kw_only=True)
class Watcher:
    """Who wants to know while it happens. Called from the grading's own thread.

    `on_phase` gets 'preparing', 'running' and 'removing' as each begins; `on_result` each test as it is
    decided.
    """

    on_phase: Callable[[str], None] = _ignore
    on_result: Callable[[Result], None] = _ignore


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
    records: tuple[Record, ...]
    log: str
    judge_log: str


def grade(
    pack: ChallengePack,
    files: Submitted,
    *,
    language: str,
    suite: Suite,
    pods: PodSource,
    images: ImageFinder,
    seed: int | None = None,
    on_phase: Callable[[str], None] | None = None,
    on_result: Callable[[Result], None] | None = None,
) -> Report:
    """Grades these files in a fresh pod. Raises PlatformError when no verdict on them is possible.

    A service that ends under the candidate's load is given one clean second run; if it ends again, that is
    the verdict.
    """
    seed = secrets.randbits(SEED_BITS) if seed is None else seed
    try:
        cleaned = submitted.clean(files, pack, language)
    except RejectedUpload as error:
        return rejected(pack, suite, error.message, seed=seed)
    complete = submitted.complete(pack, language, cleaned)
    submission = Submission(pack=pack, language=language, suite=suite, files=complete, seed=seed)
    watcher = Watcher(on_phase=on_phase or _ignore, on_result=on_result or _ignore)
    with _translated():
        return _grade(submission, pods, pod_images(pack, language, images), watcher)


def rejected(pack: ChallengePack, suite: Suite, message: str, *, seed: int = 0) -> Report:
    """The report on files that were not accepted; nothing was run."""
    fate = Fate(Verdict.REJECTED_UPLOAD, message)
    run = _Run(fate=fate, records=(), log="", judge_log="")
    phases = {"queued": 0.0, "ready": 0.0, "run": 0.0, "removed": 0.0}
    return _report(pack, suite, run, phases=phases, digests={"pack": pack.digest}, seed=seed)


def _grade(submission: Submission, pods: PodSource, found: Mapping[str, str], watcher: Watcher) -> Report:
    clock = _Clock()
    try:
        run = _in_a_pod(submission, pods, found, watcher, clock)
    except ServiceDisruptedError:
        try:
            run = _in_a_pod(submission, pods, found, watcher, clock)
        except ServiceDisruptedError as error:
            fate = Fate.of(Verdict.SERVICE_DISRUPTED)
            run = _Run(fate=fate, records=(), log="", judge_log=str(error))
    clock.mark("removed")
    digests = _digests(submission, found)
    return _report(
        submission.pack, submission.suite, run, phases=clock.phases, digests=digests, seed=submission.seed
    )


def _in_a_pod(
    submission: Submission, pods: PodSource, found: Mapping[str, str], watcher: Watcher, clock: _Clock
) -> _Run:
    pack, tests = submission.pack, {test.id: test for test in submission.pack.tests(submission.suite)}

    def tell(record: Record) -> None:
        if record.test in tests:
            watcher.on_result(scoring.decide(tests[record.test], record))

    watcher.on_phase("preparing")
    seconds = READY_SECONDS + pack.service.start_seconds + pack.limits.run_seconds + OVERHEAD_SECONDS
    with pods.take(pod_spec(pack, submission.language, found, seconds=seconds)) as pod:
        session = Session(pod, pack, submission.suite)
        session.prepare()
        clock.mark("ready")
        watcher.on_phase("running")
        fate = session.run(submission, tell)
        clock.mark("run")
        watcher.on_phase("removing")
        judge_log = pod.output("judge").stderr.decode(errors="replace")[-JUDGE_LOG_CHARACTERS:]
        return _Run(fate=fate, records=tuple(session.records), log=session.log(), judge_log=judge_log)


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
