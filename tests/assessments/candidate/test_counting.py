"""Which submission counts: the last one that was submitted, whatever was typed after it."""

import importlib
import io
import zipfile

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import attempts, counting, scores, submissions
from assessments.models import Event, Submission
from assessments.models.attempts import SAVING_GRACE
from assessments.review.exports import as_json, as_text
from assessments.review.reports import report
from tests.assessments import records

pytestmark = pytest.mark.django_db
GOOD, STRAY = {"main.py": "print(input().upper())\n"}, {"main.py": "print(input().upper())\nx"}


def save(work, files):
    work.refresh_from_db()
    return submissions.save(work, "python", files, work.revision, now=timezone.now())


@pytest.fixture
def edited(work):
    """A full submission, then a stray key."""
    records.grade(records.submission(work, GOOD).grading)
    return save(work, STRAY)


def grade_the_edits(attempt):
    records.grade(records.work(attempt).submissions.get(number=2).grading, passes=lambda _: False)


def at_finish(attempt):
    return attempts.finish(attempt, now=timezone.now())


def at_deadline(attempt):
    return attempts.settle(attempt, now=attempt.deadline_at + SAVING_GRACE)


@pytest.mark.parametrize("end", [at_finish, at_deadline])
def test_stray_key_after_a_full_submission_costs_nothing(attempt, edited, end):
    end(attempt)
    grade_the_edits(attempt)
    assert scores.fetch_score(attempt).percent == 100
    beside, counted = edited.submissions.all()
    assert (beside.snapshot.files, beside.counts, beside.is_beside) == (STRAY, False, True)
    assert (counted.snapshot.files, counted.counts) == (GOOD, True)
    told = Event.objects.filter(invitation=attempt.invitation, detail__contains=", number 2")
    assert [(event.kind, event.detail) for event in told] == [
        (Event.Kind.HANDED_IN, "Shout, number 2, beside what counts")
    ]


def test_edits_count_if_the_candidate_says_so(browser, attempt, edited):
    assert "Let these edits count" in browser.get(records.address(browser, "finish")).content.decode()
    browser.post(records.address(browser, "finish"), {"edits": ["1"]})
    grade_the_edits(attempt)
    assert scores.fetch_score(attempt).percent == 0
    assert [row.counts for row in edited.submissions.all()] == [True, False]


@pytest.mark.parametrize("value", ["", "2", "-1", "x", "1\0", "9" * 5000, "²"])
def test_what_names_no_challenge_changes_nothing(browser, attempt, edited, value):
    assert browser.post(records.address(browser, "finish"), {"edits": [value]}).status_code == 302
    assert [row.counts for row in edited.submissions.all()] == [False, True]


@pytest.mark.parametrize("end", [at_finish, at_deadline])
def test_saved_edits_count_if_nothing_was_submitted(attempt, work, end):
    save(work, GOOD)
    end(attempt)
    assert [(row.snapshot.files, row.counts) for row in work.submissions.all()] == [(GOOD, True)]


def test_a_submission_takes_the_mark_and_a_withdrawal_gives_it_back(work):
    first = records.submission(work, GOOD)
    records.grade(first.grading)
    second = records.submission(work, STRAY)
    assert counting.counting(work) == second
    submissions.withdraw(second, now=timezone.now())
    assert counting.counting(work) == first


def test_no_two_submissions_of_a_work_count(work, edited):
    first = work.submissions.get()
    at_finish(work.attempt)
    with pytest.raises(IntegrityError), transaction.atomic():
        work.submissions.exclude(pk=first.pk).update(counts=True)


def test_rule_is_stated_before_the_start_and_at_finish(browser, invitation, edited):
    other = records.invitation(invitation.assessment, "new@example.org")
    before = Client().get(records.door(other), follow=True).content.decode()
    assert "Your last submission of each challenge counts." in before
    assert "handed in beside it" in before
    at_the_end = browser.get(records.address(browser, "finish")).content.decode()
    assert "your last submission counts" in at_the_end
    assert "count only if you say so" in at_the_end


def test_candidate_reads_afterwards_what_counts(browser, attempt, edited):
    at_finish(attempt)
    page = browser.get(records.address(browser, "end")).content.decode()
    assert "Submission 1 counts" in page
    assert "handed in beside it and does not count" in page


def test_interviewer_sees_the_edits_with_their_difference(signed_in, interviewer, attempt, edited):
    at_finish(attempt)
    grade_the_edits(attempt)
    page = signed_in(interviewer).get(reverse("review:attempt", args=[attempt.pk])).content.decode()
    assert "Unsubmitted edits" in page
    assert "it would score 0 %" in page
    shown = report(attempt).challenges[0]
    assert [(file.path, file.added, file.removed) for file in shown.edits] == [("main.py", 1, 0)]
    assert as_json(report(attempt))["challenges"][0]["unsubmitted_edits"]["number"] == 2
    assert "Edits after submission 1 were handed in beside it" in as_text(report(attempt))


def test_interviewer_sees_none_where_there_are_none(signed_in, interviewer):
    attempt = records.graded_attempt(interviewer)
    page = signed_in(interviewer).get(reverse("review:attempt", args=[attempt.pk])).content.decode()
    assert "Unsubmitted edits" not in page


def test_download_holds_what_counts(browser, attempt, edited):
    at_finish(attempt)
    archive = zipfile.ZipFile(io.BytesIO(browser.get(records.address(browser, "download")).content))
    assert [archive.read(name).decode() for name in archive.namelist()] == [GOOD["main.py"]]


def test_older_rows_are_marked_as_they_counted(work, attempt):
    records.grade(records.submission(work, GOOD).grading)
    save(work, STRAY)
    at_finish(attempt)
    Submission.objects.update(counts=False)
    importlib.import_module("assessments.migrations.0007_mark_counting").mark(apps, None)
    assert [row.counts for row in work.submissions.all()] == [True, False]
