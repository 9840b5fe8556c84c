"""Tells the queue what a candidate is likely to run or hand in soon, so that workers have it ready.

It only helps: what cannot be told is not, and nobody's save fails for it.
"""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError

from assessments.models import Work
from grading import queue
from grading.challenge import Suite
from grading.models import Pack

log = logging.getLogger(__name__)

AHEAD = timedelta(minutes=5)
"""Who has neither opened nor saved anything for so long is not waited for."""
TOLD_EVERY = timedelta(minutes=1)
MOST_REMEMBERED = 1_000

_told: dict[tuple[str, str, Suite], datetime] = {}
"""Until when this process has said that it expects something. What is forgotten is told once more."""


def expect(work: Work, *suites: Suite, now: datetime) -> None:
    """Says so until the deadline, at most some minutes ahead, and again when that is a minute later.

    The suites come in the order of their likelihood: what is expected for longer is made ready first.
    """
    if not work.attempt.is_open(now):
        return
    until = min(work.attempt.deadline_at, now + AHEAD)
    for place, suite in enumerate(suites):
        _tell(work.item.version.pack_id, work.language, suite, until - timedelta(seconds=place))


def forget() -> None:
    """As a process that has just started."""
    _told.clear()


def _tell(pack_id: str, language: str, suite: Suite, until: datetime) -> None:
    key = pack_id, language, suite
    if key in _told and until < _told[key] + TOLD_EVERY:
        return
    if len(_told) >= MOST_REMEMBERED:
        _told.clear()
    _told[key] = until
    try:
        queue.expect(Pack(digest=pack_id), language, suite, until=until)
    except DatabaseError:
        log.exception("the workers could not be told what is expected")
