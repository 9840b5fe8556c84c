"""Assessments, which admins may edit, and the evidence of sittings, which nobody may."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from assessments.authoring.bases import Admin, EvidenceAdmin, EvidenceInline, Inline, link
from assessments.models import (
    Assessment,
    AssessmentItem,
    Attempt,
    ChallengeVersion,
    Event,
    Invitation,
    LostTime,
    Submission,
    VisibleRun,
)


class ItemInline(Inline):
    """Fixed as soon as somebody is invited: a candidate's assessment does not change under them."""

    model = AssessmentItem
    autocomplete_fields = ("version",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """What was never published was never proved, whatever a form sends. A retired version may stay."""
        if db_field.name == "version":
            kwargs["queryset"] = ChallengeVersion.objects.filter(published_at__isnull=False)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _is_open(self, obj: Assessment | None) -> bool:
        return obj is None or not obj.invitations.exists()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and self._is_open(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._is_open(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._is_open(obj)


@admin.register(Assessment)
class AssessmentAdmin(Admin):
    list_display = ("title", "minutes", "created_by", "created_at", "archived_at", "page")
    list_filter = ("created_by", ("archived_at", admin.EmptyFieldListFilter))
    list_select_related = ("created_by",)
    search_fields = ("title",)
    date_hierarchy = "created_at"
    fields = (
        "title",
        "introduction",
        "minutes",
        "submissions_each",
        "created_by",
        "archived_at",
        "created_at",
    )
    readonly_fields = ("created_at",)
    autocomplete_fields = ("created_by",)
    inlines = (ItemInline,)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"created_by": request.user.pk}

    @admin.display(description="Invitations")
    def page(self, row: Assessment) -> SafeString:
        return link("review:assessment", row, "Invite")


@admin.register(Invitation)
class InvitationAdmin(EvidenceAdmin):
    list_display = ("email", "name", "assessment", "invited_by", "invited_at", "expires_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), ("attempt", admin.EmptyFieldListFilter))
    list_select_related = ("assessment", "invited_by")
    search_fields = ("email", "name", "assessment__title")
    date_hierarchy = "invited_at"
    exclude = ("nonce",)


class LostTimeInline(EvidenceInline):
    model = LostTime
    fields = ("grading", "began_at", "ended_at", "given_back")


@admin.register(Attempt)
class AttemptAdmin(EvidenceAdmin):
    list_display = ("candidate", "assessment", "started_at", "deadline_at", "finished_at", "report")
    list_filter = (("finished_at", admin.EmptyFieldListFilter), "started_at")
    list_select_related = ("invitation__assessment",)
    search_fields = ("invitation__email", "invitation__name", "invitation__assessment__title")
    date_hierarchy = "started_at"
    inlines = (LostTimeInline,)

    @admin.display(description="Candidate", ordering="invitation__email")
    def candidate(self, row: Attempt) -> str:
        return row.invitation.name or row.invitation.email

    @admin.display(description="Report")
    def report(self, row: Attempt) -> SafeString:
        return link("review:attempt", row, "Read")


@admin.register(Submission)
class SubmissionAdmin(EvidenceAdmin):
    list_display = ("__str__", "language", "reason", "created_at", "verdict", "page")
    list_filter = ("reason", "language", "grading__verdict")
    list_select_related = ("grading", "work__item__version", "work__attempt__invitation__assessment")
    search_fields = ("work__attempt__invitation__email", "work__attempt__invitation__name")
    date_hierarchy = "created_at"

    @admin.display(description="Verdict")
    def verdict(self, row: Submission) -> str:
        return row.grading.verdict or row.grading.status

    @admin.display(description="Page")
    def page(self, row: Submission) -> SafeString:
        return link("review:submission", row, "Read")


@admin.register(VisibleRun)
class VisibleRunAdmin(EvidenceAdmin):
    list_display = ("__str__", "created_at")
    list_select_related = ("grading", "work__item__version", "work__attempt__invitation__assessment")
    search_fields = ("work__attempt__invitation__email",)
    date_hierarchy = "created_at"


@admin.register(Event)
class EventAdmin(EvidenceAdmin):
    list_display = ("at", "kind", "invitation", "detail", "by")
    list_filter = ("kind",)
    list_select_related = ("invitation__assessment", "by")
    search_fields = ("invitation__email", "invitation__name", "detail")
    date_hierarchy = "at"
