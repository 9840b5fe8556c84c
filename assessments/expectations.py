"""Tells the queue what a candidate is likely to run or hand in soon, so that workers have it ready."""

from datetime import datetime, timedelta

from django.core.cache import cache

from assessments.models import Work
from grading import queue
from grading.challenge import Suite

AHEAD = timedelta(minutes=5)
"""Who has neither opened nor saved anything for so long is not waited for."""
TOLD_EVERY_SECONDS = 60


def expect(work: Work, *suites: Suite, now: datetime) -> None:
    """Says so until the deadline, at most some minutes ahead, once a minute for each challenge and suite.

    The suites come in the order of their likelihood: what is expected for longer is made ready first.
    """
    if not work.attempt.is_open(now):
        return
    until = min(work.attempt.deadline_at, now + AHEAD)
    for place, suite in enumerate(suites):
        key = f"expected:{work.pk}:{work.language}:{suite.value}"
        if cache.add(key, True, TOLD_EVERY_SECONDS):
            later = until - timedelta(seconds=place)
            queue.expect(work.item.version.pack, work.language, suite, until=later)
