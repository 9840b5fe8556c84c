"""The page that a link opens. Looking at it changes nothing: mail programs and previews open links, too."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from assessments import access, attempts, expectations, invitations, submissions
from assessments.candidate import outline
from assessments.models import Attempt, Event, Invitation
from assessments.models.attempts import SAVING_GRACE
from grading.challenge import Suite


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitation(request: HttpRequest, id: UUID, secret: str) -> HttpResponse:
    """GET shows what awaits, POST starts or continues. Wrong, unknown and revoked links get the same 404."""
    found = invitations.find(id, secret)
    if found is None:
        return render(request, "candidate/invalid.html", status=404)
    if request.method == "POST":
        return _enter(request, found)
    return _show(request, found)


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
        return render(request, "candidate/invalid.html", status=404)
    if not access.holds(request, attempt):
        access.admit(request, attempt)
        Event.objects.create(invitation=invitation, kind=Event.Kind.OPENED, at=now)
    first = submissions.works(attempt).first()
    if first is not None:
        expectations.expect(first, Suite.VISIBLE, now=now)
    return redirect("candidate:overview" if attempt.is_open(now) else "candidate:end", attempt.pk)


def _expired(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    return render(request, "candidate/expired.html", {"invitation": invitation}, status=410)
