"""Who calls the API: a candidate by their invitation, an interviewer by their token."""

from dataclasses import dataclass
from uuid import UUID

from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from assessments import access, invitations
from assessments.models import Invitation

SCHEME = "Invitation"


@dataclass(frozen=True)
class Candidate:
    """Someone who has shown an invitation. Candidates have no account."""

    invitation: Invitation
    is_authenticated: bool = True

    @property
    def pk(self) -> str:
        return str(self.invitation.pk)


class InvitationAuthentication(BaseAuthentication):
    """`Authorization: Invitation <id>.<secret>`, both from the link in the invitation
    (`…/invitation/<id>/#<secret>`).
    """

    def authenticate(self, request: Request) -> tuple[Candidate, None] | None:
        header = get_authorization_header(request).decode("latin-1").split(" ")
        if header[0].lower() != SCHEME.lower():
            return None
        id, _, secret = (header[1] if len(header) == 2 else "").partition(".")
        try:
            invitation = invitations.identify(UUID(id), secret)
        except ValueError:
            invitation = None
        if invitation is None:
            raise AuthenticationFailed("This invitation is wrong or unknown.")
        if invitation.revoked_at is not None:
            raise AuthenticationFailed("This invitation was withdrawn by those who sent it.", code="revoked")
        return Candidate(invitation), None

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


class InvitationSessionAuthentication(SessionAuthentication):
    """The browser in which the invitation was opened. Unsafe requests need the CSRF token.

    `?attempt=<id>` says which sitting is meant; it may be left out while the browser holds one only.
    """

    def authenticate(self, request: Request) -> tuple[Candidate, None] | None:
        named = request.query_params.get("attempt")
        held = [one for one in access.held_sittings(request._request) if named in (None, str(one.pk))]
        if not held:
            return None
        if len(held) > 1:
            raise AuthenticationFailed("This browser holds several sittings: name one with ?attempt=<id>.")
        self.enforce_csrf(request)
        return Candidate(held[0].invitation), None


class IsCandidate(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, Candidate)


class IsReviewer(BasePermission):
    """The rule is `access.may_review`; which rows are seen is decided by the view's query."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return not isinstance(request.user, Candidate) and access.may_review(request.user)
