"""How often a challenge may be submitted: told before the start and near the end, refused in words."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from assessments import allowance, attempts, composition, submissions
from assessments.models import Assessment, Submission
from assessments.submissions import SUBMISSIONS_PER_WINDOW, UsedUp
from grading.report import Verdict
from tests.assessments import records

pytestmark = pytest.mark.django_db
APART = timedelta(minutes=1)


def allow(work, number):
    Assessment.objects.filter(pk=work.attempt.assessment.pk).update(submissions_each=number)


def submit(work, number, now):
    """Each in a minute of its own, so that no rate is met."""
    return records.submission(work, {"main.py": str(number)}, now=now + number * APART)


def graded(work, number, now, **options):
    submission = submit(work, number, now)
    records.grade(submission.grading, **options)
    return submission


def test_no_more_than_the_assessment_allows(work, now):
    allow(work, 2)
    for number in range(2):
        graded(work, number, now)
    with pytest.raises(UsedUp, match="all 2 submissions"):
        submit(work, 3, now)
    assert Submission.objects.count() == 2


def test_what_was_withdrawn_and_what_failed_on_our_side_does_not_count(work, now):
    allow(work, 1)
    submissions.withdraw(submit(work, 0, now), now=now)
    graded(work, 1, now, verdict=Verdict.PLATFORM_ERROR)
    assert allowance.left(work) == 1
    graded(work, 2, now)
    assert allowance.left(work) == 0


def test_each_challenge_has_its_own(now):
    to = records.assessment(records.person("ivo"), records.version(), records.version("other"))
    attempt = records.attempt(records.invitation(to), now=now)
    first, second = records.work(attempt, 1), records.work(attempt, 2)
    allow(first, 1)
    graded(first, 0, now)
    assert (allowance.left(first), allowance.left(records.work(attempt, 2))) == (0, 1)
    graded(second, 1, now)


def test_what_is_saved_is_handed_in_at_the_end_all_the_same(work, attempt, now):
    allow(work, 1)
    graded(work, 0, now)
    work.refresh_from_db()
    submissions.save(work, "python", {"main.py": "later"}, work.revision, now=now)
    attempts.finish(attempt, now=now + APART)
    assert list(Submission.objects.values_list("number", "reason").order_by("number")) == [
        (1, "submitted"),
        (2, "finished"),
    ]


def test_default_is_one_that_nobody_meets(work):
    assert allowance.left(work) == composition.SUBMISSIONS_EACH == 50


def test_it_is_told_before_the_start(client, work):
    to = records.invitation(work.attempt.assessment, "next@example.org")
    allow(work, 7)
    page = client.get(records.door(to), follow=True).content.decode()
    assert "each challenge up to 7 times" in page


def test_what_is_left_is_told_near_the_end(browser, work, now):
    def panel():
        return browser.get(records.address(browser, "results", 1)).content.decode()

    allow(work, allowance.NEAR + 2)
    graded(work, 0, now)
    assert "submissions-left" not in panel()
    graded(work, 1, now)
    assert f"submit this challenge {allowance.NEAR} more times" in panel()
    allow(work, 2)
    assert "You have made all 2 submissions" in panel()


def test_the_page_is_answered_with_a_code_and_a_sentence(browser, post, work, now):
    allow(work, 1)
    graded(work, 0, now)
    work.refresh_from_db()
    response = post(browser, "submit", {"revision": work.revision})
    assert (response.status_code, response.json()["code"]) == (409, "used_up")
    assert "The last one counts" in response.json()["message"]


def test_an_interviewer_sets_it(signed_in, interviewer):
    version = records.version()
    form = {"title": "Backend", "minutes": 60, f"use_{version.pk}": "on", f"place_{version.pk}": 1}
    form[f"weight_{version.pk}"] = 1
    browser = signed_in(interviewer)
    for typed, stored in (("3", 3), ("", 50)):
        browser.post(
            reverse("review:new-assessment"), {**form, "submissions_each": typed, "title": f"t{typed}"}
        )
        assert Assessment.objects.get(title=f"t{typed}").submissions_each == stored
    for typed in ("0", "1001", "-1", "many"):
        response = browser.post(reverse("review:new-assessment"), {**form, "submissions_each": typed})
        assert response.status_code == 400


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_no_more_than_allowed(work, monkeypatch):
    """Also if none of them met one that is still graded, which would refuse them as well."""
    monkeypatch.setattr(submissions, "_unfinished", lambda rows: rows.none())
    allow(work, 2)
    start, refused = threading.Barrier(SUBMISSIONS_PER_WINDOW), []

    def race():
        start.wait()
        try:
            submissions.submit(work, now=timezone.now())
        except UsedUp:
            refused.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=race) for _ in range(SUBMISSIONS_PER_WINDOW)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Submission.objects.count(), len(refused)) == (2, SUBMISSIONS_PER_WINDOW - 2)
