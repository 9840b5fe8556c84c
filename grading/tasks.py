"""Celery's tasks: each takes an id, loads, checks, acts. All are safe when they are delivered twice."""

import logging
import traceback
from functools import partial

from celery import shared_task
from django.utils import timezone

from grading import queue, worker
from grading.errors import PlatformError
from grading.grade import grade as grade_files
from grading.queue import Claim
from grading.report import Report, Result, Verdict
from grading.worker import Workshop
from sandbox.errors import EngineUnavailableError, SandboxError

log = logging.getLogger(__name__)


@shared_task
def grade(grading_id: str) -> None:
    """Grades one row, if nobody else has it. Without an engine the row stays in the queue and is announced
    again.
    """
    try:
        workshop = worker.workshop()
        workshop.engine.info()
    except EngineUnavailableError:
        log.exception("the engine does not answer; grading %s stays in the queue", grading_id)
        return
    claim = queue.claim(grading_id, worker=worker.name(), now=timezone.now())
    if claim is not None:
        log.info("grading %s is graded by %s", grading_id, claim.grading.worker)
        grade_claim(claim, workshop)


@shared_task
def requeue_stale() -> None:
    """Gives other workers what a dead one held."""
    queue.requeue_stale(timezone.now())


def grade_claim(claim: Claim, workshop: Workshop) -> None:
    """Grades and answers. Whatever fails on our side gives the grading back, with the reason for staff."""
    try:
        report = _grade(claim, workshop)
    except (PlatformError, SandboxError) as error:
        queue.release(claim, reason=str(error), now=timezone.now())
    except Exception:
        log.exception("grading %s met a defect of ours", claim.grading.pk)
        queue.release(claim, reason=traceback.format_exc(), now=timezone.now())
    else:
        _answer(claim, report)


def _grade(claim: Claim, workshop: Workshop) -> Report:
    return grade_files(
        claim.challenge,
        claim.files,
        language=claim.grading.language,
        suite=claim.suite,
        pods=workshop.pods,
        images=workshop.images,
        seed=claim.grading.seed,
        on_phase=partial(_renew, claim),
        on_result=partial(_store, claim),
    )


def _answer(claim: Claim, report: Report) -> None:
    if report.verdict is Verdict.PLATFORM_ERROR:
        queue.release(claim, reason=f"{report.message}\n{report.judge_log}", now=timezone.now())
    elif not queue.record(claim, report, now=timezone.now()):
        log.warning("grading %s was finished too late; another worker has it", claim.grading.pk)


def _renew(claim: Claim, _phase: str) -> None:
    queue.renew(claim, now=timezone.now())


def _store(claim: Claim, result: Result) -> None:
    queue.store_result(claim, result, now=timezone.now())
