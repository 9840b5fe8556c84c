"""What a worker does with a grading, whatever comes of it.

A run that comes to nothing is repeated once in a fresh pod (see `grading.chances`). When that fails too, the
canary decides (see `grading.canary`): it stands against the submission, or against this worker. Unless the
first run was lost through a fault of ours alone: then it is a platform error.
"""

import logging
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from grading import queue, scoring, worker
from grading.canary import Canary, engine_is_gone
from grading.chances import Decided, FirstRun
from grading.errors import FaultyPackError, PlatformError
from grading.grade import grade as grade_files
from grading.models import Grading
from grading.queue import Claim
from grading.report import Report, Result, Verdict
from grading.worker import Workshop
from sandbox.errors import EngineUnavailableError, SandboxError

log = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError)
"""What a database that is restarted, locked or out of reach raises."""
INSIST_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0)

BLAMED = (
    "Your program broke its grading twice, and the reference solution was then graded in the same place "
    "without trouble. So what was decided counts, and every other test has no points."
)


class LostError(Exception):
    """The grading is someone else's by now, or was withdrawn: there is no point in going on."""


def work() -> None:
    """Takes gradings in their turn until there is nothing left for a slot of this worker."""
    while worker.may_work() and (slot := worker.slots.take()) is not None:
        with slot:
            claim = queue.claim_next(
                worker=worker.name(),
                now=timezone.now(),
                patient=slot.patient,
                starved_first=slot.starved_first,
            )
            if claim is None:
                return
            slot.use(claim.grading.lane)
            log.info("grading %s is graded by %s", claim.grading.pk, claim.grading.worker)
            queue.announce()  # There may be more, and a worker with nothing to do.
            grade_claim(claim, worker.workshop())


def grade_claim(claim: Claim, workshop: Workshop) -> None:
    """Grades and answers."""
    run = _Run(claim)
    with worker.held.holding(claim):
        try:
            run.attempt(workshop)
        except LostError:
            log.warning("grading %s is no longer ours; it was stopped", claim.grading.pk)
        except Exception:  # A defect of ours is never the candidate's, whatever a canary would say.
            log.exception("grading %s met a defect of ours", claim.grading.pk)
            reason = traceback.format_exc()
            _insist(lambda: queue.release(claim, reason=reason, now=timezone.now()))
        finally:
            _leave(claim)


@dataclass
class _Run:
    """One claim on its way to an answer."""

    claim: Claim
    decided: Decided = field(default_factory=Decided)
    first_run: FirstRun | None = None
    let_in: bool = False
    """Whether the program has begun, so that it may have a part in what happens."""
    answered: bool = False

    def __post_init__(self) -> None:
        self.first_run = self.claim.first_run

    def attempt(self, workshop: Workshop) -> None:
        """Grades and answers, or says why that failed."""
        try:
            report = self._grade(workshop)
        except (PlatformError, SandboxError) as error:
            self._fail(error, workshop)
        else:
            self._note_removed(report)

    def _grade(self, workshop: Workshop) -> Report:
        claim = self.claim
        return grade_files(
            claim.challenge,
            claim.files,
            language=claim.grading.language,
            suite=claim.suite,
            pods=workshop.pods,
            images=workshop.images,
            seed=claim.grading.seed,
            on_phase=self._on_phase,
            on_result=self._on_result,
            on_wait=self._go_on,
            on_second_run=self._begin_again,
            on_decided=self._answer,
            first_run=claim.first_run,
            # The second run has a fresh pod from start to end: what had waited may have been the trouble.
            warm=None if claim.first_run else workshop.warm,
        )

    def _answer(self, report: Report) -> None:
        """Stores the report, before the pod is removed. Raises PlatformError for what is no verdict."""
        if report.verdict is Verdict.PLATFORM_ERROR:
            raise PlatformError(f"{report.message}\n{report.judge_log}")
        self.answered = True
        if _insist(lambda: queue.record(self.claim, report, now=timezone.now())):
            log.info("grading %s is done: %s", self.claim.grading.pk, report.verdict.value)
            worker.fitness.clear(self.claim.challenge)
        else:
            log.warning("grading %s was finished too late; another worker has it", self.claim.grading.pk)
        worker.held.done(self.claim)

    def _fail(self, error: Exception, workshop: Workshop) -> None:
        """After a failure that is not the program's."""
        claim, reason, now = self.claim, str(error), timezone.now
        if self.answered:
            log.error("after grading %s was answered: %s", claim.grading.pk, reason)
        elif engine_is_gone(error) or not worker.has_engine():
            worker.fitness.rest()
            if self.let_in:
                _insist(lambda: queue.release(claim, reason=reason, now=now()))
            else:
                _insist(lambda: queue.give_back(claim, reason=reason, now=now()))
        elif not worker.fitness.is_working:
            _insist(lambda: queue.give_back(claim, reason=reason, now=now()))
        elif self.first_run is None:
            denied = self.decided.denied() if self.let_in else None
            _insist(lambda: queue.release(claim, reason=reason, now=now(), denied=denied))
        elif _tells_nothing_of_us(error, claim):
            _insist(lambda: queue.release(claim, reason=reason, now=now()))
        elif suspicion := worker.fitness.suspects(claim.challenge):
            _insist(lambda: queue.release(claim, reason=f"{reason}\n{suspicion}", now=now()))
        else:
            self._ask_canary(reason, workshop)

    def _ask_canary(self, reason: str, workshop: Workshop) -> None:
        claim, now = self.claim, timezone.now
        canary = Canary(challenge=claim.challenge, language=claim.grading.language, suite=claim.suite)
        try:
            fault = canary.fault(workshop.pods, workshop.images)
        except EngineUnavailableError as error:
            worker.fitness.rest()
            gone = str(error)
            _insist(lambda: queue.give_back(claim, reason=gone, now=now()))
            return
        if fault:
            worker.fitness.drain(canary, fault)
            text = f"{reason}\nThe canary failed too: {fault}"
            _insist(lambda: queue.give_back(claim, reason=text, now=now()))
        elif self.first_run is None or self.first_run.is_ours or not self.let_in:
            # Once at least the program had no part in it.
            before = self.first_run.reason if self.first_run else ""
            text = f"{reason}\nThe canary passed. The first run: {before}"
            _insist(lambda: queue.release(claim, reason=text, now=now()))
        else:
            self._blame(reason)

    def _blame(self, reason: str) -> None:
        claim = self.claim
        blamed = _blamed(claim, self.decided.results(), reason)
        if not _insist(lambda: queue.record(claim, blamed, now=timezone.now())):
            log.warning("grading %s was decided too late; another worker has it", claim.grading.pk)

    def _on_phase(self, phase: str) -> None:
        self.let_in = self.let_in or phase == "running"
        self._go_on()

    def _begin_again(self, first_run: FirstRun) -> None:
        """Counted before it begins, so that it is not forgotten. Raises LostError."""
        if not _insist(lambda: queue.run_again(self.claim, first_run, now=timezone.now())):
            raise LostError
        self.first_run, self.decided = first_run, Decided()

    def _on_result(self, result: Result) -> None:
        self.decided.add(result)
        worker.held.tell(self.claim, result)
        self._go_on()

    def _go_on(self) -> None:
        """What is no longer ours ends here."""
        if self.claim.lost.is_set() and not self.answered:
            raise LostError

    def _note_removed(self, report: Report) -> None:
        """May fail: the answer is given."""
        try:
            queue.note_removed(self.claim, report.phases["removed"], log=report.log)
        except AWAY:
            log.exception("how grading %s ended is not noted", self.claim.grading.pk)
            connection.close()


def _leave(claim: Claim) -> None:
    """May fail: the seat is then free a while later (`queue.SEAT`)."""
    try:
        queue.leave(claim)
    except AWAY:
        log.exception("that grading %s is over is not noted", claim.grading.pk)
        connection.close()


def _tells_nothing_of_us(error: Exception, claim: Claim) -> bool:
    """Whether a canary would tell nothing of this worker: the pack is faulty, or about to be proved."""
    return isinstance(error, FaultyPackError) or claim.grading.lane == Grading.Lane.PROVE


def _insist(write: Callable[[], bool]) -> bool:
    """Writes an answer, also to a database that is away for a moment: to grade again would cost more."""
    for wait in INSIST_SECONDS:
        try:
            return write()
        except AWAY:
            log.exception("the database does not answer; the answer is written in %g s", wait)
            connection.close()
            time.sleep(wait)
    return write()


def _blamed(claim: Claim, decided: Mapping[str, Result], reason: str) -> Report:
    """What was decided in the last try stands; everything else has no points."""
    tests = claim.challenge.tests(claim.suite)
    results = tuple(decided.get(test.id) or scoring.decide(test, None) for test in tests)
    score = scoring.total(results)
    return Report(
        verdict=Verdict.PROTOCOL_ERROR,
        message=BLAMED,
        results=score.results,
        score=score.score,
        max_score=score.max_score,
        skills=score.skills,
        digests={"pack": claim.challenge.digest},
        seed=claim.grading.seed or 0,
        judge_log=f"Failed {queue.MAX_TRIES} times, and the canary passed. {reason}",
    )
