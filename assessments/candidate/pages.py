"""The sitting around the editor: overview, clock, finishing, and the page at the end."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from assessments import attempts, submissions
from assessments.candidate import archive, feedback
from assessments.candidate.feedback import GradingFeedback
from assessments.candidate.sitting import attempt_required, open_attempt_required
from assessments.models import Attempt, Submission, Work

POSITIONS = frozenset(map(str, range(1, 1000)))


@dataclass(frozen=True, kw_only=True)
class Line:
    """One challenge in a list: its work, the submission that counts, and what came of that."""

    work: Work
    submissions: int
    """How many were not withdrawn."""
    last: Submission | None
    """The one that counts."""
    feedback: GradingFeedback | None
    unsubmitted: bool
    """Whether something is saved that is not handed in."""
    beside: Submission | None
    """Edits that were handed in at the end and do not count."""

    @property
    def position(self) -> int:
        return self.work.item.position

    @property
    def title(self) -> str:
        return self.work.item.version.title

    @property
    def summary(self) -> str:
        return self.work.item.version.definition.summary


@require_safe
@open_attempt_required
def overview(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    context = _context(attempt, _works(attempt))
    return render(request, "candidate/overview.html", context)


@require_GET
@attempt_required
def time_left(_request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """For a page whose clock may have stopped: the machine slept, or the browser kept an old page."""
    return JsonResponse({"seconds_left": seconds_left(attempt)})


@require_http_methods(["GET", "HEAD", "POST"])
@open_attempt_required
def finish(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    if request.method == "POST":
        chosen = {int(value) for value in request.POST.getlist("edits") if value in POSITIONS}
        attempts.finish(attempt, now=timezone.now(), edits_count=chosen)
        return redirect("candidate:end", attempt.pk)
    context = _context(attempt, _works(attempt))
    return render(request, "candidate/finish.html", context)


@require_safe
@attempt_required
def end(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """What was handed in and what came of it. Asks again by itself (htmx) while anything is being graded; in
    the seconds of grace after the deadline it waits for what is still under way.
    """
    if attempt.is_open(timezone.now()):
        return redirect("candidate:overview", attempt.pk)
    if attempt.finished_at is None:
        return render(request, "candidate/handing_in.html", {"attempt": attempt})
    works = _works(attempt)
    context = {
        **_context(attempt, works),
        "is_open": any(line.feedback and line.feedback.is_open for line in works),
    }
    partial = request.headers.get("HX-Request") == "true"
    return render(request, "candidate/_handed_in.html" if partial else "candidate/end.html", context)


@require_safe
@attempt_required
def download(_request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """The candidate's own code as a zip: of each challenge what counts."""
    if attempt.finished_at is None:
        return redirect("candidate:end", attempt.pk)
    response = HttpResponse(archive.of_attempt(attempt), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-code.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def seconds_left(attempt: Attempt) -> float:
    return round(attempts.time_left(attempt, now=timezone.now()).total_seconds(), 1)


def _context(attempt: Attempt, works: list[Line]) -> dict[str, object]:
    """`saved_state` tells the page's script which of what the browser kept is on the server."""
    saved = {line.position: {"page": line.work.saved_by, "number": line.work.saved_number} for line in works}
    return {
        "attempt": attempt,
        "works": works,
        "seconds_left": seconds_left(attempt),
        "saved_state": saved,
    }


def _works(attempt: Attempt) -> list[Line]:
    return [_line(work) for work in submissions.works(attempt)]


def _line(work: Work) -> Line:
    history = feedback.of_submissions(work)
    last, result = feedback.counting(history)
    standing = sum(not one.is_withdrawn for _, one in history)
    unsubmitted = submissions.has_unsubmitted(work)
    return Line(
        work=work,
        submissions=standing,
        last=last,
        feedback=result,
        unsubmitted=unsubmitted,
        beside=next((one for one, _ in history if one.is_beside), None),
    )
