"""Celery's tasks. All are safe when they are delivered twice, late or never."""

from celery import shared_task
from django.utils import timezone

from grading import fleet, grader, queue, worker


@shared_task(ignore_result=True)
def work() -> None:
    """A hint that there is something to grade. Without a free slot it is dropped: whoever is done looks for
    more.
    """
    grader.work()


@shared_task(ignore_result=True)
def requeue_stale() -> None:
    """Gives other workers what a dead one held. Sent by beat."""
    now = timezone.now()
    queue.requeue_stale(now)
    fleet.tick(worker.name(), now=now)
