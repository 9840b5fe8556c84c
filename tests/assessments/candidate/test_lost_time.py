"""A failure of ours gives back the time that it cost, once and no more; what everybody sees of it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments import attempts, submissions, tasks
from assessments.models import Event, LostTime
from assessments.models.attempts import SAVING_GRACE
from grading.models import Grading
from grading.report import Verdict
from tests.assessments import records

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def fails(attempt):
    """Ends a run or submission as our failure: asked and answered so many minutes into the sitting."""

    def fail(made, *, asked, answered, verdict=Verdict.PLATFORM_ERROR):
        records.grade(made.grading, verdict=verdict)
        start = attempt.started_at
        times = {"requested_at": start + asked * MINUTE, "finished_at": start + answered * MINUTE}
        Grading.objects.filter(pk=made.grading_id).update(**times)

    return fail


@pytest.fixture
def deadline(attempt):
    """By how much it has moved."""
    before = attempt.deadline_at

    def moved():
        attempt.refresh_from_db()
        return attempt.deadline_at - before

    return moved


def test_submission_that_fails_on_our_side_moves_the_deadline(work, attempt, now, fails, deadline):
    fails(records.submission(work, now=now), asked=5, answered=8)
    assert attempts.settle_due(now + 8 * MINUTE) == 1
    assert deadline() == 3 * MINUTE
    event = Event.objects.get(kind=Event.Kind.GIVEN_BACK)
    assert event.detail == "3 min 0 s: Shout, number 1, failed on our side"
    assert attempts.settle_due(now + 9 * MINUTE) == 0
    attempts.settle(attempt, now=now + 9 * MINUTE)
    assert deadline() == 3 * MINUTE


def test_run_that_fails_on_our_side_moves_the_deadline(work, now, fails, deadline):
    fails(submissions.run_visible(work, now=now), asked=5, answered=6)
    attempts.settle_due(now + 6 * MINUTE)
    assert deadline() == MINUTE


def test_what_two_lost_at_the_same_time_is_given_back_once(work, now, fails, deadline):
    run, submission = submissions.run_visible(work, now=now), records.submission(work, now=now)
    fails(run, asked=5, answered=8)
    fails(submission, asked=6, answered=10)
    attempts.settle_due(now + 10 * MINUTE)
    assert deadline() == 5 * MINUTE
    assert sorted(LostTime.objects.values_list("given_back", flat=True)) == [2 * MINUTE, 3 * MINUTE]


def test_what_was_lost_within_the_time_of_another_adds_nothing(work, now, fails, deadline):
    run, submission = submissions.run_visible(work, now=now), records.submission(work, now=now)
    fails(submission, asked=5, answered=10)
    attempts.settle_due(now + 10 * MINUTE)
    fails(run, asked=6, answered=9)
    attempts.settle_due(now + 11 * MINUTE)
    assert deadline() == 5 * MINUTE


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.PLATFORM_ERROR])
def test_nothing_else_moves_the_deadline(work, now, fails, deadline, verdict):
    fails(records.submission(work, now=now), asked=5, answered=8, verdict=verdict)
    assert attempts.settle_due(now + 8 * MINUTE) == 0
    assert deadline() == timedelta()


def test_answer_just_before_the_deadline_keeps_the_sitting_open(work, attempt, now, fails, deadline):
    """Whoever looks first gives back before it ends anything."""
    fails(records.submission(work, now=now), asked=50, answered=59)
    attempts.settle(attempt, now=now + 61 * MINUTE)
    assert deadline() == 9 * MINUTE
    assert attempt.finished_at is None
    work.refresh_from_db()
    submissions.save(work, "python", {"main.py": "later"}, work.revision, now=now + 62 * MINUTE)


def test_answer_after_the_deadline_opens_nothing(work, attempt, now, fails, deadline):
    fails(records.submission(work, now=now), asked=50, answered=60)
    attempts.settle(attempt, now=now + 60 * MINUTE + SAVING_GRACE)
    assert deadline() == timedelta()
    assert attempt.finished_at == attempt.deadline_at


def test_sitting_that_was_finished_stays_so(work, attempt, now, fails, deadline):
    submission = records.submission(work, now=now)
    attempts.finish(attempt, now=now + 10 * MINUTE)
    fails(submission, asked=5, answered=8)
    assert attempts.settle_due(now + 12 * MINUTE) == 0
    assert deadline() == timedelta()


def test_worker_whose_clock_is_behind_takes_nothing(work, now, fails, deadline):
    fails(records.submission(work, now=now), asked=8, answered=5)
    attempts.settle_due(now + 8 * MINUTE)
    assert deadline() == timedelta()


def test_attempt_that_cannot_be_settled_does_not_hold_up_others(interviewer, monkeypatch):
    assessment, now = records.assessment(interviewer), timezone.now()
    broken, sound = (
        records.attempt(records.invitation(assessment, f"{name}@example.org"), now=now)
        for name in ("broken", "sound")
    )
    settle = attempts.settle

    def fail_for_one(attempt, *, now):
        if attempt.pk == broken.pk:
            raise RuntimeError
        return settle(attempt, now=now)

    monkeypatch.setattr(attempts, "settle", fail_for_one)
    assert attempts.settle_due(sound.deadline_at + SAVING_GRACE) == 1
    sound.refresh_from_db()
    assert sound.finished_at == sound.deadline_at


def test_candidate_sees_it_as_soon_as_it_fails(browser, work, attempt, deadline):
    submission = records.submission(work)
    asked_at = timezone.now() - 2 * MINUTE - timedelta(seconds=5)
    type(attempt).objects.update(started_at=asked_at)
    Grading.objects.filter(pk=submission.grading_id).update(requested_at=asked_at)
    records.grade(submission.grading, verdict=Verdict.PLATFORM_ERROR)
    took = 2 * MINUTE + timedelta(seconds=5)
    Grading.objects.filter(pk=submission.grading_id).update(finished_at=asked_at + took)
    page = browser.get(records.address(browser, "results", 1)).content.decode()
    assert deadline() == took
    assert page.count("2 minutes 5 seconds") == 2  # Shown and said.
    assert attempt.deadline_at.isoformat() in page
    seconds_left = float(page.split('data-seconds-left="')[1].split('"')[0])
    assert seconds_left > 60 * 60 + 60


def test_programs_are_told(browser, work, now, fails):
    fails(records.submission(work, now=now), asked=0, answered=3)
    tasks.submit_overdue()
    answer = browser.get(reverse("api:own-attempt")).json()
    assert answer["seconds_given_back"] == 180


def test_interviewer_sees_it(signed_in, interviewer, attempt, work, now, fails):
    fails(records.submission(work, now=now), asked=0, answered=3)
    tasks.submit_overdue()
    client = signed_in(interviewer)
    page = client.get(reverse("review:attempt", args=[attempt.pk])).content.decode()
    assert "3 min, for failures on our side" in page
    assert "Given time back" in page
    assert client.get(reverse("review:report-json", args=[attempt.pk])).json()["seconds_given_back"] == 180
    text = client.get(reverse("review:report-text", args=[attempt.pk])).content.decode()
    assert "Given back for failures on our side: 180 s" in text


def test_admin_reads_it_beside_the_attempt(signed_in, admin, attempt, work, now, fails):
    fails(records.submission(work, now=now), asked=0, answered=3)
    tasks.submit_overdue()
    page = signed_in(admin).get(reverse("admin:assessments_attempt_change", args=[attempt.pk]))
    assert "0:03:00" in page.content.decode()
