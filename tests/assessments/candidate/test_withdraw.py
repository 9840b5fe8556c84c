"""Taking back what waits or is being graded: it does not count, and nothing else changes."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import attempts, scores, submissions
from assessments.models import Event, Submission, VisibleRun
from assessments.submissions import RUNS_PER_WINDOW, SUBMISSIONS_PER_WINDOW, Closed, Decided, TooMany
from grading import queue
from grading.models import Grading
from grading.report import Verdict
from tests.assessments import records

pytestmark = pytest.mark.django_db

A, B = {"main.py": "print('a')"}, {"main.py": "print('b')"}


def panel(browser):
    return browser.get(records.address(browser, "results", 1)).content.decode()


def graded(work, files):
    return records.grade(records.submission(work, files).grading).submission


def test_queued_submission_is_taken_back(browser, post, work):
    submission = records.submission(work, A)
    response = browser.post(records.address(browser, "withdraw", 1, 1))
    html = response.content.decode()
    assert response.status_code == 200
    assert 'data-open-submission="no"' in html
    assert "You withdrew it, so it does not count." in html
    assert "counts</span>" not in html
    submission.grading.refresh_from_db()
    assert submission.grading.status == Grading.Status.WITHDRAWN
    assert Event.objects.get(kind=Event.Kind.WITHDRAWN).detail == "Shout, number 1"


def test_submission_that_is_being_graded_is_taken_from_its_worker(work, now):
    submission = records.submission(work, A)
    claim = queue.claim(submission.grading_id, worker="test", now=timezone.now())
    assert claim
    submissions.withdraw(submission, now=timezone.now())
    assert not queue.renew(claim, now=timezone.now())
    assert not queue.record(claim, records._report((), Verdict.GRADED), now=timezone.now())
    assert Submission.objects.get().grading.status == Grading.Status.WITHDRAWN


def test_withdrawing_twice_is_withdrawing_once(work, now):
    submission = records.submission(work, A)
    for _ in range(2):
        submissions.withdraw(submission, now=timezone.now())
    assert Event.objects.filter(kind=Event.Kind.WITHDRAWN).count() == 1


def test_graded_submission_stays(browser, work):
    submission = graded(work, A)
    response = browser.post(records.address(browser, "withdraw", 1, 1))
    assert (response.status_code, response.json()["code"]) == (409, "decided")
    with pytest.raises(Decided):
        submissions.withdraw(submission, now=timezone.now())
    assert Submission.objects.get().grading.verdict == "graded"


def test_nothing_is_withdrawn_after_the_end(browser, work, attempt):
    submission = records.submission(work, A)
    with pytest.raises(Closed):
        submissions.withdraw(submission, now=attempt.deadline_at)
    attempts.finish(attempt, now=timezone.now())
    response = browser.post(records.address(browser, "withdraw", 1, 1))
    assert (response.status_code, response.json()["code"]) == (410, "closed")
    assert Submission.objects.get().grading.status == Grading.Status.QUEUED


def test_earlier_submission_counts_again(browser, attempt, work):
    graded(work, A)
    submissions.withdraw(records.submission(work, B), now=timezone.now())
    score = scores.fetch_score(attempt)
    assert (score.percent, score.is_pending) == (100, False)
    assert [one.submission and one.submission.number for one in score.works] == [1]
    assert "Submitted" in browser.get(records.address(browser, "overview")).content.decode()


def test_numbers_are_not_given_twice(work):
    submissions.withdraw(records.submission(work, A), now=timezone.now())
    assert records.submission(work, B).number == 2


def test_the_same_files_may_be_handed_in_again(work):
    first = records.submission(work, A)
    submissions.withdraw(first, now=timezone.now())
    assert records.submission(work, A).pk != first.pk


def test_what_is_saved_is_handed_in_at_the_end_if_all_was_withdrawn(browser, attempt, work):
    submissions.withdraw(records.submission(work, A), now=timezone.now())
    assert (
        "What you saved will be handed in" in browser.get(records.address(browser, "finish")).content.decode()
    )
    attempts.finish(attempt, now=timezone.now())
    first, last = work.submissions.order_by("number")
    assert first.grading.status == Grading.Status.WITHDRAWN
    assert (last.snapshot.files, last.reason) == (A, Submission.Reason.FINISHED)


def test_code_of_the_submission_that_counts_is_not_handed_in_again(attempt, work):
    graded(work, A)
    submissions.withdraw(records.submission(work, B), now=timezone.now())
    work.refresh_from_db()
    submissions.save(work, "python", A, work.revision, now=timezone.now())
    attempts.finish(attempt, now=timezone.now())
    assert work.submissions.count() == 2
    assert scores.fetch_score(attempt).percent == 100


def test_withdrawn_starter_leaves_nothing_handed_in(browser, attempt, work):
    submissions.withdraw(submissions.submit(work, now=timezone.now()), now=timezone.now())
    attempts.finish(attempt, now=timezone.now())
    html = browser.get(records.address(browser, "end")).content.decode()
    assert "Nothing handed in" in html
    assert "hx-get" not in html
    assert scores.fetch_score(attempt).percent == 0


def test_withdrawing_and_submitting_in_turns_is_bounded(work, now):
    for number in range(SUBMISSIONS_PER_WINDOW):
        submissions.withdraw(records.submission(work, {"main.py": str(number)}, now=now), now=now)
    with pytest.raises(TooMany):
        submissions.submit(work, now=now)
    assert Grading.objects.unfinished().count() == 0


def test_run_is_taken_back(browser, work):
    submissions.run_visible(work, now=timezone.now())
    response = browser.post(records.address(browser, "withdraw-run", 1))
    html = response.content.decode()
    assert 'data-open-run="no"' in html
    assert "Withdrawn</span>" in html
    assert VisibleRun.objects.get().grading.status == Grading.Status.WITHDRAWN


def test_without_an_open_run_nothing_is_taken_back(browser, work):
    records.grade(submissions.run_visible(work, now=timezone.now()).grading)
    response = browser.post(records.address(browser, "withdraw-run", 1))
    assert (response.status_code, response.json()["code"]) == (409, "decided")


def test_running_and_withdrawing_in_turns_is_bounded(work, now):
    for _ in range(RUNS_PER_WINDOW):
        submissions.run_visible(work, now=now)
        submissions.withdraw_run(work, now=now)
    with pytest.raises(TooMany):
        submissions.run_visible(work, now=now + timedelta(seconds=20))


@pytest.mark.parametrize(("name", "arguments"), [("withdraw", [1, 1]), ("withdraw-run", [1])])
def test_needs_a_post_with_the_csrf_token(invitation, work, name, arguments):
    records.submission(work, A)
    submissions.run_visible(work, now=timezone.now())
    client = Client(enforce_csrf_checks=True)
    client.get(records.door(invitation), follow=True)
    token = client.cookies["csrftoken"].value
    client.post(records.door(invitation), {"csrfmiddlewaretoken": token})
    token = client.cookies["csrftoken"].value
    address = records.address(client, name, *arguments)
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 403
    assert Grading.objects.unfinished().count() == 2
    assert client.post(address, headers={"X-CSRFToken": token}).status_code == 200
    assert Grading.objects.unfinished().count() == 1


def test_interviewer_sees_what_was_withdrawn_and_when(signed_in, interviewer, attempt, work):
    graded(work, A)
    withdrawn = submissions.withdraw(records.submission(work, B), now=timezone.now())
    client = signed_in(interviewer)
    html = client.get(reverse("review:attempt", args=[attempt.pk])).content.decode()
    row = html.split("Number 2</a>")[1].split("</tr>")[0]
    assert "Withdrawn, <time" in row
    assert "counts" not in row
    assert "counts" in html.split("Number 1</a>")[1].split("</tr>")[0]
    assert "Withdrew" in html
    html = client.get(reverse("review:submission", args=[withdrawn.pk])).content.decode()
    assert "The candidate withdrew it" in html
    text = client.get(reverse("review:report-text", args=[attempt.pk])).content.decode()
    assert "Submission 2 was withdrawn" in text


def test_withdraw_button_is_there_while_it_can_be_used(browser, work):
    grading = records.submission(work, A).grading
    assert 'id="withdraw-1"' in panel(browser)
    queue.claim(grading.pk, worker="test", now=timezone.now())
    assert 'id="withdraw-1"' in panel(browser)
    Grading.objects.filter(pk=grading.pk).update(status="queued", seat="", token=None, lease_expires_at=None)
    records.grade(grading)
    assert "data-withdraw" not in panel(browser)
