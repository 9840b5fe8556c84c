"""The list of attempts, and one attempt's report as a page, as JSON and as plain text."""

from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from assessments import access
from assessments.models import Invitation
from assessments.review.exports import as_json, as_text
from assessments.review.reports import report
from assessments.review.states import State, in_state, invitation_rows, state_of

PAGE_SIZE = 25
SEARCH_CHARACTERS = 100


@access.interviewer_required
@never_cache
@require_GET
def attempts(request: HttpRequest) -> HttpResponse:
    """Everyone invited, latest first, with state and score; filtered by `q`, `state` and `assessment`."""
    now = timezone.now()
    visible = access.invitations_visible_to(request.user)
    query = request.GET.get("q", "").replace("\0", "").strip()[:SEARCH_CHARACTERS]
    state = next((state for state in State if state.value == request.GET.get("state")), None)
    choices = access.assessments_visible_to(request.user).only("title")[:200]
    rows = _search(visible, query)
    chosen = request.GET.get("assessment", "")
    if chosen.isdecimal() and len(chosen) < 18:
        rows = rows.filter(assessment_id=int(chosen))
    if state:
        rows = in_state(rows, state, now=now)
    rows = rows.select_related("assessment").order_by(
        Coalesce("attempt__started_at", "invited_at").desc(), "pk"
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    filters = request.GET.copy()
    filters.pop("page", None)
    context = {
        "page": page,
        "rows": invitation_rows(page.object_list, now=now),
        "query": query,
        "state": state,
        "states": State,
        "choices": choices,
        "chosen": chosen,
        "is_filtered": bool(query or state or chosen),
        "filters": filters.urlencode(),
    }
    return render(request, "review/attempts.html", context)


def _search(rows: QuerySet[Invitation], query: str) -> QuerySet[Invitation]:
    """Every word must be in the name, the address or the assessment's title."""
    for word in query.split():
        rows = rows.filter(
            Q(name__icontains=word) | Q(email__icontains=word) | Q(assessment__title__icontains=word)
        )
    return rows


@access.interviewer_required
@never_cache
@require_GET
def attempt(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    found = access.get_attempt(request.user, attempt_id)
    whole = report(found)
    context = {
        "attempt": found,
        "invitation": found.invitation,
        "report": whole,
        "state": state_of(found.invitation, found, is_grading=whole.score.is_pending, now=timezone.now()),
        "time_used": (found.finished_at or timezone.now()) - found.started_at,
        "time_allowed": found.deadline_at - found.started_at,
        "events": found.invitation.events.select_related("by"),
    }
    return render(request, "review/attempt.html", context)


@access.interviewer_required
@never_cache
@require_GET
def report_json(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    found = access.get_attempt(request.user, attempt_id)
    response = JsonResponse(as_json(report(found)), json_dumps_params={"indent": 2, "ensure_ascii": False})
    return _download(response, f"attempt-{found.pk}.json")


@access.interviewer_required
@never_cache
@require_GET
def report_text(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    found = access.get_attempt(request.user, attempt_id)
    response = HttpResponse(as_text(report(found)), content_type="text/plain; charset=utf-8")
    return _download(response, f"attempt-{found.pk}.txt")


def _download(response: HttpResponse, name: str) -> HttpResponse:
    """The name is made of an id, so it needs no quoting."""
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
