"""Stored files that nothing refers to any more are removed, a few at a time.

A submission that is about to refer to stored files makes sure that they are fresh (`Snapshot.store`), and
only what has been stale for longer than that holds is removed, row by row under a lock. So none vanishes from
under a submission: it either finds the row fresh, or waits for the removal and stores the files anew.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from grading.models import KEPT_FRESH, Snapshot

AT_ONCE = 200
"""Rows that one round looks at, by their primary key."""


class Sweep:
    """Looks at all stored files in turn, some in each round, and begins anew at the end."""

    def __init__(self) -> None:
        self._after = ""

    def next_round(self, now: datetime) -> int:
        """How many rows were removed."""
        rows = Snapshot.objects.filter(pk__gt=self._after).order_by("pk")
        seen = list(rows.values_list("pk", flat=True)[:AT_ONCE])
        self._after = seen[-1] if len(seen) == AT_ONCE else ""
        return _remove(seen, now - KEPT_FRESH) if seen else 0


@transaction.atomic
def _remove(seen: list[str], before: datetime) -> int:
    unused = Snapshot.objects.filter(pk__in=seen, stored_at__lt=before)
    for relation in Snapshot._meta.related_objects:
        name = relation.field.name
        unused = unused.exclude(Exists(relation.related_model._base_manager.filter(**{name: OuterRef("pk")})))
    locked = list(unused.select_for_update(skip_locked=True).values_list("pk", flat=True))
    if locked:
        Snapshot.objects.filter(pk__in=locked).delete()
    return len(locked)
