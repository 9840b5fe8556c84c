"""What grading keeps, to be read only."""

from django.contrib import admin

from assessments.authoring.bases import EvidenceAdmin, EvidenceInline
from grading.models import Grading, Pack, TestResult


class ResultInline(EvidenceInline):
    model = TestResult
    fields = ("title", "skill", "outcome", "points", "max_points", "seconds", "message")
    show_change_link = False


@admin.register(Grading)
class GradingAdmin(EvidenceAdmin):
    list_display = ("id", "pack", "suite", "lane", "status", "verdict", "score", "max_score", "requested_at")
    list_filter = ("status", "verdict", "lane", "suite", "language")
    list_select_related = ("pack",)
    search_fields = ("id", "pack__slug", "pack__title", "worker")
    date_hierarchy = "requested_at"
    exclude = ("token",)
    inlines = (ResultInline,)


@admin.register(Pack)
class PackAdmin(EvidenceAdmin):
    list_display = ("title", "slug", "kind", "digest", "loaded_at")
    list_filter = ("kind",)
    search_fields = ("slug", "title", "digest")
    fields = ("title", "slug", "kind", "digest", "loaded_at")
