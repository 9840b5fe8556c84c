"""What a candidate learns of the hidden tests: what the author allows, and never more."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from assessments import attempts, submissions
from assessments.candidate import feedback
from grading.report import SENTENCES, Verdict
from tests.assessments import records
from tests.grading import packfolder

pytestmark = pytest.mark.django_db

TITLE = "Letters come back in upper case."
MESSAGE = "a message of a hidden test"


@pytest.fixture
def panel(interviewer, enter):
    """The results panel after a submission to a challenge with this feedback."""

    def of(hidden, *, verdict=Verdict.GRADED, during_sitting=True):
        challenge = packfolder.CHALLENGE + f'\n[feedback]\nhidden = "{hidden}"\n'.encode()
        version = records.version(changes={"challenge.toml": challenge})
        invitation = records.invitation(records.assessment(interviewer, version))
        attempt = records.attempt(invitation)
        submission = submissions.submit(records.work(attempt), now=timezone.now())
        records.grade(
            submission.grading, passes=lambda test: test.points == 1, message=MESSAGE, verdict=verdict
        )
        browser = enter(invitation)
        if during_sitting:
            return browser.get(records.address(browser, "results", 1)).content.decode()
        attempts.finish(attempt, now=timezone.now())
        return browser.get(records.address(browser, "end")).content.decode()

    return of


@pytest.mark.parametrize("during_sitting", [True, False])
def test_totals_tell_points_per_skill_only(panel, during_sitting):
    html = panel("totals", during_sitting=during_sitting)
    assert "0 of 3" in html
    assert "1 of 1" in html
    assert "Robustness" in html
    assert TITLE not in html
    assert MESSAGE not in html


def test_titles_tell_which_tests_passed(panel):
    html = panel("titles")
    assert "1 of 2 hidden tests passed" in html
    assert TITLE in html
    assert MESSAGE not in html


def test_messages_tell_why(panel):
    html = panel("messages")
    assert TITLE in html
    assert MESSAGE in html


@pytest.mark.parametrize("feedback", ["totals", "titles", "messages"])
def test_staff_details_and_output_under_hidden_tests_stay_hidden(panel, feedback):
    html = panel(feedback)
    assert "Traceback" not in html
    assert "listening on 8000" not in html


def test_failure_on_our_side_shows_no_points(panel):
    html = panel("messages", verdict=Verdict.PLATFORM_ERROR)
    assert "not your fault" in html
    assert "0 of 3" not in html
    assert TITLE not in html


def test_running_submission_tells_nothing_of_its_tests(interviewer, enter):
    invitation = records.invitation(records.assessment(interviewer))
    work = records.work(records.attempt(invitation))
    submissions.submit(work, now=timezone.now())
    html = enter(invitation).get(records.address(invitation.attempt, "results", 1)).content.decode()
    assert TITLE not in html.split('id="submission-results"')[1]
    assert "yours is next" in html


def test_queue_position_counts_those_before(interviewer, enter):
    version = records.version()
    for name in ("first", "second"):
        other = records.attempt(
            records.invitation(records.assessment(interviewer, version), f"{name}@example.org")
        )
        submissions.submit(records.work(other), now=timezone.now())
    invitation = records.invitation(records.assessment(interviewer, version))
    submissions.submit(records.work(records.attempt(invitation)), now=timezone.now())
    html = enter(invitation).get(records.address(invitation.attempt, "results", 1)).content.decode()
    assert "2 before yours" in html


def test_panel_needs_as_many_queries_for_many_submissions(interviewer, enter, django_assert_max_num_queries):
    invitation = records.invitation(records.assessment(interviewer))
    work = records.work(records.attempt(invitation))
    moment = timezone.now()
    for number in range(12):
        saved = submissions.save(work, "python", {"main.py": str(number)}, number, now=moment)
        moment += timedelta(seconds=30)
        records.grade(submissions.submit(saved, now=moment).grading)
    browser = enter(invitation)
    with django_assert_max_num_queries(12):
        browser.get(records.address(browser, "results", 1))


VALUES = "Your program ended with exit code 115 while it was being tested."


def graded(interviewer, verdict, outcome="failed", taken=timedelta(seconds=13.37)):
    """A submission's feedback, and the page of it, after this verdict with VALUES in its message."""
    challenge = packfolder.CHALLENGE + b'\n[feedback]\nhidden = "messages"\n'
    version = records.version(changes={"challenge.toml": challenge})
    attempt = records.attempt(records.invitation(records.assessment(interviewer, version)))
    submission = submissions.submit(records.work(attempt), now=timezone.now())
    grading = records.grade(submission.grading, passes=lambda _: False, verdict=verdict)
    grading.results.update(outcome=outcome)
    started = grading.started_at
    type(grading).objects.filter(pk=grading.pk).update(message=VALUES, finished_at=started + taken)
    [(_, found)] = feedback.of_submissions(records.work(attempt))
    return attempt, found


@pytest.mark.parametrize("verdict", [Verdict.RUNTIME_ERROR, Verdict.SERVICE_DISRUPTED, Verdict.GRADED])
def test_how_a_program_ended_under_hidden_tests_is_not_told(interviewer, enter, verdict):
    attempt, found = graded(interviewer, verdict)
    assert found.sentence == SENTENCES[verdict]
    assert found.message == ""
    browser = enter(attempt.invitation)
    page = browser.get(records.address(browser, "results", 1)).content.decode()
    # As a word of its own: in ids and moments these digits stand by chance.
    assert not re.search(r"exit code|\b115\b", page)


@pytest.mark.parametrize("verdict", [Verdict.START_FAILED, Verdict.MEMORY_LIMIT, Verdict.BUILD_FAILED])
def test_what_was_said_before_the_first_hidden_test_is_told(interviewer, verdict):
    assert graded(interviewer, verdict)[1].message == VALUES


@pytest.mark.parametrize("outcome", ["failed", "error", "timeout", "skipped"])
def test_a_hidden_test_passed_or_failed_and_nothing_else(interviewer, outcome):
    _, found = graded(interviewer, Verdict.GRADED, outcome)
    assert {test.outcome for test in found.tests} == {"failed"}


@pytest.mark.parametrize("seconds", [11, 19.9])
def test_how_long_hidden_tests_took_is_told_coarsely(interviewer, seconds):
    _, found = graded(interviewer, Verdict.GRADED, taken=timedelta(seconds=seconds))
    assert found.finished_at - found.started_at == timedelta(seconds=10)
