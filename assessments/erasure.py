"""Erasing what is stored of candidates, and assessments with it. Admins may; nothing of it comes back.

A candidate is erased with everything that came of the invitation: what happened, the texts, the runs and
submissions with their gradings and results. A worker that grades one of them at the moment loses its claim.
What others hand in as well, to the letter, stays theirs: equal files are one row.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from assessments.models import Assessment, Attempt, Invitation, Submission, User, VisibleRun
from grading.models import Grading, Snapshot

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much of what would be erased; `running` counts the sittings that would end by it."""

    invitations: int
    attempts: int
    running: int
    submissions: int
    runs: int


def of_the_same_person(invitation: Invitation) -> QuerySet[Invitation]:
    """Every invitation to this address, in whatever assessment and spelling."""
    return Invitation.objects.filter(email__iexact=invitation.email)


def extent(of: QuerySet[Invitation]) -> Extent:
    attempts = Attempt.objects.filter(invitation__in=of)
    return Extent(
        invitations=of.count(),
        attempts=attempts.count(),
        running=attempts.running().count(),
        submissions=Submission.objects.filter(work__attempt__in=attempts).count(),
        runs=VisibleRun.objects.filter(work__attempt__in=attempts).count(),
    )


@transaction.atomic
def erase(of: QuerySet[Invitation], *, by: User) -> int:
    """Erases these candidates' data. How many invitations those were."""
    ids = list(of.order_by("pk").select_for_update().values_list("pk", flat=True))
    gradings = _gradings(ids)
    snapshots = set(Grading.objects.filter(pk__in=gradings).values_list("snapshot_id", flat=True))
    Attempt.objects.filter(invitation__in=ids).delete()
    Invitation.objects.filter(pk__in=ids).delete()
    Grading.objects.filter(pk__in=gradings).delete()
    Snapshot.objects.filter(pk__in=snapshots, gradings__isnull=True, submissions__isnull=True).delete()
    log.info("%s erased the data of %d invitations", by.pk, len(ids))
    return len(ids)


@transaction.atomic
def erase_assessment(assessment: Assessment, *, by: User) -> None:
    """Erases an assessment with the data of all who were invited to it. Its challenges stay."""
    locked = Assessment.objects.select_for_update().get(pk=assessment.pk)  # Nobody is invited meanwhile.
    erase(Invitation.objects.filter(assessment=locked), by=by)
    locked.delete()
    log.info("%s erased assessment %d", by.pk, assessment.pk)


def _gradings(invitations: Iterable[UUID]) -> list[UUID]:
    of_runs = Q(visible_run__work__attempt__invitation__in=invitations)
    of_submissions = Q(submission__work__attempt__invitation__in=invitations)
    return list(Grading.objects.filter(of_runs | of_submissions).order_by().values_list("pk", flat=True))
