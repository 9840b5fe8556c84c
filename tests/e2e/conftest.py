"""Real browsers against a live server. Nothing runs in Docker: tests write results as the worker would."""

import re

import pytest

from assessments import invitations
from tests.assessments import records
from tests.assessments.conftest import _plain_settings, _without_broker, admin, interviewer, stranger
from tests.browser import chromium, live_server, open_page

__all__ = [
    "_plain_settings",
    "_without_broker",
    "admin",
    "chromium",
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
