"""Challenges in the administration: loaded from an archive, read, published, retired."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assessments import access, challenges
from assessments.authoring import matrix
from assessments.authoring.bases import EvidenceAdmin, EvidenceInline, link
from assessments.authoring.forms import UploadForm
from assessments.models import Challenge, ChallengeVersion
from assessments.review.people import signed_in
from grading.challenge import Suite
from grading.proofs import proving


class VersionInline(EvidenceInline):
    model = ChallengeVersion
    fields = ("number", "title", "state", "loaded_by", "loaded_at", "published_at")


@admin.register(Challenge)
class ChallengeAdmin(EvidenceAdmin):
    list_display = ("slug", "created_at")
    search_fields = ("slug", "versions__title")
    inlines = (VersionInline,)


@admin.register(ChallengeVersion)
class ChallengeVersionAdmin(EvidenceAdmin):
    """A version never changes, so its page only shows it. Adding one means to load an archive."""

    list_display = ("title", "challenge", "number", "state", "loaded_by", "loaded_at", "published_at")
    list_filter = ("state", "challenge")
    list_select_related = ("challenge", "loaded_by")
    search_fields = ("title", "challenge__slug")
    fields = ("challenge", "number", "state", "pack", "loaded_by", "loaded_at", "published_at")
    change_form_template = "authoring/challenge_version.html"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may_author(request.user)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChallengeVersion]:
        rows = super().get_queryset(request).select_related("challenge", "pack", "loaded_by")
        return rows.defer("pack__data")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """When an assessment asks (autocomplete), only published versions are offered."""
        found, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        if request.path.endswith("/autocomplete/"):
            found = found.filter(state=ChallengeVersion.State.PUBLISHED)
        return found, may_have_duplicates

    def get_urls(self) -> list[URLPattern]:
        return [
            path("<int:version_id>/publish/", self._guard(self.publish), name="challenge-publish"),
            path("<int:version_id>/prove/", self._guard(self.prove), name="challenge-prove"),
            path(
                "<int:version_id>/proof/",
                self.admin_site.admin_view(never_cache(require_safe(self.proof))),
                name="challenge-proof",
            ),
            path("<int:version_id>/retire/", self._guard(self.retire), name="challenge-retire"),
            *super().get_urls(),
        ]

    def _guard(self, view: Any) -> Any:
        return self.admin_site.admin_view(require_POST(view))

    def publish(self, request: HttpRequest, version_id: int) -> HttpResponse:
        version = access.get_challenge_version(request.user, version_id)
        try:
            challenges.publish(version, now=timezone.now())
        except challenges.NotProvedError:
            messages.error(request, f"{version} is not published: {matrix.of(version).needs}")
        else:
            self.log_change(request, version, "Published.")
            messages.success(request, f"{version} is published. New assessments use it.")
        return redirect("admin:assessments_challengeversion_change", version.pk)

    def prove(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """Once more, also what has passed."""
        version = access.get_challenge_version(request.user, version_id)
        proving.request(version.pack, now=timezone.now())
        self.log_change(request, version, "Proof asked for.")
        return redirect("admin:assessments_challengeversion_change", version.pk)

    def proof(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """The part of the page that changes while workers prove; asked for again and again by htmx."""
        version = access.get_challenge_version(request.user, version_id)
        context = {"version": version, "matrix": matrix.of(version)}
        return render(request, "authoring/_proof.html", context)

    def retire(self, request: HttpRequest, version_id: int) -> HttpResponse:
        version = access.get_challenge_version(request.user, version_id)
        if challenges.retire(version):
            self.log_change(request, version, "Retired.")
            messages.success(request, f"{version} is retired. Assessments that use it go on.")
        return redirect("admin:assessments_challengeversion_change", version.pk)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The upload."""
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid() and form.pack:
            version = challenges.load(form.pack, by=signed_in(request), now=timezone.now())
            self.log_addition(request, version, "Loaded.")
            messages.success(
                request, f"{version}: the pack has no fault. It can be published once it is proved."
            )
            return redirect("admin:assessments_challengeversion_change", version.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": "Load a challenge",
            "opts": self.opts,
            "form": form,
        }
        return render(request, "authoring/upload.html", context, status=400 if form.errors else 200)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        version = (
            access.get_challenge_version(request.user, int(object_id)) if object_id.isdecimal() else None
        )
        if version is None:
            return super().change_view(request, object_id, form_url, extra_context)
        pack = version.definition
        manifest = [(suite.value, pack.tests(suite), pack.max_score(suite)) for suite in Suite]
        context = {
            **(extra_context or {}),
            "version": version,
            "definition": pack,
            "manifest": manifest,
            "matrix": matrix.of(version),
            "preview": link("review:challenge", version, "Read it as interviewers do"),
        }
        return super().change_view(request, object_id, form_url, context)
