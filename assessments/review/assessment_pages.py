"""Assessments: the list, a new one, one with its invitations, and what a challenge is."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from assessments import access, invitations
from assessments.composition import SUBMISSIONS_EACH, compose
from assessments.markdown import render as render_markdown
from assessments.models import Assessment
from assessments.review.forms import AssessmentForm, InviteForm
from assessments.review.people import signed_in
from assessments.review.states import invitation_rows
from grading.challenge import Suite

PAGE_SIZE = 50


@access.interviewer_required
@never_cache
@require_GET
def assessments(request: HttpRequest) -> HttpResponse:
    rows = access.assessments_visible_to(request.user).filter(archived_at__isnull=True)
    rows = rows.select_related("created_by").annotate(
        challenge_count=Count("items", distinct=True),
        invited_count=Count("invitations", distinct=True),
        started_count=Count("invitations", filter=Q(invitations__attempt__isnull=False), distinct=True),
    )
    rows = rows.order_by("-created_at", "pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "review/assessments.html", {"page": page})


@access.interviewer_required
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    versions = (
        access.challenge_versions_visible_to(request.user).published().select_related("challenge", "pack")
    )
    form = AssessmentForm(request.POST or None, versions=versions.defer("pack__data"))
    if request.method == "POST" and form.is_valid():
        assessment = compose(
            title=form.cleaned_data["title"],
            introduction=form.cleaned_data["introduction"],
            minutes=form.cleaned_data["minutes"],
            submissions_each=form.cleaned_data["submissions_each"] or SUBMISSIONS_EACH,
            parts=form.parts(),
            by=signed_in(request),
            now=timezone.now(),
        )
        messages.success(request, "The assessment is ready. Now invite someone.")
        return redirect("review:assessment", assessment.pk)
    return render(request, "review/new_assessment.html", {"form": form}, status=400 if form.errors else 200)


@access.interviewer_required
@never_cache
@require_http_methods(["GET", "POST"])
def assessment(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """An assessment with its invitations. A post invites."""
    found = access.get_assessment(request.user, assessment_id)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _invite(request, found, form)
        return redirect("review:assessment", found.pk)
    items = found.items.select_related("version__pack").defer("version__pack__data")
    page = Paginator(found.invitations.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "assessment": found,
        "introduction": render_markdown(found.introduction),
        "items": items,
        "total_weight": items.aggregate(total=Sum("weight"))["total"],
        "form": form,
        "page": page,
        "rows": invitation_rows(page.object_list, now=timezone.now(), with_links=True),
    }
    return render(request, "review/assessment.html", context, status=400 if form.errors else 200)


def _invite(request: HttpRequest, to: Assessment, form: InviteForm) -> None:
    guests = form.cleaned_data["guests"]
    by, now = signed_in(request), timezone.now()
    made = invitations.invite(to, guests, form.terms(), by=by, now=now)
    failed = []
    for invitation in made:
        try:
            invitations.send(invitation, seen=None, by=by, now=now)
        except invitations.NotSentError:
            failed.append(invitation.email)
    if sent := [invitation.email for invitation in made if invitation.email not in failed]:
        messages.success(request, "Invited: " + ", ".join(sent))
    if failed:
        messages.error(
            request,
            f"The e-mail server did not take the message to {', '.join(failed)}. "
            "Copy the link below, or send again later.",
        )
    if len(made) < len(guests):
        messages.info(
            request, "Who already holds an open invitation to this assessment was not invited again."
        )


@access.interviewer_required
@never_cache
@require_GET
def challenge(request: HttpRequest, version_id: int) -> HttpResponse:
    """What a candidate will read, and the tests by title, points and skill."""
    version = access.get_challenge_version(request.user, version_id)
    pack = version.definition
    context = {
        "version": version,
        "pack": pack,
        "statement": render_markdown(pack.statement),
        "suites": [(suite.value, pack.tests(suite), pack.max_score(suite)) for suite in Suite],
    }
    return render(request, "review/challenge.html", context)
