"""Invitations: made, sent, revoked, and found again by their link.

The secret in a link is derived from the invitation's id and nonce with the installation's key: 256 bits
that are stored nowhere, so a leaked database opens no attempt. Nothing here happens twice when a button is
pressed twice.
"""

import base64
import logging
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPException
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from assessments.models import Assessment, Event, Invitation, User
from grading.visible import written_out

logger = logging.getLogger(__name__)

NONCE_LENGTH = 32
NAME_CHARACTERS = 200
_PIECES = re.compile(r"""(?:"[^"\n]*"|<[^<>\n]*>|[^,;\n])+|[,;\n]""")
"""Of a list of people: what stands between commas, semicolons and line ends, and these; not within quotes."""
_NAMED = re.compile(r"\s*(?P<name>.*?)\s*<\s*(?P<address>[^<>]*?)\s*>\s*", re.DOTALL)


class NotSentError(Exception):
    """The e-mail server did not take the message. The invitation exists; its link can be copied."""


class InvitedAnewError(Exception):
    """The person holds another open invitation to the same assessment."""


@dataclass(frozen=True, kw_only=True)
class Guest:
    """Whom to invite."""

    email: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What an invitation allows: to start until `expires_at`, with so many per cent more time."""

    expires_at: datetime
    extra_time_percent: int = 0


def named_addresses(text: str) -> Iterator[tuple[str, str]]:
    """Name ('' if there is none) and address of everybody in a list, as people write or paste one: a line or
    a comma apart, `Doe, Jane <jane@example.org>` included. What holds no address comes back as it is.
    """
    name: list[str] = []
    for piece in [*_PIECES.findall(text.replace("\r", "\n")), "\n"]:
        if found := _NAMED.fullmatch(piece):
            yield _plain([*name, found["name"]]), found["address"]
            name = []
        elif piece in "\n;" or "@" in piece:
            yield from (("", part) for part in [*name, piece.strip()] if part not in {"", ";"})
            name = []
        elif piece != "," and piece.strip():
            name.append(piece.strip())


def _plain(parts: Sequence[str]) -> str:
    """A name without quotes, on one line."""
    return " ".join(", ".join(part for part in parts if part).replace('"', "").split())


# The link ---------------------------------------------------------------------------------------------------


def secret(invitation: Invitation) -> str:
    """43 characters of base64url: HMAC-SHA256 over id and nonce."""
    return _secret(invitation.pk, invitation.nonce)


def _secret(id: UUID, nonce: str) -> str:
    mac = salted_hmac("assessments.invitations", f"{id}:{nonce}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def path(invitation: Invitation) -> str:
    """The secret stands behind a '#': no browser sends that part to a server, so no log and no referer of
    anybody's holds it.
    """
    return f"{reverse('candidate:invitation', args=[invitation.pk])}#{secret(invitation)}"


def link(invitation: Invitation) -> str:
    """The whole address that goes into the e-mail."""
    return settings.BASE_URL + path(invitation)


def identify(id: UUID, given_secret: str) -> Invitation | None:
    """The invitation of a link, revoked or not. None, after the same work, if it is wrong or unknown."""
    invitation = Invitation.objects.select_related("assessment").filter(pk=id).first()
    expected = _secret(id, invitation.nonce if invitation else "")
    matches = constant_time_compare(expected, given_secret)
    return invitation if matches else None


def minutes(invitation: Invitation) -> int:
    """How long this candidate has from the start, accommodation included."""
    return math.ceil(invitation.assessment.minutes * (100 + invitation.extra_time_percent) / 100)


# Changes ----------------------------------------------------------------------------------------------------


@transaction.atomic
def invite(
    assessment: Assessment, guests: Sequence[Guest], terms: Terms, *, by: User | None, now: datetime
) -> list[Invitation]:
    """New invitations for those guests who hold no open one to this assessment; the others are left as they
    are.
    """
    Assessment.objects.select_for_update().get(
        pk=assessment.pk
    )  # Two clicks at once: one waits for the other.
    taken = {email.lower() for email in open_invitations(assessment, now=now).values_list("email", flat=True)}
    invitations = []
    for guest in guests:
        if guest.email.lower() in taken:
            continue
        taken.add(guest.email.lower())
        invitations.append(_invite(assessment, guest, terms, by=by))
    Event.objects.bulk_create(
        Event(invitation=invitation, kind=Event.Kind.INVITED, by=by, at=now) for invitation in invitations
    )
    return invitations


def _invite(assessment: Assessment, guest: Guest, terms: Terms, *, by: User | None) -> Invitation:
    return Invitation.objects.create(
        assessment=assessment,
        email=guest.email,
        name=written_out(guest.name)[:NAME_CHARACTERS],
        nonce=get_random_string(NONCE_LENGTH),
        extra_time_percent=terms.extra_time_percent,
        expires_at=terms.expires_at,
        invited_by=by,
    )


def open_invitations(assessment: Assessment, *, now: datetime) -> QuerySet[Invitation]:
    """Invitations that may still be used to start, or are being worked on."""
    started_or_valid = Invitation.objects.filter(assessment=assessment, revoked_at__isnull=True)
    return started_or_valid.filter(attempt__finished_at__isnull=True).exclude(
        attempt__isnull=True, expires_at__lte=now
    )


def send(invitation: Invitation, *, seen: datetime | None, by: User | None, now: datetime) -> bool:
    """Sends the e-mail. `seen` is when the page last knew it sent: if that has changed, someone else has just
    pressed the button, and False says so. Raises NotSentError; the invitation then counts as not sent."""
    claimed = Invitation.objects.filter(pk=invitation.pk, revoked_at__isnull=True, sent_at=seen)
    if not claimed.update(sent_at=now):
        return False
    try:
        _message(invitation).send()
    except (OSError, SMTPException) as error:
        Invitation.objects.filter(pk=invitation.pk, sent_at=now).update(sent_at=seen)
        logger.warning("An invitation could not be sent: %s", error)
        raise NotSentError from error
    Event.objects.create(invitation=invitation, kind=Event.Kind.SENT, detail=invitation.email, by=by, at=now)
    invitation.sent_at = now
    return True


def _message(invitation: Invitation) -> EmailMessage:
    context = {
        "invitation": invitation,
        "assessment": invitation.assessment,
        "link": link(invitation),
        "minutes": minutes(invitation),
        "time_zone": timezone.get_current_timezone_name(),
    }
    subject = " ".join(f"Your invitation: {invitation.assessment.title}".split())
    body = render_to_string("review/invitation.txt", context)
    return EmailMessage(subject=subject, body=body, to=[invitation.email])


@transaction.atomic
def revoke(invitation: Invitation, *, by: User | None, now: datetime) -> bool:
    """Makes the link worthless until it is restored, also for one who has started: they are shut out, their
    clock goes on, and what they saved is handed in at their deadline. False if it was revoked already.
    """
    if not Invitation.objects.filter(pk=invitation.pk, revoked_at__isnull=True).update(revoked_at=now):
        return False
    Event.objects.create(invitation=invitation, kind=Event.Kind.REVOKED, by=by, at=now)
    invitation.revoked_at = now
    return True


@transaction.atomic
def restore(invitation: Invitation, *, by: User | None, now: datetime) -> bool:
    """Takes a revocation back: the same link opens again. False if there is none to take back. Raises
    InvitedAnewError if the person has got another invitation to the assessment meanwhile.
    """
    Assessment.objects.select_for_update().get(pk=invitation.assessment_id)
    others = open_invitations(invitation.assessment, now=now).filter(email__iexact=invitation.email)
    if others.exists():
        raise InvitedAnewError
    if not Invitation.objects.filter(pk=invitation.pk, revoked_at__isnull=False).update(revoked_at=None):
        return False
    Event.objects.create(invitation=invitation, kind=Event.Kind.RESTORED, by=by, at=now)
    invitation.revoked_at = None
    return True
