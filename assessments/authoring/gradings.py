"""What grading keeps, to be read only.

There may be a million gradings: the list counts no further than LISTED and offers no filter without an index.
"""

from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.utils.functional import cached_property

from assessments.authoring.bases import EvidenceAdmin, EvidenceInline
from grading.models import Grading, Pack, TestResult

LISTED = 1000
"""Gradings that the list leads to, the latest first; older ones are found by filter and search."""


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # Generic to the type checker only.
    object_list: Any

    @cached_property
    def count(self) -> int:
        return len(self.object_list.values_list("pk")[:LISTED])


class ResultInline(EvidenceInline):
    model = TestResult
    fields = ("title", "skill", "outcome", "points", "max_points", "seconds", "message")
    show_change_link = False


@admin.register(Grading)
class GradingAdmin(EvidenceAdmin):
    list_display = ("id", "pack", "suite", "lane", "status", "verdict", "score", "max_score", "requested_at")
    list_filter = ("status", "verdict")
    list_select_related = ("pack",)
    search_fields = ("id", "pack__slug", "pack__title", "worker")
    paginator = CappedPaginator
    exclude = ("token",)
    inlines = (ResultInline,)


@admin.register(Pack)
class PackAdmin(EvidenceAdmin):
    list_display = ("title", "slug", "kind", "digest", "loaded_at")
    list_filter = ("kind",)
    search_fields = ("slug", "title", "digest")
    fields = ("title", "slug", "kind", "digest", "loaded_at")
