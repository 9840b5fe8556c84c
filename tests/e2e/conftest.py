"""Real browsers against a live server. Nothing runs in Docker: tests write results as the worker would."""

import pytest

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
