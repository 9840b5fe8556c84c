"""What the queue is told to expect of a candidate."""

import json
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from assessments import expectations
from grading import queue
from grading.challenge import Suite
from grading.models import Expectation
from tests.assessments import records

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitation(interviewer):
    return records.invitation(records.assessment(interviewer))


@pytest.fixture
def browser(invitation):
    client = Client()
    client.post(records.door(invitation))
    return client


def told(at=None):
    return [(one.language, one.suite) for one in queue.expected(at or timezone.now())]


def test_start_and_open_expect_a_run(browser):
    assert told() == [("python", Suite.VISIBLE)]
    Expectation.objects.all().delete()
    expectations.forget()
    browser.get(records.address(browser, "workspace", 1))
    assert told() == [("python", Suite.VISIBLE)]


def test_save_expects_a_submission_after_a_run(browser):
    expectations.forget()
    body = json.dumps({"language": "python", "files": records.SOLUTION, "revision": 0})
    address = records.address(browser, "save", 1)
    assert browser.post(address, body, content_type="application/json").status_code == 200
    assert told() == [("python", Suite.VISIBLE), ("python", Suite.HIDDEN)]


def test_another_language_is_expected(browser):
    browser.post(records.address(browser, "language", 1), {"language": "javascript"})
    assert ("javascript", Suite.VISIBLE) in told()


def test_is_told_once_a_minute(browser, django_assert_num_queries, invitation):
    work = records.work(invitation.attempt)
    with django_assert_num_queries(0):
        expectations.expect(work, Suite.VISIBLE, now=timezone.now())


def test_is_told_again_a_minute_later_and_of_everything_else_at_once(browser, invitation):
    work, now = records.work(invitation.attempt), timezone.now()
    expectations.expect(work, Suite.VISIBLE, now=now + timedelta(seconds=90))
    assert Expectation.objects.get().until >= now + timedelta(seconds=90) + expectations.AHEAD
    expectations.expect(work, Suite.HIDDEN, now=now + timedelta(seconds=90))
    assert Expectation.objects.count() == 2


def test_a_save_does_not_fail_for_it(browser, monkeypatch):
    def away(*_, **__):
        raise OperationalError("database is locked")

    monkeypatch.setattr(queue, "expect", away)
    expectations.forget()
    body = json.dumps({"language": "python", "files": records.SOLUTION, "revision": 0})
    address = records.address(browser, "save", 1)
    assert browser.post(address, body, content_type="application/json").status_code == 200


def test_nothing_is_expected_after_the_deadline_nor_for_long(browser, invitation):
    attempt = invitation.attempt
    assert told(timezone.now() + expectations.AHEAD) == []
    expectations.forget()
    Expectation.objects.all().delete()
    work = records.work(attempt)
    expectations.expect(work, Suite.VISIBLE, now=attempt.deadline_at - timedelta(seconds=30))
    assert Expectation.objects.get().until == attempt.deadline_at
    expectations.forget()
    Expectation.objects.all().delete()
    expectations.expect(work, Suite.VISIBLE, now=attempt.deadline_at)
    assert not Expectation.objects.exists()
