"""Who may see or change what: the only place where the rule is written.

Interviewers see the assessments they created and everything that hangs below; admins see all. A candidate
has no account: after opening their link their browser's session holds the attempt, and every address of a
sitting names it. Whoever may not see a thing is told that it does not exist (404), so that nobody learns
which ids do. Anonymous people are sent to the login page.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.crypto import constant_time_compare

from assessments.models import Assessment, Attempt, ChallengeVersion, Invitation, Submission, User, Work
from assessments.models.attempts import AttemptQuerySet
from assessments.models.challenges import ChallengeVersionQuerySet

Person = User | AnonymousUser
SESSION_KEY = "sittings"
"""In a candidate's session: the id of each attempt it may enter, with the nonce of its invitation."""
MOST_SITTINGS = 20
OPENED_KEY = "invitations"
Row = TypeVar("Row", bound=Model)
Parameters = ParamSpec("Parameters")
View = Callable[Concatenate[HttpRequest, Parameters], HttpResponseBase]


class RevokedError(Exception):
    """The browser holds the sitting, and its invitation is revoked: its candidate is told so."""

    def __init__(self, invitation: Invitation) -> None:
        super().__init__(f"invitation {invitation.pk} is revoked")
        self.invitation = invitation


# Roles ------------------------------------------------------------------------------------------------------


def may_author(person: Person) -> bool:
    """Whether this person is an admin: loads and publishes challenges, sees every assessment."""
    return (
        isinstance(person, User)
        and person.is_active
        and (person.role == User.Role.ADMIN or person.is_superuser)
    )


def may_review(person: Person) -> bool:
    """Whether this person invites candidates and reads results. Admins may, too."""
    return may_author(person) or (
        isinstance(person, User) and person.is_active and person.role == User.Role.INTERVIEWER
    )


def may_operate(person: Person) -> bool:
    """Whether this person looks after the workers and the queue: admins. Names of machines and the reasons of
    faults are no interviewer's business; they are told whether anything is graded.
    """
    return may_author(person)


def may_erase(person: Person) -> bool:
    """Whether this person erases candidates' data and assessments for good: admins."""
    return may_author(person)


def interviewer_required(view: View[Parameters]) -> View[Parameters]:
    """For interviewers and admins; anonymous people log in first, anybody else gets 404."""
    return _only(may_review, view)


def admin_required(view: View[Parameters]) -> View[Parameters]:
    """For those who may erase; anonymous people log in first, anybody else gets 404."""
    return _only(may_erase, view)


def operator_required(view: View[Parameters]) -> View[Parameters]:
    """For those who look after the installation; anonymous people log in first, anybody else gets 404."""
    return _only(may_operate, view)


def _only(rule: Callable[[Person], bool], view: View[Parameters]) -> View[Parameters]:
    @wraps(view)
    def guarded(
        request: HttpRequest, /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not rule(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


# What staff may see -----------------------------------------------------------------------------------------


def assessments_visible_to(person: Person) -> QuerySet[Assessment]:
    if may_author(person):
        return Assessment.objects.all()
    if may_review(person):
        return Assessment.objects.filter(created_by_id=person.pk)
    return Assessment.objects.none()


def invitations_visible_to(person: Person) -> QuerySet[Invitation]:
    return Invitation.objects.filter(assessment__in=assessments_visible_to(person))


def attempts_visible_to(person: Person) -> AttemptQuerySet:
    return Attempt.objects.filter(invitation__assessment__in=assessments_visible_to(person))


def submissions_visible_to(person: Person) -> QuerySet[Submission]:
    return Submission.objects.filter(work__attempt__in=attempts_visible_to(person))


def challenge_versions_visible_to(person: Person) -> ChallengeVersionQuerySet:
    """Admins see every version; an interviewer sees what may go into an assessment."""
    if may_author(person):
        return ChallengeVersion.objects.all()
    if may_review(person):
        return ChallengeVersion.objects.published()
    return ChallengeVersion.objects.none()


def get_assessment(person: Person, id: int) -> Assessment:
    return _get(assessments_visible_to(person), id)


def get_invitation(person: Person, id: UUID | str) -> Invitation:
    return _get(invitations_visible_to(person).select_related("assessment"), id)


def get_attempt(person: Person, id: UUID | str) -> Attempt:
    return _get(attempts_visible_to(person).select_related("invitation__assessment"), id)


def get_submission(person: Person, id: UUID | str) -> Submission:
    rows = submissions_visible_to(person).select_related(
        "grading", "snapshot", "work__item__version__pack", "work__attempt__invitation__assessment"
    )
    return _get(rows.defer("work__drafts", "work__item__version__pack__data"), id)


def get_challenge_version(person: Person, id: int) -> ChallengeVersion:
    return _get(challenge_versions_visible_to(person).select_related("pack", "challenge"), id)


def _get(rows: QuerySet[Row], id: object) -> Row:
    """The row, or Http404, also where the id is not even of the right form."""
    try:
        return get_object_or_404(rows, pk=id)
    except (ValidationError, ValueError, OverflowError) as error:
        raise Http404 from error


# Candidates -------------------------------------------------------------------------------------------------


def admit(request: HttpRequest, attempt: Attempt) -> None:
    """Remembers in this browser's session that it may enter this sitting; the session gets a new key.

    A browser may hold several, so that two links in two tabs are two sittings.
    """
    others = {id: nonce for id, nonce in _held(request).items() if id != str(attempt.pk)}
    kept = list(others.items())[1 - MOST_SITTINGS :]
    request.session.cycle_key()
    request.session[SESSION_KEY] = {**dict(kept), str(attempt.pk): attempt.invitation.nonce}


def remember(request: HttpRequest, invitation: Invitation) -> None:
    """Notes in this browser's session that it has shown the secret of this invitation's link."""
    if opened_invitation(request, invitation.pk) is not None:
        return
    opened = {id: nonce for id, nonce in _noted(request, OPENED_KEY).items() if id != str(invitation.pk)}
    kept = list(opened.items())[1 - MOST_SITTINGS :]
    request.session.cycle_key()
    request.session[OPENED_KEY] = {**dict(kept), str(invitation.pk): invitation.nonce}


def opened_invitation(request: HttpRequest, id: UUID) -> Invitation | None:
    """The invitation of this id if this browser has opened its link, revoked or not. None if its link was
    replaced since.
    """
    nonce = _noted(request, OPENED_KEY).get(str(id))
    invitation = Invitation.objects.select_related("assessment").filter(pk=id).first() if nonce else None
    return invitation if invitation and constant_time_compare(invitation.nonce, str(nonce)) else None


def get_sitting(request: HttpRequest, id: UUID | str) -> Attempt:
    """The attempt of this id if this browser holds it, or Http404. Checked anew each time: its link is not
    replaced since. Raises RevokedError if the invitation is revoked.
    """
    attempt = _sitting(request, id)
    if attempt is None:
        raise Http404
    if attempt.invitation.revoked_at is not None:
        raise RevokedError(attempt.invitation)
    return attempt


def get_desk(request: HttpRequest, id: UUID, position: int) -> Work:
    """The work at this position of a sitting that this browser holds, with its attempt, or Http404. As
    `get_sitting` and `get_work`, in one statement, for what is asked many times a minute. Raises
    RevokedError.
    """
    nonce = _held(request).get(str(id))
    if nonce is None:
        raise Http404
    work = _get_by_position(Work.objects.for_saving().filter(attempt=id), position)
    invitation = work.attempt.invitation
    if not constant_time_compare(invitation.nonce, nonce):
        raise Http404
    if invitation.revoked_at is not None:
        raise RevokedError(invitation)
    return work


def held_sittings(request: HttpRequest) -> list[Attempt]:
    """Every attempt that this browser may enter, the one that was opened last first."""
    found = [_sitting(request, id) for id in reversed(_held(request))]
    return [attempt for attempt in found if attempt and attempt.invitation.revoked_at is None]


def holds(request: HttpRequest, attempt: Attempt) -> bool:
    return _sitting(request, attempt.pk) is not None


def _sitting(request: HttpRequest, id: UUID | str) -> Attempt | None:
    nonce = _held(request).get(str(id))
    if nonce is None:
        return None
    rows = Attempt.objects.select_related("invitation__assessment")
    try:
        attempt = rows.get(pk=id)
    except (Attempt.DoesNotExist, ValidationError):
        return None
    return attempt if constant_time_compare(attempt.invitation.nonce, nonce) else None


def _held(request: HttpRequest) -> dict[str, str]:
    return _noted(request, SESSION_KEY)


def _noted(request: HttpRequest, key: str) -> dict[str, str]:
    """What the session keeps under a key: ids and the nonces that were good when they were noted."""
    noted = request.session.get(key)
    return noted if isinstance(noted, dict) else {}


def candidate_attempt(invitation: Invitation) -> Attempt:
    """The attempt that came of an invitation, or Http404 if it was not started."""
    return get_object_or_404(Attempt.objects.select_related("invitation__assessment"), invitation=invitation)


def get_work(attempt: Attempt, position: int) -> Work:
    """The work at a position of this attempt, or Http404."""
    works = Work.objects.select_related("item__version__pack", "attempt__invitation__assessment")
    works = works.defer("item__version__pack__data")  # Up to some megabytes, which no page needs.
    return _get_by_position(works.filter(attempt=attempt), position)


def get_own_submission(work: Work, number: int) -> Submission:
    """The candidate's submission of this number, or Http404."""
    return get_object_or_404(Submission.objects.select_related("work", "snapshot"), work=work, number=number)


def _get_by_position(works: QuerySet[Work], position: int) -> Work:
    return get_object_or_404(works, item__position=position)
