"""One submission: its tests, its code, and what changed since the starter or another submission."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from assessments import access
from assessments.models import Submission
from assessments.review import code
from assessments.review.reports import SUBMISSIONS_SHOWN, graded


@access.interviewer_required
@never_cache
@require_GET
def submission(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """`?against=<number>` compares with another submission for the same challenge instead of the starter."""
    found = _get(request, submission_id)
    others = Submission.objects.filter(work_id=found.work_id).order_by("number")
    other = _other(others, request.GET.get("against", ""))
    shown = graded(found)
    context = {
        "graded": shown,
        "submission": found,
        "attempt": found.work.attempt,
        "invitation": found.work.attempt.invitation,
        "others": others.only("number", "work_id")[:SUBMISSIONS_SHOWN],
        "other": other,
        "other_number": str(other.number) if other else "",
        "differences": code.differences(other.snapshot.files, shown.files) if other else shown.differences,
    }
    return render(request, "review/submission.html", context)


@access.interviewer_required
@never_cache
@require_GET
def file(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """A whole file as it was handed in, to save. Never shown by the browser: it is a stranger's."""
    files = _get(request, submission_id).snapshot.files
    path = request.GET.get("path", "")
    if path not in files:
        raise Http404
    response = HttpResponse(files[path], content_type="text/plain; charset=utf-8")
    name = path.rsplit("/", 1)[-1]
    header = content_disposition_header(as_attachment=True, filename=name)
    response["Content-Disposition"] = header or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _get(request: HttpRequest, submission_id: UUID) -> Submission:
    return access.get_submission(request.user, submission_id)


def _other(others: QuerySet[Submission], number: str) -> Submission | None:
    """The submission of that number, or None for the starter. Raises Http404 if there is none."""
    if not number:
        return None
    if not number.isdecimal() or len(number) > 9:
        raise Http404
    return get_object_or_404(others.select_related("snapshot"), number=int(number))
