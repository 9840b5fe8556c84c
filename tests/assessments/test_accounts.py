"""Signing in and out, and one's own account."""

import html

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token

from assessments.accounts.brake import FOR_ONE_NAME
from tests.assessments import records

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password"


def sign_in(password=PASSWORD, name="ingrid", client=None, **more):
    return (client or Client()).post(reverse("login"), {"username": name, "password": password, **more})


def test_right_password_leads_to_the_attempts(interviewer):
    client = Client()
    assert sign_in(client=client)["Location"] == reverse("home")
    assert client.get(reverse("home"))["Location"] == reverse("review:attempts")


def test_wrong_name_and_wrong_password_get_the_same_answer(interviewer):
    answers = {sign_in("wrong").status_code, sign_in(name="nobody").status_code}
    assert answers == {200}
    text = "That name and password do not belong together"
    assert text in sign_in("wrong").content.decode()
    assert text in sign_in(name="nobody").content.decode()


def test_guessing_is_braked_even_when_the_last_guess_is_right(interviewer):
    for _ in range(FOR_ONE_NAME):
        sign_in("wrong")
    assert "Too many failed attempts" in sign_in().content.decode()
    assert sign_in(name="other").status_code == 200


def test_success_forgets_earlier_failures(interviewer):
    for _ in range(FOR_ONE_NAME - 1):
        sign_in("wrong")
    assert sign_in().status_code == 302
    sign_in("wrong")
    assert sign_in().status_code == 302


def test_login_leads_nowhere_else(interviewer):
    response = sign_in(next="https://elsewhere.example/")
    assert response["Location"] == reverse("home")


def test_session_gets_a_new_key_at_login(interviewer):
    client = Client()
    session = client.session
    session["x"] = 1
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = str(before)
    sign_in(client=client)
    assert client.cookies["sessionid"].value != before


def test_logging_out_needs_a_post(signed_in, interviewer):
    client = signed_in(interviewer)
    assert client.get(reverse("logout")).status_code == 405
    client.post(reverse("logout"))
    assert client.get(reverse("review:attempts")).status_code == 302


def test_home_leads_a_candidate_to_their_sitting(interviewer):
    invitation = records.invitation(records.assessment(interviewer))
    client = Client()
    client.post(records.door(invitation))
    assert client.get(reverse("home"))["Location"] == reverse("candidate:sittings")


def test_token_is_shown_once_and_replaces_the_old_one(signed_in, interviewer):
    client, address = signed_in(interviewer), reverse("account")
    first = client.post(address).context["token"]
    second = client.post(address)
    assert second.context["token"] in second.content.decode()
    assert not Token.objects.filter(key=first).exists()
    assert second.context["token"] not in client.get(address).content.decode()


NEW = "another-long-password"


def change(client, old=PASSWORD, new=NEW, again=NEW):
    return client.post(
        reverse("password"), {"old_password": old, "new_password1": new, "new_password2": again}
    )


def test_new_password_ends_the_token(signed_in, interviewer):
    client = signed_in(interviewer)
    token = client.post(reverse("account")).context["token"]
    change(client)
    answer = Client().get(reverse("api:attempts"), headers={"Authorization": f"Token {token}"})
    assert answer.status_code == 401


def test_password_that_an_admin_sets_ends_the_token(interviewer):
    Token.objects.create(user=interviewer)
    interviewer.first_name = "Ingrid"
    interviewer.save()
    assert Token.objects.filter(user=interviewer).exists()
    interviewer.set_password(NEW)
    interviewer.save()
    assert not Token.objects.filter(user=interviewer).exists()


def test_password_is_changed_and_the_browser_stays_signed_in(interviewer):
    client, elsewhere = Client(), Client()
    sign_in(client=client)
    sign_in(client=elsewhere)
    assert change(client)["Location"] == reverse("account")
    assert "Your password is changed" in client.get(reverse("account")).content.decode()
    assert elsewhere.get(reverse("account"))["Location"].startswith(reverse("login"))
    assert sign_in().status_code == 200
    assert sign_in(NEW).status_code == 302


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"old": "wrong"}, "Your old password was entered incorrectly"),
        ({"again": "something-else"}, "match"),
        ({"new": "short", "again": "short"}, "too short"),
        ({"new": "83620017445", "again": "83620017445"}, "entirely numeric"),
    ],
)
def test_password_is_not_changed(signed_in, interviewer, given, reason):
    answer = change(signed_in(interviewer), **given)
    assert answer.status_code == 200
    assert reason in html.unescape(answer.content.decode())
    assert sign_in().status_code == 302


def test_account_page_leads_to_the_password(signed_in, interviewer):
    assert reverse("password") in signed_in(interviewer).get(reverse("account")).content.decode()


def test_administration_leads_to_the_same_page(signed_in, admin):
    assert signed_in(admin).get(reverse("admin:password_change"))["Location"] == reverse("password")
