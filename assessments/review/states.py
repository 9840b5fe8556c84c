"""Where an invitation stands: one word, one rule, used by the list's filter and by its rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db.models import Exists, OuterRef, Q, QuerySet

from assessments import invitations
from assessments.models import Attempt, Invitation, Submission
from assessments.scores import Score, score, with_scores
from grading.models import Grading


class State(Enum):
    INVITED = "invited"
    IN_PROGRESS = "in progress"
    GRADING = "grading"
    FINISHED = "finished"
    EXPIRED = "expired"
    REVOKED = "revoked"

    @property
    def css(self) -> str:
        """The class of its badge."""
        return {
            "in progress": "state-busy",
            "grading": "state-warn",
            "finished": "state-good",
            "revoked": "state-bad",
        }.get(self.value, "")


def state_of(invitation: Invitation, attempt: Attempt | None, *, is_grading: bool, now: datetime) -> State:
    if invitation.revoked_at and (attempt is None or attempt.finished_at is None):
        return State.REVOKED
    if attempt is None:
        return State.EXPIRED if invitation.expires_at <= now else State.INVITED
    if attempt.finished_at is None:
        return State.IN_PROGRESS
    return State.GRADING if is_grading else State.FINISHED


def in_state(rows: QuerySet[Invitation], state: State, *, now: datetime) -> QuerySet[Invitation]:
    """The rows for which `state_of` gives this state; a test compares the two."""
    unfinished = Submission.objects.counting().filter(work__attempt__invitation=OuterRef("pk"))
    grading = Exists(unfinished.exclude(grading__status=Grading.Status.FINISHED))
    not_started, ended = Q(attempt__isnull=True), Q(attempt__finished_at__isnull=False)
    valid = Q(revoked_at__isnull=True)
    conditions: dict[State, Q] = {
        State.REVOKED: Q(revoked_at__isnull=False, attempt__finished_at__isnull=True),
        State.EXPIRED: not_started & valid & Q(expires_at__lte=now),
        State.INVITED: not_started & valid & Q(expires_at__gt=now),
        State.IN_PROGRESS: valid & Q(attempt__isnull=False, attempt__finished_at__isnull=True),
        State.GRADING: ended & Q(grading),
        State.FINISHED: ended & ~Q(grading),
    }
    return rows.filter(conditions[state])


@dataclass(frozen=True, kw_only=True)
class InvitationRow:
    """One line of a list. `score` is None before the start."""

    invitation: Invitation
    state: State
    link: str = ""
    attempt: Attempt | None = None
    score: Score | None = None

    @property
    def moment(self) -> datetime:
        """What the list is sorted by: the start, or the invitation."""
        return self.attempt.started_at if self.attempt else self.invitation.invited_at

    @property
    def time_used(self) -> timedelta | None:
        """How long the attempt took; None while it runs."""
        if self.attempt is None or self.attempt.finished_at is None:
            return None
        return self.attempt.finished_at - self.attempt.started_at


def invitation_rows(
    rows: Iterable[Invitation], *, now: datetime, with_links: bool = False
) -> list[InvitationRow]:
    """A page of invitations with state, score and, if wanted, link; in a fixed number of queries."""
    page = list(rows)
    attempts = with_scores(Attempt.objects.filter(invitation__in=page))
    by_invitation = {attempt.invitation_id: attempt for attempt in attempts}
    return [_row(one, by_invitation.get(one.pk), now=now, with_links=with_links) for one in page]


def _row(
    invitation: Invitation, attempt: Attempt | None, *, now: datetime, with_links: bool
) -> InvitationRow:
    scored = score(attempt) if attempt else None
    state = state_of(invitation, attempt, is_grading=bool(scored and scored.is_pending), now=now)
    usable = with_links and invitation.revoked_at is None and state in (State.INVITED, State.IN_PROGRESS)
    link = invitations.link(invitation) if usable else ""
    return InvitationRow(invitation=invitation, state=state, link=link, attempt=attempt, score=scored)
