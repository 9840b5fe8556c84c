"""Real browsers against a live server. Nothing runs in Docker: tests write results as the worker would."""

import re

import pytest
from django.urls import reverse

from assessments import invitations
from tests.assessments import records
from tests.assessments.conftest import _plain_settings, _without_broker, admin, interviewer, stranger
from tests.browser import live_server, open_page

__all__ = [
    "_plain_settings",
    "_without_broker",
    "admin",
    "interviewer",
    "live_server",
    "open_page",
    "stranger",
]


@pytest.fixture(autouse=True)
def _served(transactional_db, live_server):
    """The server's threads see the test's rows, so those are committed."""


@pytest.fixture
def invitation(interviewer):
    return records.invitation(records.assessment(interviewer))


@pytest.fixture
def sit(open_page, invitation):
    """Enters by the link and opens the first challenge, each time in a browser of its own."""

    def enter(**how):
        page = open_page(invitations.path(invitation), **how)
        page.get_by_role("button", name=re.compile("Start now|Continue")).click()
        page.get_by_role("link", name="1. Shout").click()
        page.locator(".cm-content").wait_for(state="attached")
        return page

    return enter


@pytest.fixture
def sign_in(open_page):
    """Signs in at the login page, in a browser of its own."""

    def enter(person, path="", **how):
        page = open_page(reverse("login"), **how)
        page.get_by_label("Name").fill(person.username)
        page.get_by_label("Password").fill(records.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda address: reverse("login") not in address)
        if path:
            page.goto(path)
        return page

    return enter
