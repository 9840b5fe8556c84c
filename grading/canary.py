"""The canary: the pack's own reference solution, graded where a submission has failed twice on our side.

It passes: the worker and the pack are sound, so the submission breaks its grading, and the result stands
against it. It fails as well: the submission is not to blame, and this worker takes itself out of service. It
then tests itself at once and every RETEST_SECONDS, with its self-check, a pack of our own and the reference
that had failed, and comes back by itself when all three pass. If only the reference failed, it looks again
soon: one pack must not keep a worker away for minutes.

A pack whose reference has stopped passing anywhere must not keep every worker away from the other packs: when
only that reference failed in SUSPECT_AFTER self-tests, the worker comes back and holds the pack for broken.
Further failures of its gradings end as `platform_error`, until one of them is graded.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from grading import files, selftest
from grading.challenge import ChallengePack, Suite
from grading.errors import GradingError
from grading.grade import grade as grade_files
from grading.images import ImageFinder
from grading.models import Worker
from grading.report import Report, Verdict
from sandbox.contract import PodSource
from sandbox.errors import EngineUnavailableError, SandboxError

log = logging.getLogger(__name__)

RETEST_SECONDS = 180.0
SOON_SECONDS = 10.0
REST_SECONDS = 5.0
"""How long a worker leaves an engine alone that did not answer."""
SUSPECT_AFTER = 2


@dataclass(frozen=True, kw_only=True)
class Canary:
    """The reference solution of a pack in one language, for one suite."""

    challenge: ChallengePack
    language: str
    suite: Suite

    def __str__(self) -> str:
        return f"the reference solution of {self.challenge.title!r} in {self.language}"

    def fault(self, pods: PodSource, images: ImageFinder) -> str:
        """Grades it in a fresh pod: why it failed, in a sentence, or '' if it has full marks.

        Raises EngineUnavailableError: that tells nothing of the pack.
        """
        try:
            report = grade_files(
                self.challenge,
                files.reference(self.challenge, self.language),
                language=self.language,
                suite=self.suite,
                pods=pods,
                images=images,
            )
        except (GradingError, SandboxError) as error:
            if engine_is_gone(error):
                raise EngineUnavailableError(str(error)) from error
            return f"{self} could not be graded: {error}"
        return self._judged(report)

    def _judged(self, report: Report) -> str:
        if report.verdict is Verdict.GRADED and report.score >= report.max_score:
            return ""
        points = f"{report.score:g} of {report.max_score:g} points"
        return f"{self} got {points} ({report.verdict.value}: {report.message})"


OWN = Canary(challenge=selftest.own_pack(), language=selftest.LANGUAGE, suite=Suite.HIDDEN)


def engine_is_gone(error: BaseException | None) -> bool:
    """Whether an error comes of an engine that did not answer."""
    while error is not None:
        if isinstance(error, EngineUnavailableError):
            return True
        error = error.__cause__
    return False


class Fitness:
    """Whether this worker process may grade, and why not. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._canary: Canary | None = None
        self._alone_at_fault = 0
        self._test_at = self._rests_until = 0.0
        self._suspects: dict[str, str] = {}
        self.state = Worker.State.WORKING
        self.reason = ""

    @property
    def is_working(self) -> bool:
        return self.state == Worker.State.WORKING

    @property
    def may_work(self) -> bool:
        return self.is_working and self._clock() >= self._rests_until

    def rest(self) -> None:
        """Takes no work for a while: the engine did not answer."""
        self._rests_until = self._clock() + REST_SECONDS

    @property
    def is_test_due(self) -> bool:
        return not self.is_working and self._clock() >= self._test_at

    def drain(self, canary: Canary, reason: str) -> None:
        """Takes the worker out of service until it has passed its self-test with this canary."""
        log.error("this worker takes itself out of service: %s", reason)
        with self._lock:
            if self.is_working:
                self._canary, self._alone_at_fault, self._test_at = canary, 0, self._clock()
            self.state, self.reason = Worker.State.DRAINING, reason

    def suspects(self, challenge: ChallengePack) -> str:
        """Why this pack is held for broken; '' if it is not."""
        return self._suspects.get(challenge.digest, "")

    def clear(self, challenge: ChallengePack) -> None:
        """A grading of this pack came out well."""
        with self._lock:
            if self._suspects.pop(challenge.digest, "") and self.is_working:
                self.reason = self._suspicion()

    def test(self, engine_faults: Callable[[], list[str]], pods: PodSource, images: ImageFinder) -> None:
        """The self-test of a worker that is out of service: puts it back if it passes."""
        try:
            faults = engine_faults() or [fault for fault in [OWN.fault(pods, images)] if fault]
            only = "" if faults or self._canary is None else self._canary.fault(pods, images)
        except SandboxError as error:
            faults, only = [str(error)], ""
        with self._lock:
            self._test_at = self._clock() + (min(SOON_SECONDS, RETEST_SECONDS) if only else RETEST_SECONDS)
            self._alone_at_fault = self._alone_at_fault + 1 if only else 0
            if faults or (only and self._alone_at_fault < SUSPECT_AFTER):
                self.reason = faults[0] if faults else only
                log.warning("this worker stays out of service: %s", self.reason)
            else:
                self._come_back(only)

    def _come_back(self, suspicion: str) -> None:
        if suspicion and self._canary is not None:
            self._suspects[self._canary.challenge.digest] = suspicion
        self.state, self.reason = Worker.State.WORKING, self._suspicion()
        log.warning("this worker is back in service. %s", self.reason)

    def _suspicion(self) -> str:
        if not self._suspects:
            return ""
        broken = "; ".join(self._suspects.values())
        return f"Everything else passes here, so these packs are held for broken: {broken}"
