"""Working on one challenge: the page with the editor and what it calls.

Answers to scripts are JSON or the results panel; every refusal has a `message` for the person and a `code`
for the script.
"""

import hashlib

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from assessments import access, allowance, attempts, expectations, markdown, submissions
from assessments.candidate import feedback, outline, pages, panels
from assessments.candidate.drafts import Draft, read_draft, read_revision
from assessments.candidate.refusals import refusals_as_json
from assessments.candidate.sitting import attempt_required, desk_required, open_attempt_required
from assessments.models import Attempt, Work
from grading import files as grading_files
from grading.challenge import Suite
from grading.errors import RejectedUpload
from grading.files import Access

EDITABLE, READ_ONLY = Access.EDITABLE, Access.READ_ONLY


@require_safe
@open_attempt_required
def workspace(request: HttpRequest, attempt: Attempt, position: int) -> HttpResponse:
    work = access.get_work(attempt, position)
    expectations.expect(work, Suite.VISIBLE, now=timezone.now())
    pack = work.item.version.definition
    context = {
        "attempt": attempt,
        "work": work,
        "pack": pack,
        "statement": markdown.render(markdown.without_title(pack.statement), first_heading=3),
        "languages": [(slug, outline.language_name(slug)) for slug in pack.languages],
        "language_name": outline.language_name(work.language),
        "works": submissions.works(attempt),
        "seconds_left": pages.seconds_left(attempt),
        "editor": _editor_data(work),
        "results": _results_html(request, work),
    }
    return render(request, "candidate/workspace.html", context)


def _editor_data(work: Work) -> dict[str, object]:
    """What the script starts with: files in order, patterns of what may be added, addresses."""
    pack = work.item.version.definition
    language = pack.languages[work.language]
    read_only = grading_files.starter(pack, work.language, READ_ONLY)
    shown = [(path, text, EDITABLE) for path, text in sorted(submissions.saved(work, work.language).items())]
    shown += [(path, text, READ_ONLY) for path, text in sorted(read_only.items())]
    return {
        "attempt": str(work.attempt_id),
        "position": work.item.position,
        "language": work.language,
        "revision": work.revision,
        "savedBy": work.saved_by,
        "savedNumber": work.saved_number,
        "savedAt": work.saved_at.isoformat() if work.saved_at else None,
        "files": [{"path": path, "text": text, "access": kind.value} for path, text, kind in shown],
        "editable": list(language.editable),
        "closed": [*language.read_only, *language.hidden],
        "urls": {
            name: reverse(f"candidate:{name}", args=[work.attempt_id, work.item.position])
            for name in ("save", "run", "submit", "results")
        },
        "end": reverse("candidate:end", args=[work.attempt_id]),
    }


@require_POST
@desk_required
@refusals_as_json
def save(request: HttpRequest, work: Work) -> HttpResponse:
    """Autosave: what `drafts.read_draft` reads -> {revision, saved_at, seconds_left}."""
    draft: Draft = read_draft(request)
    now = timezone.now()  # After the whole body was received: that is the moment that counts.
    saved = submissions.save(work, draft.language, draft.files, draft.revision, now=now, stamp=draft.stamp)
    expectations.expect(saved, Suite.VISIBLE, Suite.HIDDEN, now=now)
    return JsonResponse(
        {
            "revision": saved.revision,
            "saved_at": saved.saved_at.isoformat() if saved.saved_at else None,
            "seconds_left": pages.seconds_left(saved.attempt),
        }
    )


@require_POST
@open_attempt_required
def language(request: HttpRequest, attempt: Attempt, position: int) -> HttpResponse:
    """Another language from the form's menu. The draft of each language is kept."""
    work = access.get_work(attempt, position)
    now = timezone.now()
    try:
        work = submissions.choose_language(work, request.POST.get("language", ""), now=now)
    except submissions.Closed:
        return redirect("candidate:end", attempt.pk)
    except RejectedUpload as error:
        return HttpResponse(error.message, status=422, content_type="text/plain; charset=utf-8")
    expectations.expect(work, Suite.VISIBLE, now=now)
    return redirect("candidate:workspace", attempt.pk, position)


@require_POST
@attempt_required
@refusals_as_json
def run(request: HttpRequest, attempt: Attempt, position: int) -> HttpResponse:
    """Runs the visible tests on what is saved; answers with the results panel."""
    work = access.get_work(attempt, position)
    revision = read_revision(request)
    submissions.run_visible(work, now=timezone.now(), revision=revision)
    return HttpResponse(_results_html(request, work))


@require_POST
@attempt_required
@refusals_as_json
def submit(request: HttpRequest, attempt: Attempt, position: int) -> HttpResponse:
    """Hands in what is saved; answers with the results panel."""
    work = access.get_work(attempt, position)
    revision = read_revision(request)
    submissions.submit(work, now=timezone.now(), revision=revision)
    return HttpResponse(_results_html(request, work))


@require_POST
@attempt_required
@refusals_as_json
def withdraw_run(request: HttpRequest, attempt: Attempt, position: int) -> HttpResponse:
    """Ends the run that waits or is under way; answers with the results panel."""
    work = access.get_work(attempt, position)
    submissions.withdraw_run(work, now=timezone.now())
    return HttpResponse(_results_html(request, work))


@require_POST
@attempt_required
@refusals_as_json
def withdraw(request: HttpRequest, attempt: Attempt, position: int, number: int) -> HttpResponse:
    """Takes back a submission that is not graded yet; answers with the results panel."""
    work = access.get_work(attempt, position)
    submissions.withdraw(access.get_own_submission(work, number), now=timezone.now())
    return HttpResponse(_results_html(request, work))


@require_GET
@attempt_required
def submitted_files(_request: HttpRequest, attempt: Attempt, position: int, number: int) -> HttpResponse:
    """The files of an earlier submission, to restore them in the editor."""
    submission = access.get_own_submission(access.get_work(attempt, position), number)
    return JsonResponse({"language": submission.language, "files": submission.snapshot.files})


@require_GET
@attempt_required
def starter(_request: HttpRequest, attempt: Attempt, position: int) -> HttpResponse:
    """The files that the chosen language began with, to restore them in the editor."""
    work = access.get_work(attempt, position)
    files = grading_files.starter(work.item.version.definition, work.language)
    return JsonResponse({"language": work.language, "files": files})


@require_GET
@desk_required
def results(request: HttpRequest, work: Work) -> HttpResponse:
    """The results panel; 204 if the page has it (`seen`), so that nothing flickers or is read out twice."""
    seen, state = request.GET.get("seen", ""), panels.state(work, timezone.now())
    if panels.is_current(work, seen, state):
        return HttpResponse(status=204)
    panel = _panel(request, access.get_work(work.attempt, work.item.position))
    panels.note(work, str(panel["version"]), state)
    if seen == panel["version"]:
        return HttpResponse(status=204)
    return HttpResponse(render_to_string("candidate/_results.html", panel, request))


def _results_html(request: HttpRequest, work: Work) -> str:
    return render_to_string("candidate/_results.html", _panel(request, work), request)


def _panel(request: HttpRequest, work: Work) -> dict[str, object]:
    """The panel's context: its body, and a version that changes whenever the body does."""
    attempt, found = work.attempt, feedback.of_work(work)
    if found.is_owed_time and attempt.finished_at is None:  # It failed this moment.
        attempt, found = attempts.settle(attempt, now=timezone.now()), feedback.of_work(work)
    context = {
        "attempt": attempt,
        "work": work,
        "feedback": found,
        "near": allowance.NEAR,
        "seconds_left": pages.seconds_left(attempt),
    }
    body = render_to_string("candidate/_results_body.html", context, request)
    version = hashlib.sha256(body.encode()).hexdigest()[:16]
    return {**context, "body": body, "version": version}
