"""The page that a link opens. Looking at it changes nothing: mail programs and previews open links, too.

The secret of a link stands behind its '#'. A small script posts it once; from then on the browser's session
knows that it was shown, and no address holds it.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from assessments import access, attempts, expectations, invitations, submissions
from assessments.candidate import outline
from assessments.models import Attempt, Event, Invitation
from assessments.models.attempts import SAVING_GRACE
from grading.challenge import Suite


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitation(request: HttpRequest, id: UUID) -> HttpResponse:
    """GET shows what awaits, or asks for the secret; POST starts or continues. Wrong and unknown links get
    the same 404.
    """
    found = access.opened_invitation(request, id)
    if found is None and request.method != "POST":
        return render(request, "candidate/opening.html", {"id": id})
    return _answer(request, found)


@require_POST
@never_cache
def open_link(request: HttpRequest, id: UUID) -> HttpResponse:
    """Takes the `secret` of a link and leads to its page."""
    found = invitations.identify(id, request.POST.get("secret", ""))
    if found is None:
        return invalid(request)
    access.remember(request, found)
    return redirect("candidate:invitation", id)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def earlier_link(request: HttpRequest, id: UUID, secret: str) -> HttpResponse:
    """A link as e-mails held it before its secret went behind the '#'."""
    found = invitations.identify(id, secret)
    if found is None:
        return invalid(request)
    access.remember(request, found)
    return _answer(request, found) if request.method == "POST" else redirect("candidate:invitation", id)


def invalid(request: HttpRequest) -> HttpResponse:
    return render(request, "candidate/invalid.html", status=404)


def revoked(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Tells whoever holds the link what happened to it, and to the sitting if there is one."""
    attempt = Attempt.objects.filter(invitation=invitation).first()
    context = {"invitation": invitation, "attempt": attempt}
    return render(request, "candidate/revoked.html", context, status=410)


def _answer(request: HttpRequest, found: Invitation | None) -> HttpResponse:
    if found is None:
        return invalid(request)
    if found.revoked_at is not None:
        return revoked(request, found)
    return _enter(request, found) if request.method == "POST" else _show(request, found)


def _show(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    now = timezone.now()
    attempt = Attempt.objects.filter(invitation=invitation).first()
    if attempt is None and now >= invitation.expires_at:
        return _expired(request, invitation)
    context = {
        "invitation": invitation,
        "assessment": invitation.assessment,
        "attempt": attempt,
        "is_over": attempt is not None and not attempt.is_open(now),
        "minutes": invitations.minutes(invitation),
        "grace_seconds": int(SAVING_GRACE.total_seconds()),
        "challenges": outline.challenges(invitation.assessment),
    }
    return render(request, "candidate/invitation.html", context)


def _enter(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    now = timezone.now()
    try:
        attempt = attempts.start(invitation, now=now)
    except attempts.Expired:
        return _expired(request, invitation)
    except attempts.Revoked:
        invitation.refresh_from_db()
        return revoked(request, invitation)
    if not access.holds(request, attempt):
        access.admit(request, attempt)
        Event.objects.create(invitation=invitation, kind=Event.Kind.OPENED, at=now)
    first = submissions.works(attempt).first()
    if first is not None:
        expectations.expect(first, Suite.VISIBLE, now=now)
    return redirect("candidate:overview" if attempt.is_open(now) else "candidate:end", attempt.pk)


def _expired(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    return render(request, "candidate/expired.html", {"invitation": invitation}, status=410)
