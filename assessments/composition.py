"""Assessments put together from published challenges."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from assessments.models import Assessment, AssessmentItem, ChallengeVersion, User

SUBMISSIONS_EACH: int = Assessment._meta.get_field("submissions_each").default
CLICKED_TWICE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One challenge of the assessment and its share of the score, relative to the others'."""

    version: ChallengeVersion
    weight: int = 1


@transaction.atomic
def compose(
    *,
    title: str,
    introduction: str,
    minutes: int,
    submissions_each: int = SUBMISSIONS_EACH,
    parts: Sequence[Part],
    by: User,
    now: datetime,
) -> Assessment:
    """A new assessment with these challenges in this order. Pressed twice within a minute, it makes one."""
    User.objects.select_for_update().get(pk=by.pk)  # Two clicks at once: one waits for the other.
    values = {
        "title": title,
        "introduction": introduction,
        "minutes": minutes,
        "submissions_each": submissions_each,
        "created_by": by,
    }
    for recent in Assessment.objects.filter(**values, created_at__gt=now - CLICKED_TWICE):
        items = list(recent.items.values_list("version_id", "weight"))
        if items == [(part.version.pk, part.weight) for part in parts]:
            return recent
    assessment = Assessment.objects.create(**values)
    AssessmentItem.objects.bulk_create(
        AssessmentItem(assessment=assessment, version=part.version, position=position, weight=part.weight)
        for position, part in enumerate(parts, 1)
    )
    return assessment
