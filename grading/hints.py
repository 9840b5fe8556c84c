"""Hints: messages that tell the workers that there is something to take, and nothing more.

The row is the job. A hint that comes twice, late or never costs a moment at most: workers look by themselves.
"""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError

log = logging.getLogger(__name__)

HINT_SECONDS = 300
"""A hint that nobody took for so long says nothing any more."""
HINTS = "gradings"
"""The Celery queue of hints."""
TASK = "grading.tasks.work"


def announce() -> None:
    """Tells the workers, when the transaction commits, that there is something to take."""
    transaction.on_commit(_send)


def _send() -> None:
    try:
        current_app.send_task(TASK, queue=HINTS, expires=HINT_SECONDS)
    except (KombuError, OSError):
        # The row is there and workers look by themselves; the request that made it must not fail for this.
        log.exception("the broker does not answer; the workers will find the grading without a hint")
