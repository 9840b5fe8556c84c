"""What an interviewer does with one invitation. Each is a post and leads back to the assessment."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from assessments import access, invitations
from assessments.models import Attempt
from assessments.review.people import signed_in


@access.interviewer_required
@require_POST
def send(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Sends the e-mail again; once, however often the button was pressed."""
    invitation = access.get_invitation(request.user, invitation_id)
    try:
        seen = _moment(request.POST.get("seen", ""))
        sent = invitations.send(invitation, seen=seen, by=signed_in(request), now=timezone.now())
    except invitations.NotSentError:
        messages.error(
            request, "The e-mail server did not take the message. Copy the link, or try again later."
        )
    else:
        if sent:
            messages.success(request, f"Sent again to {invitation.email}.")
        else:
            messages.info(
                request, f"Nothing was sent: {invitation.email} had just been written to, or is revoked."
            )
    return redirect("review:assessment", invitation.assessment_id)


@access.interviewer_required
@never_cache
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Asks, and says what happens to a sitting that runs; a post does it."""
    invitation = access.get_invitation(request.user, invitation_id)
    if request.method != "POST":
        attempt = Attempt.objects.running().filter(invitation=invitation).first()
        return render(request, "review/revoke.html", {"invitation": invitation, "attempt": attempt})
    if invitations.revoke(invitation, by=signed_in(request), now=timezone.now()):
        messages.success(request, f"The link of {invitation.email} no longer works, until you restore it.")
    else:
        messages.info(request, f"The link of {invitation.email} was revoked before.")
    return redirect("review:assessment", invitation.assessment_id)


@access.interviewer_required
@require_POST
def restore(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Takes a revocation back."""
    invitation = access.get_invitation(request.user, invitation_id)
    try:
        restored = invitations.restore(invitation, by=signed_in(request), now=timezone.now())
    except invitations.InvitedAnewError:
        messages.error(
            request, f"{invitation.email} holds a newer invitation to this assessment. Revoke that one first."
        )
    else:
        if restored:
            messages.success(request, f"The link of {invitation.email} works again, the same as before.")
        else:
            messages.info(request, f"The link of {invitation.email} was not revoked.")
    return redirect("review:assessment", invitation.assessment_id)


def _moment(text: str) -> datetime | None:
    try:
        return parse_datetime(text)
    except ValueError:
        return None
