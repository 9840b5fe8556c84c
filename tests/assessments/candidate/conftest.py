"""One candidate in the middle of a sitting, and their browser."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from assessments.models.attempts import SAVING_GRACE
from tests.assessments import records


@pytest.fixture
def assessment(interviewer):
    return records.assessment(interviewer)


@pytest.fixture
def invitation(assessment):
    return records.invitation(assessment)


@pytest.fixture
def attempt(invitation):
    return records.attempt(invitation)


@pytest.fixture
def work(attempt):
    return records.work(attempt)


@pytest.fixture
def now(attempt):
    """Some time into the sitting."""
    return attempt.started_at


@pytest.fixture
def enter():
    """Makes a browser that has opened an invitation's link and pressed its button."""

    def enter_with(invitation):
        browser = Client()
        response = browser.post(records.door(invitation))
        assert response.status_code == 302
        return browser

    return enter_with


@pytest.fixture
def browser(enter, invitation, attempt):
    return enter(invitation)


@pytest.fixture
def end_time(attempt):
    """Moves the attempt's deadline, and the grace after it, into the past."""

    def end():
        attempt.started_at = timezone.now() - timedelta(hours=2)
        attempt.deadline_at = timezone.now() - SAVING_GRACE - timedelta(seconds=1)
        attempt.save()

    return end


@pytest.fixture
def post():
    """Sends JSON as the editor does."""

    def send(browser, name, data, position=1, **headers):
        body = data if isinstance(data, (str, bytes)) else json.dumps(data)
        address = records.address(browser, name, position)
        return browser.post(address, body, content_type="application/json", headers=headers)

    return send
