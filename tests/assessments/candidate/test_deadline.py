"""How a sitting ends: at the deadline or by the candidate's word, with what was saved."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from assessments import attempts, submissions, tasks
from assessments.models import Event, Submission
from assessments.models.attempts import SAVING_GRACE
from tests.assessments import records
from tests.failures.patience import until

pytestmark = pytest.mark.django_db


def save(work, text, now, language="python"):
    work.refresh_from_db()
    name = {"python": "main.py", "javascript": "main.js"}[language]
    return submissions.save(work, language, {name: text}, work.revision, now=now)


def counted():
    return [(row.snapshot.files["main.py"], row.counts) for row in Submission.objects.all()]


def test_saved_code_is_handed_in_at_the_deadline(work, attempt, now):
    save(work, "print('saved')", now)
    assert attempts.settle_due(attempt.deadline_at + timedelta(minutes=3)) == 1
    submission = Submission.objects.get()
    assert submission.snapshot.files == {"main.py": "print('saved')"}
    assert submission.reason == Submission.Reason.DEADLINE
    assert submission.created_at == attempt.deadline_at
    attempt.refresh_from_db()
    assert attempt.finished_at == attempt.deadline_at
    assert Event.objects.filter(kind=Event.Kind.DEADLINE).count() == 1


def test_nothing_is_closed_before_the_grace_is_over(work, attempt, now):
    save(work, "x", now)
    assert attempts.settle_due(attempt.deadline_at + SAVING_GRACE - timedelta(microseconds=1)) == 0
    assert not Submission.objects.exists()
    assert attempts.settle_due(attempt.deadline_at + SAVING_GRACE) == 1


def test_what_was_typed_before_the_deadline_may_arrive_a_little_later(work, attempt, now):
    save(work, "16 of 58 characters", now)
    save(work, "all of the 58 characters", attempt.deadline_at + SAVING_GRACE - timedelta(microseconds=1))
    attempts.settle(attempt, now=attempt.deadline_at + SAVING_GRACE)
    assert Submission.objects.get().snapshot.files == {"main.py": "all of the 58 characters"}


def test_grace_is_for_saves_only(work, attempt, now):
    save(work, "x", now)
    late = attempt.deadline_at
    for act in (submissions.submit, submissions.run_visible, submissions.withdraw_run):
        with pytest.raises(submissions.Closed):
            act(work, now=late)
    with pytest.raises(submissions.Closed):
        submissions.choose_language(work, "javascript", now=late)
    with pytest.raises(submissions.Closed):
        save(work, "y", late + SAVING_GRACE)


def test_end_page_waits_for_the_grace(browser, attempt, now):
    attempt.started_at = timezone.now() - timedelta(hours=1)
    attempt.deadline_at = timezone.now()
    attempt.save()
    for name in ("overview", "finish"):
        assert browser.get(records.address(browser, name)).url == records.address(browser, "end")
    page = browser.get(records.address(browser, "end")).content.decode()
    assert "is being handed in" in page
    assert 'http-equiv="refresh"' in page
    assert browser.post(records.address(browser, "finish")).url == records.address(browser, "end")
    attempt.refresh_from_db()
    assert attempt.finished_at is None


def test_closing_twice_hands_in_once(work, attempt, now):
    save(work, "x", now)
    for _ in range(2):
        attempts.settle(attempt, now=attempt.deadline_at + SAVING_GRACE)
    assert Submission.objects.count() == 1
    assert Event.objects.filter(kind=Event.Kind.DEADLINE).count() == 1


def test_what_was_submitted_last_is_not_handed_in_again(work, attempt, now):
    submissions.submit(save(work, "x", now), now=now)
    attempts.settle(attempt, now=attempt.deadline_at + SAVING_GRACE)
    assert Submission.objects.count() == 1


def test_what_was_changed_after_the_last_submission_is_handed_in_beside_it(work, attempt, now):
    submissions.submit(save(work, "first", now), now=now)
    save(work, "later", now)
    attempts.settle(attempt, now=attempt.deadline_at + SAVING_GRACE)
    assert counted() == [("later", False), ("first", True)]


def test_untouched_challenge_is_not_handed_in(work, attempt, now):
    save(work, "print(input())\n", now)  # As the starter is.
    attempts.settle(attempt, now=attempt.deadline_at + SAVING_GRACE)
    assert not Submission.objects.exists()


def test_empty_draft_is_not_handed_in(work, attempt, now):
    save(work, "  ", now)
    attempts.settle(attempt, now=attempt.deadline_at + SAVING_GRACE)
    assert not Submission.objects.exists()
    attempt.refresh_from_db()
    assert attempt.finished_at


def test_looking_at_another_language_loses_nothing(work, attempt, now):
    save(work, "print('mine')", now)
    submissions.choose_language(work, "javascript", now=now)
    attempts.settle(attempt, now=attempt.deadline_at + SAVING_GRACE)
    submission = Submission.objects.get()
    assert (submission.language, submission.snapshot.files) == ("python", {"main.py": "print('mine')"})


def test_looking_at_another_language_does_not_replace_a_submission(work, attempt, now):
    submissions.submit(save(work, "print('mine')", now), now=now)
    submissions.choose_language(work, "javascript", now=now)
    attempts.settle(attempt, now=attempt.deadline_at + SAVING_GRACE)
    assert Submission.objects.get().language == "python"


def test_task_closes_what_is_overdue(work, attempt, end_time, now):
    save(work, "x", now)
    end_time()
    assert tasks.submit_overdue() == 1
    assert tasks.submit_overdue() == 0


@pytest.mark.django_db(transaction=True)
def test_a_worker_closes_what_is_overdue_without_a_message(work, attempt, end_time, now, monkeypatch):
    save(work, "x", now)
    end_time()
    monkeypatch.setattr(tasks, "SETTLE_SECONDS", 0.01)
    tasks.settle_by_itself()
    [thread] = [one for one in threading.enumerate() if one.name == "settle"]
    try:
        until(Submission.objects.exists, "the attempt is handed in")
    finally:
        tasks.stop_settling()
        thread.join()
    assert Submission.objects.get().reason == Submission.Reason.DEADLINE


def test_next_request_closes_what_is_overdue(browser, work, now, end_time):
    save(work, "x", now)
    end_time()
    response = browser.get(records.address(browser, "overview"))
    assert response.url == records.address(browser, "end")
    assert Submission.objects.get().reason == Submission.Reason.DEADLINE


def test_late_save_is_refused_and_the_earlier_one_is_handed_in(browser, post, work, now, end_time):
    save(work, "in time", now)
    end_time()
    late = {"language": "python", "files": {"main.py": "too late"}, "revision": 1}
    assert post(browser, "save", late).status_code == 410
    assert Submission.objects.get().snapshot.files == {"main.py": "in time"}


def test_finishing_hands_in_what_is_saved(work, attempt, now):
    save(work, "x", now)
    attempts.finish(attempt, now=now)
    assert Submission.objects.get().reason == Submission.Reason.FINISHED
    attempt.refresh_from_db()
    assert attempt.finished_at == now
    assert Event.objects.filter(kind=Event.Kind.FINISHED).count() == 1


def test_finishing_is_asked_first_and_happens_once(browser, attempt):
    address = records.address(browser, "finish")
    assert "Keep working" in browser.get(address).content.decode()
    attempt.refresh_from_db()
    assert attempt.finished_at is None
    assert browser.post(address).url == records.address(browser, "end")
    assert browser.post(address).url == records.address(browser, "end")
    assert Event.objects.filter(kind=Event.Kind.FINISHED).count() == 1


def test_finishing_after_the_deadline_is_the_deadline(work, attempt, now):
    ended = attempts.finish(attempt, now=attempt.deadline_at + timedelta(hours=1))
    assert ended.finished_at == attempt.deadline_at
    assert not Event.objects.filter(kind=Event.Kind.FINISHED).exists()


def test_nothing_can_be_done_after_finishing(browser, post, work, attempt):
    attempts.finish(attempt, now=timezone.now())
    draft = {"language": "python", "files": {"main.py": "x"}, "revision": 0}
    assert post(browser, "save", draft).status_code == 410
    assert post(browser, "run", {"revision": 0}).status_code == 410
    assert post(browser, "submit", {"revision": 0}).status_code == 410
    response = browser.post(records.address(browser, "language", 1), {"language": "javascript"})
    assert response.url == records.address(browser, "end")
    work.refresh_from_db()
    assert (work.drafts, work.saved_at, work.language) == ({}, None, "python")


def test_each_challenge_is_handed_in_by_itself(interviewer):
    parts = records.version("one"), records.version("two")
    attempt = records.attempt(records.invitation(records.assessment(interviewer, *parts)))
    save(records.work(attempt, 2), "second", attempt.started_at)
    attempts.settle(attempt, now=attempt.deadline_at + SAVING_GRACE)
    assert [row.work.item.position for row in Submission.objects.all()] == [2]
