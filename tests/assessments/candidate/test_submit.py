"""Handing in: as often as wanted, the last one counts, nothing twice."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from assessments import submissions
from assessments.models import Event, Submission
from assessments.submissions import SUBMISSIONS_PER_WINDOW, Busy, Closed, TooMany
from grading.errors import RejectedUpload
from grading.models import Grading
from tests.assessments import records

pytestmark = pytest.mark.django_db


def save(work, text, now):
    work.refresh_from_db()
    return submissions.save(work, "python", {"main.py": text}, work.revision, now=now)


def test_submission_is_graded_against_the_hidden_suite(work, now):
    submission = submissions.submit(save(work, "print(1)", now), now=now)
    assert submission.number == 1
    assert submission.snapshot.files == {"main.py": "print(1)"}
    assert (submission.grading.suite, submission.grading.lane) == ("hidden", Grading.Lane.SUBMIT)
    assert Event.objects.get(kind=Event.Kind.SUBMITTED).detail == "Shout, number 1"


def test_submissions_are_numbered_and_none_is_changed(work, now):
    first = submissions.submit(save(work, "1", now), now=now)
    records.grade(first.grading)
    second = submissions.submit(save(work, "2", now), now=now)
    first.refresh_from_db()
    assert (first.number, second.number) == (1, 2)
    assert first.snapshot.files == {"main.py": "1"}


def test_button_answers_with_the_results_panel(browser, post, work):
    response = post(browser, "submit", {"revision": 0})
    assert response.status_code == 200
    assert 'data-open-submission="yes"' in response.content.decode()


def test_two_clicks_are_one_submission(browser, post, work):
    post(browser, "submit", {"revision": 0})
    assert post(browser, "submit", {"revision": 0}).status_code == 200
    assert Submission.objects.count() == 1


def test_other_code_waits_for_the_open_submission(work, now):
    submissions.submit(save(work, "1", now), now=now)
    with pytest.raises(Busy):
        submissions.submit(save(work, "2", now), now=now)
    assert Submission.objects.count() == 1


def test_busy_is_said_in_words(browser, post, work, now):
    submissions.submit(save(work, "1", now), now=now)
    save(work, "2", now)
    response = post(browser, "submit", {"revision": 2})
    assert (response.status_code, response.json()["code"]) == (409, "busy")


def test_run_and_submission_may_be_open_together(work, now):
    assert submissions.run_visible(work, now=now)
    assert submissions.submit(work, now=now)


def test_too_many_submissions_have_to_wait(work, now):
    for number in range(SUBMISSIONS_PER_WINDOW):
        records.grade(submissions.submit(save(work, str(number), now), now=now).grading)
    with pytest.raises(TooMany):
        submissions.submit(save(work, "more", now), now=now)
    assert submissions.submit(work, now=now + timedelta(seconds=61))


def test_empty_code_is_refused(work, now):
    with pytest.raises(RejectedUpload, match="empty"):
        submissions.submit(save(work, "\n", now), now=now)
    assert not Submission.objects.exists()


def test_deadline_is_the_first_moment_that_is_too_late(work, attempt):
    with pytest.raises(Closed):
        submissions.submit(work, now=attempt.deadline_at)
    assert submissions.submit(work, now=attempt.deadline_at - timedelta(microseconds=1))


def test_late_submit_is_refused_with_a_sentence(browser, post, work, end_time):
    end_time()
    response = post(browser, "submit", {"revision": 0})
    assert (response.status_code, response.json()["code"]) == (410, "closed")
    assert "handed in" in response.json()["message"]


def test_times_in_the_request_are_ignored(browser, post, work, end_time):
    end_time()
    data = {"revision": 0, "now": "2000-01-01T00:00:00Z", "created_at": "2000-01-01T00:00:00Z"}
    assert post(browser, "submit", data).status_code == 410


@pytest.mark.parametrize("body", ["", "{}", '{"revision": null}', "[1]"])
def test_malformed_request_is_refused(browser, post, work, body):
    assert post(browser, "submit", body).status_code == 400
    assert not Submission.objects.exists()


def test_submit_by_get_does_nothing(browser, work):
    assert browser.get(records.address(browser, "submit", 1)).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_submitting_in_two_windows_at_once_makes_one(work, now):
    gate = threading.Barrier(2, timeout=20)
    made, failed = [], []

    def submit():
        try:
            gate.wait()
            made.append(submissions.submit(work, now=now).pk)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells.
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=submit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failed
    assert len(set(made)) == 1
    assert Submission.objects.count() == 1


def test_submission_remembers_the_servers_time(browser, post, work):
    before = timezone.now()
    post(browser, "submit", {"revision": 0})
    assert before <= Submission.objects.get().created_at <= timezone.now()
