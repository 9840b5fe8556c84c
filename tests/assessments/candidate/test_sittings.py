"""Several sittings in one browser: each address names its own."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import access, attempts, invitations
from assessments.models import Submission
from tests.assessments import records

pytestmark = pytest.mark.django_db
CODE = {"main.py": "print('of the first')\n"}


@pytest.fixture
def other(interviewer):
    """Another invitation, to another assessment, that was started."""
    to = records.assessment(interviewer, records.version("other"), title="Another", minutes=30)
    return records.attempt(records.invitation(to, "grace.h@example.org"))


@pytest.fixture
def both(browser, other):
    """The browser opened the first invitation, then the other one."""
    browser.post(records.door(other.invitation))
    return browser


def test_each_address_saves_into_its_own_sitting(both, attempt, other):
    body = json.dumps({"language": "python", "files": CODE, "revision": 0})
    address = records.address(attempt, "save", 1)
    assert both.post(address, body, content_type="application/json").status_code == 200
    assert records.work(attempt).drafts == {"python": CODE}
    assert records.work(other).drafts == {}


def test_each_address_submits_in_its_own_sitting(both, attempt, other):
    address = records.address(attempt, "submit", 1)
    assert both.post(address, '{"revision": 0}', content_type="application/json").status_code == 200
    assert Submission.objects.get().work.attempt == attempt


def test_each_sitting_has_its_own_clock(both, attempt, other):
    longer, shorter = (
        both.get(records.address(one, "time")).json()["seconds_left"] for one in (attempt, other)
    )
    assert longer > 59 * 60
    assert shorter <= 30 * 60


def test_every_address_on_a_page_is_of_its_own_sitting(both, attempt, other):
    for name, *arguments in (("overview",), ("workspace", 1), ("finish",)):
        page = both.get(records.address(attempt, name, *arguments)).content.decode()
        assert f"/sitting/{attempt.pk}/" in page
        assert page.count("/sitting/") == page.count(f"/sitting/{attempt.pk}/")


def test_finishing_one_leaves_the_other_open(both, attempt, other):
    both.post(records.address(attempt, "finish"))
    assert both.get(records.address(other, "overview")).status_code == 200
    other.refresh_from_db()
    assert other.finished_at is None


def test_several_are_listed_where_an_address_names_none(both, attempt, other):
    for path in (reverse("candidate:sittings"), reverse("candidate:old-workspace", args=[1])):
        page = both.get(path).content.decode()
        for one in (attempt, other):
            assert f'href="{records.address(one, "overview")}"' in page


def test_a_revoked_one_is_neither_listed_nor_chosen(both, attempt, other):
    invitations.revoke(attempt.invitation, by=None, now=timezone.now())
    assert both.get(reverse("candidate:sittings")).url == records.address(other, "overview")


def test_old_address_of_a_challenge_leads_to_it(browser, attempt):
    response = browser.get(reverse("candidate:old-workspace", args=[1]))
    assert response.url == records.address(attempt, "workspace", 1)


def test_a_browser_forgets_only_the_oldest_of_very_many(assessment):
    browser = Client()
    made = [
        records.attempt(records.invitation(assessment, f"{number}@example.org"))
        for number in range(access.MOST_SITTINGS + 1)
    ]
    for attempt in made:
        browser.post(records.door(attempt.invitation))
    statuses = [browser.get(records.address(attempt, "time")).status_code for attempt in made]
    assert statuses == [404] + [200] * access.MOST_SITTINGS


def test_opening_a_link_again_keeps_the_session(both, attempt, other):
    before = both.session.session_key
    both.post(records.door(attempt.invitation))
    assert both.session.session_key == before
    assert both.get(records.address(other, "overview")).status_code == 200


def ask(browser, **parameters):
    return browser.get(reverse("api:own-attempt"), parameters)


def test_api_needs_the_sittings_name_where_there_are_several(both, attempt, other):
    assert ask(both).status_code == 401
    assert ask(both, attempt=attempt.pk).json()["assessment"] == "Backend"
    assert ask(both, attempt=other.pk).json()["assessment"] == "Another"


def test_api_gives_no_sitting_that_the_browser_does_not_hold(browser, attempt, other):
    assert ask(browser, attempt=other.pk).status_code == 401
    assert ask(browser, attempt="nonsense").status_code == 401
    assert ask(browser).json()["assessment"] == "Backend"


def test_finished_sitting_is_listed_as_finished(both, attempt):
    attempts.finish(attempt, now=timezone.now())
    assert "Finished" in both.get(reverse("candidate:sittings")).content.decode()
