"""Invitations: their links, who gets one, what is sent, and what a second click does."""

import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from assessments import invitations
from assessments.models import Event
from tests.assessments import records

pytestmark = pytest.mark.django_db
SOON = timedelta(days=2)


@pytest.fixture
def to(interviewer):
    return records.assessment(interviewer)


@pytest.fixture
def client(signed_in, interviewer):
    return signed_in(interviewer)


def invite(client, to, guests, **more):
    expires = timezone.localtime() + SOON
    form = {"guests": guests, "expires_at": f"{expires:%Y-%m-%dT%H:%M}", "extra_time_percent": 0, **more}
    return client.post(reverse("review:assessment", args=[to.pk]), form)


def test_link_finds_its_invitation(to):
    made = records.invitation(to)
    assert invitations.identify(made.pk, invitations.secret(made)) == made
    assert len(invitations.secret(made)) == 43


def test_wrong_and_unknown_links_find_nothing_and_revoked_ones_say_so(to, interviewer):
    made, other = records.invitation(to), records.invitation(to, "other@example.org")
    assert invitations.identify(made.pk, invitations.secret(other)) is None
    assert invitations.identify(made.pk, "") is None
    assert invitations.identify(uuid.uuid4(), invitations.secret(made)) is None
    invitations.revoke(made, by=interviewer, now=timezone.now())
    revoked = invitations.identify(made.pk, invitations.secret(made))
    assert revoked is not None
    assert revoked.revoked_at


def test_new_nonce_makes_the_old_link_worthless(to):
    made = records.invitation(to)
    old = invitations.secret(made)
    made.nonce = "another"
    made.save()
    assert invitations.identify(made.pk, old) is None


@pytest.mark.parametrize(
    ("typed", "people"),
    [
        ("Doe, Jane <jane@example.org>", [("Doe, Jane", "jane@example.org")]),
        (
            'Doe, Jane <jane@example.org>, a@example.org; "Roe, Rick" <r@example.org>\r\nAda <b@example.org>',
            [
                ("Doe, Jane", "jane@example.org"),
                ("", "a@example.org"),
                ("Roe, Rick", "r@example.org"),
                ("Ada", "b@example.org"),
            ],
        ),
        ("<a@example.org>, ,\n\n", [("", "a@example.org")]),
        ("nobody, a@example.org", [("", "nobody"), ("", "a@example.org")]),
        ("Ada a@example.org", [("", "Ada a@example.org")]),
        ("a@example.org, Doe, Jane", [("", "a@example.org"), ("", "Doe"), ("", "Jane")]),
    ],
)
def test_a_list_of_people_is_read_as_people_write_one(typed, people):
    assert list(invitations.named_addresses(typed)) == people


def test_people_are_invited_by_address_with_or_without_a_name(client, to):
    invite(client, to, "Ada Lovelace <ada@example.org>\nalan@example.org; grace@example.org")
    assert set(to.invitations.values_list("email", "name")) == {
        ("ada@example.org", "Ada Lovelace"),
        ("alan@example.org", ""),
        ("grace@example.org", ""),
    }
    assert len(mail.outbox) == 3


def test_message_holds_link_time_and_last_day(client, to):
    invite(client, to, "Ada <ada@example.org>", extra_time_percent=25)
    message, made = mail.outbox[0], to.invitations.get()
    assert message.to == ["ada@example.org"]
    assert invitations.link(made) in message.body
    assert "75 minutes" in message.body
    assert "Hello Ada" in message.body


def test_inviting_twice_invites_once(client, to):
    invite(client, to, "ada@example.org")
    response = invite(client, to, "ADA@example.org", follow=True)
    assert response.status_code == 302
    assert to.invitations.count() == 1
    assert len(mail.outbox) == 1


def test_one_whose_invitation_was_revoked_or_who_has_finished_can_be_invited_again(to, interviewer):
    records.graded_attempt(interviewer, "done@example.org", to)
    invitations.revoke(records.invitation(to, "gone@example.org"), by=interviewer, now=timezone.now())
    records.invitation(to, "done@example.org")
    records.invitation(to, "gone@example.org")
    assert to.invitations.count() == 4


@pytest.mark.parametrize(
    "form",
    [
        {"guests": ""},
        {"guests": "not an address"},
        {"guests": "ada@example.org, nobody"},
        {"guests": "Doe, Jane"},
        {"guests": f"ada@{'.'.join(['a' * 60] * 4)}.example.org"},
        {"guests": ", ".join(f"g{number}@example.org" for number in range(101))},
        {"guests": "ada@example.org", "expires_at": "2001-01-01T00:00"},
        {"guests": "ada@example.org", "expires_at": "soon"},
        {"guests": "ada@example.org", "extra_time_percent": 301},
        {"guests": "ada@example.org", "extra_time_percent": -1},
    ],
)
def test_bad_input_invites_nobody_and_keeps_what_was_typed(client, to, form):
    response = invite(client, to, **form)
    assert response.status_code == 400
    assert to.invitations.count() == 0
    assert mail.outbox == []


def test_title_with_a_line_break_stays_in_one_header(client, interviewer):
    to = records.assessment(interviewer, title="Backend\nBcc: everyone@example.org")
    invite(client, to, "ada@example.org")
    assert mail.outbox[0].subject == "Your invitation: Backend Bcc: everyone@example.org"


def test_send_again_sends_once_for_two_clicks(client, to):
    made = records.invitation(to)
    address = reverse("review:send", args=[made.pk])
    client.post(address, {"seen": ""})
    client.post(address, {"seen": ""})
    assert len(mail.outbox) == 1
    made.refresh_from_db()
    assert made.sent_at
    client.post(address, {"seen": made.sent_at.isoformat()})
    assert len(mail.outbox) == 2


def test_nonsense_in_a_form_sends_nothing(client, to):
    address = reverse("review:send", args=[records.invitation(to).pk])
    client.post(address, {"seen": "2001-01-01T00:00:00Z"})
    client.post(address, {"seen": "9999-99-99T00:00"})
    assert len(mail.outbox) <= 1


def test_failing_mail_server_is_told_and_the_link_remains(client, to, monkeypatch):
    def refuse(self):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    response = client.get(invite(client, to, "ada@example.org")["Location"])
    made = to.invitations.get()
    assert made.sent_at is None
    assert "did not take the message" in response.content.decode()
    assert invitations.link(made) in response.content.decode()


def test_revoked_link_is_gone_from_the_page_and_stays_revoked(client, to):
    made = records.invitation(to)
    address = reverse("review:revoke", args=[made.pk])
    client.post(address)
    client.post(address)
    assert made.events.filter(kind=Event.Kind.REVOKED).count() == 1
    page = client.get(reverse("review:assessment", args=[to.pk])).content.decode()
    assert invitations.link(made) not in page
    assert "Revoked" in page
    assert ", link revoked" in page


def test_revoking_asks_first_and_says_what_happens_to_a_running_sitting(client, to):
    made = records.invitation(to)
    address = reverse("review:revoke", args=[made.pk])
    assert "The sitting runs now" not in client.get(address).content.decode()
    records.attempt(made)
    assert "The sitting runs now" in client.get(address).content.decode()
    made.refresh_from_db()
    assert made.revoked_at is None


def test_revoked_sitting_shows_as_revoked_in_lists(client, to, interviewer):
    running, done = records.invitation(to), records.graded_attempt(interviewer, "done@example.org", to)
    records.attempt(running)
    for one in (running, done.invitation):
        invitations.revoke(one, by=interviewer, now=timezone.now())
    listed = client.get(reverse("review:attempts"), {"state": "revoked"}).content.decode()
    assert "grace@example.org" in listed
    assert "done@example.org" not in listed


def test_restored_link_is_the_same_and_works_again(client, to, interviewer):
    made = records.invitation(to)
    secret = invitations.secret(made)
    invitations.revoke(made, by=interviewer, now=timezone.now())
    address = reverse("review:restore", args=[made.pk])
    assert client.get(address).status_code == 405
    client.post(address)
    client.post(address)
    assert invitations.identify(made.pk, secret) == made
    assert made.events.filter(kind=Event.Kind.RESTORED).count() == 1


def test_invitation_is_not_restored_beside_a_newer_one(client, to, interviewer):
    made = records.invitation(to)
    invitations.revoke(made, by=interviewer, now=timezone.now())
    records.invitation(to, made.email.upper())
    response = client.post(reverse("review:restore", args=[made.pk]), follow=True)
    assert "holds a newer invitation" in response.content.decode()
    made.refresh_from_db()
    assert made.revoked_at


def test_revoked_invitation_is_not_sent(client, to, interviewer):
    made = records.invitation(to)
    invitations.revoke(made, by=interviewer, now=timezone.now())
    client.post(reverse("review:send", args=[made.pk]), {"seen": ""})
    assert mail.outbox == []


def test_looking_changes_nothing(client, to):
    made = records.invitation(to)
    assert client.get(reverse("review:send", args=[made.pk])).status_code == 405
    assert client.get(reverse("review:revoke", args=[made.pk])).status_code == 200
    made.refresh_from_db()
    assert (made.sent_at, made.revoked_at) == (None, None)
