"""Opening the link and starting."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import attempts, invitations
from assessments.models import Attempt, Event, Work
from tests.assessments import records

pytestmark = pytest.mark.django_db


def test_looking_at_the_link_changes_nothing(client, invitation):
    for _ in range(2):
        assert client.get(invitations.path(invitation)).status_code == 200
    assert client.head(invitations.path(invitation)).status_code == 200
    assert not Attempt.objects.exists()
    assert not Event.objects.filter(kind__in=[Event.Kind.OPENED, Event.Kind.STARTED]).exists()


def test_link_shows_what_awaits(client, invitation):
    html = client.get(invitations.path(invitation)).content.decode()
    for text in (
        "Shout",
        "100 % of the score",
        "Text processing",
        "3 points",
        "Robustness",
        "1 hour",
        "Python",
    ):
        assert text in html
    assert "What is recorded about you" in html
    assert "no camera" in html


def test_extra_time_is_part_of_the_total(client, assessment):
    invitation = records.invitation(assessment)
    invitation.extra_time_percent = 50
    invitation.save()
    html = client.get(invitations.path(invitation)).content.decode()
    assert "1 hour 30 minutes" in html
    attempt = attempts.start(invitation, now=timezone.now())
    assert attempt.deadline_at - attempt.started_at == timedelta(minutes=90)


def test_introduction_is_rendered_and_inert(client, assessment, invitation):
    assessment.introduction = "Be **bold** <script>alert(1)</script> [x](javascript:alert(1))"
    assessment.save()
    html = client.get(invitations.path(invitation)).content.decode()
    assert "<strong>bold</strong>" in html
    assert "<script>alert" not in html
    assert 'href="javascript:' not in html


def test_start_makes_a_work_for_each_challenge(invitation):
    attempt = attempts.start(invitation, now=timezone.now())
    assert [(work.language, work.revision) for work in attempt.works.all()] == [("python", 0)]
    assert Event.objects.filter(invitation=invitation, kind=Event.Kind.STARTED).count() == 1


def test_start_twice_is_one_attempt(invitation):
    now = timezone.now()
    first = attempts.start(invitation, now=now)
    second = attempts.start(invitation, now=now + timedelta(minutes=5))
    assert first == second
    assert second.deadline_at == first.deadline_at
    assert Work.objects.count() == 1


def test_button_leads_to_the_sitting(client, invitation):
    response = client.post(invitations.path(invitation))
    assert response.status_code == 302
    assert response.url == records.address(client, "overview")
    assert client.get(response.url).status_code == 200


def test_another_browser_continues_and_is_recorded(enter, invitation, attempt):
    enter(invitation)
    second = enter(invitation)
    assert second.get(records.address(second, "overview")).status_code == 200
    assert Attempt.objects.count() == 1
    assert Event.objects.filter(kind=Event.Kind.OPENED).count() == 2


def test_session_gets_a_new_key_when_a_candidate_enters(client, invitation):
    client.get(invitations.path(invitation))
    client.session["x"] = 1
    client.session.save()
    before = client.session.session_key
    client.post(invitations.path(invitation))
    assert client.session.session_key != before


@pytest.mark.parametrize("method", ["get", "post"])
def test_wrong_unknown_and_revoked_links_get_the_same_answer(client, invitation, method):
    wrong = reverse("candidate:invitation", args=[invitation.pk, "x" * 43])
    unknown = reverse("candidate:invitation", args=["00000000-0000-4000-8000-000000000000", "x" * 43])
    right = invitations.path(invitation)
    invitations.revoke(invitation, by=None, now=timezone.now())
    answers = [getattr(client, method)(address) for address in (wrong, unknown, right)]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({strip_nonces(answer) for answer in answers}) == 1
    assert not Attempt.objects.exists()


def strip_nonces(response):
    return response.content.replace(str(response.wsgi_request.csp_nonce).encode(), b"")


def test_expired_invitation_cannot_be_started(client, invitation):
    invitation.expires_at = timezone.now()
    invitation.save()
    assert client.get(invitations.path(invitation)).status_code == 410
    assert client.post(invitations.path(invitation)).status_code == 410
    assert not Attempt.objects.exists()


def test_last_moment_to_start(invitation):
    with pytest.raises(attempts.Expired):
        attempts.start(invitation, now=invitation.expires_at)
    assert attempts.start(invitation, now=invitation.expires_at - timedelta(microseconds=1))


def test_started_attempt_outlives_the_invitations_expiry(client, invitation, attempt):
    invitation.expires_at = timezone.now() - timedelta(seconds=1)
    invitation.save()
    assert "Continue" in client.get(invitations.path(invitation)).content.decode()
    assert client.post(invitations.path(invitation)).url == records.address(attempt, "overview")


def test_revoking_ends_what_a_browser_may_see(browser, invitation):
    assert browser.get(records.address(browser, "overview")).status_code == 200
    invitations.revoke(invitation, by=None, now=timezone.now())
    assert browser.get(records.address(browser, "overview")).status_code == 404


def test_revoked_invitation_cannot_be_started(invitation):
    invitations.revoke(invitation, by=None, now=timezone.now())
    with pytest.raises(attempts.Revoked):
        attempts.start(invitation, now=timezone.now())


def test_finished_attempt_shows_its_end(client, invitation, attempt):
    attempts.finish(attempt, now=timezone.now())
    assert "You have finished" in client.get(invitations.path(invitation)).content.decode()
    assert client.post(invitations.path(invitation)).url == records.address(attempt, "end")


def test_start_needs_a_token_against_forgery(invitation):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(invitations.path(invitation)).status_code == 403
    assert not Attempt.objects.exists()


def test_personal_pages_are_not_stored(client, invitation):
    assert "no-store" in client.get(invitations.path(invitation))["Cache-Control"]
