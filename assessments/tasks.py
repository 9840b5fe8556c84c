"""What the worker does for sittings by itself."""

import threading
from functools import partial
from typing import Any

from celery import shared_task
from celery.signals import worker_init, worker_shutdown
from django.utils import timezone

from assessments import attempts
from grading.worker import repeat

SETTLE_SECONDS = 5.0

_stopping = threading.Event()


@shared_task(name="assessments.tasks.submit_overdue", ignore_result=True)
def submit_overdue() -> int:
    """Gives back the time that failures of ours cost, and hands in what is saved in every attempt whose
    deadline has passed. Safe when it runs twice at once.
    """
    return attempts.settle_due(timezone.now())


@worker_init.connect
def settle_by_itself(**_: Any) -> None:
    """A deadline does not wait for a message: without beat or broker a thread of the worker does the same."""
    _stopping.clear()
    run = partial(repeat, submit_overdue, SETTLE_SECONDS, _stopping)
    threading.Thread(target=run, name="settle", daemon=True).start()


@worker_shutdown.connect
def stop_settling(**_: Any) -> None:
    _stopping.set()
