"""Opening the link and starting."""

from datetime import timedelta
from uuid import uuid4

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
        assert client.get(records.door(invitation), follow=True).status_code == 200
    assert client.head(records.door(invitation), follow=True).status_code == 200
    assert not Attempt.objects.exists()
    assert not Event.objects.filter(kind__in=[Event.Kind.OPENED, Event.Kind.STARTED]).exists()


def test_link_shows_what_awaits(client, invitation):
    html = client.get(records.door(invitation), follow=True).content.decode()
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
    html = client.get(records.door(invitation), follow=True).content.decode()
    assert "1 hour 30 minutes" in html
    attempt = attempts.start(invitation, now=timezone.now())
    assert attempt.deadline_at - attempt.started_at == timedelta(minutes=90)


def test_introduction_is_rendered_and_inert(client, assessment, invitation):
    assessment.introduction = "Be **bold** <script>alert(1)</script> [x](javascript:alert(1))"
    assessment.save()
    html = client.get(records.door(invitation), follow=True).content.decode()
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
    response = client.post(records.door(invitation))
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
    client.get(records.door(invitation))
    client.session["x"] = 1
    client.session.save()
    before = client.session.session_key
    client.post(records.door(invitation))
    assert client.session.session_key != before


def test_secret_stands_in_no_address_that_a_server_sees(invitation):
    secret = invitations.secret(invitation)
    assert invitations.link(invitation).endswith(f"/invitation/{invitation.pk}/#{secret}")


def test_page_that_a_link_opens_asks_for_the_secret_and_shows_nothing(client, invitation):
    known = client.get(reverse("candidate:invitation", args=[invitation.pk]))
    unknown = client.get(reverse("candidate:invitation", args=[uuid4()]))
    assert (known.status_code, unknown.status_code) == (200, 200)
    assert invitation.assessment.title not in known.content.decode()
    assert "needs JavaScript" in known.content.decode()


def test_secret_opens_the_page_for_this_browser_only(client, invitation):
    address = reverse("candidate:open", args=[invitation.pk])
    response = client.post(address, {"secret": invitations.secret(invitation)})
    assert response.url == reverse("candidate:invitation", args=[invitation.pk])
    assert invitation.assessment.title in client.get(response.url).content.decode()
    assert client.post(response.url).url == records.address(client, "overview")
    stranger = Client()
    assert stranger.post(response.url).status_code == 404


def test_replaced_link_closes_the_page_that_the_old_one_opened(client, invitation):
    address = client.get(records.door(invitation)).url
    invitation.nonce = "another"
    invitation.save()
    assert invitation.assessment.title not in client.get(address).content.decode()
    assert client.post(address).status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_wrong_and_unknown_links_get_the_same_answer(client, invitation, method):
    wrong = reverse("candidate:earlier-link", args=[invitation.pk, "x" * 43])
    unknown = reverse("candidate:earlier-link", args=[uuid4(), "x" * 43])
    answers = [getattr(client, method)(address) for address in (wrong, unknown)]
    for id in (invitation.pk, uuid4()):
        answers.append(client.post(reverse("candidate:open", args=[id]), {"secret": "x" * 43}))
    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({strip_nonces(answer) for answer in answers}) == 1
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_holds_a_revoked_link_reads_what_happened(client, invitation, method):
    invitations.revoke(invitation, by=None, now=timezone.now())
    answer = getattr(client, method)(records.door(invitation), follow=True)
    assert answer.status_code == 410
    assert "was withdrawn" in answer.content.decode()
    assert "You had not started" in answer.content.decode()
    assert not Attempt.objects.exists()


def strip_nonces(response):
    return response.content.replace(str(response.wsgi_request.csp_nonce).encode(), b"")


def test_expired_invitation_cannot_be_started(client, invitation):
    invitation.expires_at = timezone.now()
    invitation.save()
    assert client.get(records.door(invitation), follow=True).status_code == 410
    assert client.post(records.door(invitation)).status_code == 410
    assert not Attempt.objects.exists()


def test_last_moment_to_start(invitation):
    with pytest.raises(attempts.Expired):
        attempts.start(invitation, now=invitation.expires_at)
    assert attempts.start(invitation, now=invitation.expires_at - timedelta(microseconds=1))


def test_started_attempt_outlives_the_invitations_expiry(client, invitation, attempt):
    invitation.expires_at = timezone.now() - timedelta(seconds=1)
    invitation.save()
    assert "Continue" in client.get(records.door(invitation), follow=True).content.decode()
    assert client.post(records.door(invitation)).url == records.address(attempt, "overview")


def test_revoking_ends_what_a_browser_may_see(browser, invitation):
    assert browser.get(records.address(browser, "overview")).status_code == 200
    address = records.address(browser, "overview")
    invitations.revoke(invitation, by=None, now=timezone.now())
    page = browser.get(address)
    assert page.status_code == 410
    assert "Your work is safe" in page.content.decode()
    part = browser.get(address, headers={"HX-Request": "true"})
    assert part["HX-Redirect"] == address
    invitations.restore(invitation, by=None, now=timezone.now())
    assert browser.get(address).status_code == 200


def test_revoking_ends_what_a_browser_may_save(browser, invitation):
    address = records.address(browser, "save", 1)
    invitations.revoke(invitation, by=None, now=timezone.now())
    answer = browser.post(address, {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (410, "closed")
    assert "withdrawn" in answer.json()["message"]


def test_revoked_invitation_cannot_be_started(invitation):
    invitations.revoke(invitation, by=None, now=timezone.now())
    with pytest.raises(attempts.Revoked):
        attempts.start(invitation, now=timezone.now())


def test_finished_attempt_shows_its_end(client, invitation, attempt):
    attempts.finish(attempt, now=timezone.now())
    assert "You have finished" in client.get(records.door(invitation), follow=True).content.decode()
    assert client.post(records.door(invitation)).url == records.address(attempt, "end")


def test_start_needs_a_token_against_forgery(invitation):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(records.door(invitation)).status_code == 403
    assert not Attempt.objects.exists()


def test_personal_pages_are_not_stored(client, invitation):
    assert "no-store" in client.get(records.door(invitation), follow=True)["Cache-Control"]
