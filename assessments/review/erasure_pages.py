"""Erasing a candidate's data or an assessment: a page asks, with what would go, and a post does it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from assessments import access, erasure
from assessments.models import Invitation
from assessments.review.people import signed_in


@access.admin_required
@never_cache
@require_http_methods(["GET", "POST"])
def candidate(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """One invitation and what came of it, or every invitation of the same person."""
    found = access.get_invitation(request.user, invitation_id)
    whole = request.POST.get("whole") == "person"
    rows = erasure.of_the_same_person(found) if whole else Invitation.objects.filter(pk=found.pk)
    if request.method == "POST" and request.POST.get("sure"):
        number = erasure.erase(rows, by=signed_in(request))
        what = "1 invitation" if number == 1 else f"{number} invitations"
        messages.success(request, f"Erased: {what} and everything that came of it.")
        return redirect("review:assessment", found.assessment_id)
    context = {
        "invitation": found,
        "this": erasure.extent(Invitation.objects.filter(pk=found.pk)),
        "person": erasure.extent(erasure.of_the_same_person(found)),
        "whole": whole,
    }
    return _asked(request, "review/erase_candidate.html", context)


@access.admin_required
@never_cache
@require_http_methods(["GET", "POST"])
def assessment(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """An assessment with everybody's data."""
    found = access.get_assessment(request.user, assessment_id)
    if request.method == "POST" and request.POST.get("sure"):
        erasure.erase_assessment(found, by=signed_in(request))
        messages.success(request, f"Erased: {found.title}, with the data of everybody who was invited to it.")
        return redirect("review:assessments")
    context = {"assessment": found, "this": erasure.extent(Invitation.objects.filter(assessment=found))}
    return _asked(request, "review/erase_assessment.html", context)


def _asked(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    """The question; again, with a reason, where it was answered without the tick."""
    unsure = request.method == "POST"
    return render(request, template, {**context, "is_unsure": unsure}, status=400 if unsure else 200)
