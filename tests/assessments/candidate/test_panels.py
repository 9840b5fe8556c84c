"""The results panel is made anew when something in it has changed, and only then."""

from datetime import timedelta

import pytest
from django.utils import timezone

from assessments import attempts, submissions
from assessments.candidate import panels
from grading import queue
from grading.models import Grading
from tests.assessments import records

pytestmark = pytest.mark.django_db

CODE = {"main.py": "print('hello')\n"}


@pytest.fixture
def waiting(work, now):
    """A run and a submission that wait."""
    submissions.save(work, "python", CODE, 0, now=now)
    work.refresh_from_db()
    run = submissions.run_visible(work, now=now)
    return run, submissions.submit(work, now=now)


@pytest.fixture
def ask(browser, monkeypatch):
    """Asks as the page does; the time of a place in the queue stands still."""
    monkeypatch.setattr(panels, "PLACE_SECONDS", 10**6)
    panels.forget()

    def get(seen=""):
        return browser.get(records.address(browser, "results", 1), {"seen": seen})

    return get


def version(response):
    assert response.status_code == 200
    return response.content.decode().split('data-version="')[1].split('"')[0]


def test_what_has_not_changed_is_not_made_anew(ask, waiting, django_assert_max_num_queries):
    seen = version(ask())
    with django_assert_max_num_queries(5):
        assert ask(seen).status_code == 204


def test_a_process_that_did_not_make_it_agrees(ask, waiting):
    seen = version(ask())
    panels.forget()
    assert ask(seen).status_code == 204


def claimed(grading):
    return queue.claim(grading.pk, worker="w", now=timezone.now())


def test_a_start_each_result_and_the_end_are_shown(ask, waiting, work):
    run, _ = waiting
    versions = [version(ask())]
    claim = claimed(run.grading)
    versions.append(version(ask(versions[-1])))
    [first, *_] = claim.challenge.tests(claim.suite)
    queue.store_results(claim, [records._result(first, True, "")], now=timezone.now())
    versions.append(version(ask(versions[-1])))
    Grading.objects.filter(pk=run.grading_id).update(
        status="finished", token=None, lease_expires_at=None, verdict="graded", finished_at=timezone.now()
    )
    versions.append(version(ask(versions[-1])))
    assert len(set(versions)) == 4


def test_what_is_withdrawn_or_handed_in_anew_is_shown(ask, waiting, work):
    _, submission = waiting
    seen = version(ask())
    submissions.withdraw(submission, now=timezone.now())
    seen_then = version(ask(seen))
    submissions.submit(work, now=timezone.now() + timedelta(seconds=1))
    assert version(ask(seen_then)) not in (seen, seen_then)


def test_a_place_in_the_queue_is_told_after_a_while(ask, waiting, interviewer, monkeypatch):
    seen = version(ask())
    other = records.attempt(
        records.invitation(records.assessment(interviewer, title="Other"), "x@example.org")
    )
    records.submission(records.work(other))
    Grading.objects.filter(submission__work__attempt=other).update(turn=-1)
    assert ask(seen).status_code == 204
    monkeypatch.setattr(panels, "PLACE_SECONDS", 0.001)
    assert ask(seen).status_code == 200


def test_the_end_of_the_sitting_is_shown(ask, waiting, attempt):
    seen = version(ask())
    before = panels.state(records.work(attempt), timezone.now())
    assert panels.is_current(records.work(attempt), seen, before)
    attempts.finish(attempt, now=timezone.now())
    after = panels.state(records.work(attempt), timezone.now())
    assert not panels.is_current(records.work(attempt), seen, after)
