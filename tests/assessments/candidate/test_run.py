"""Runs of the visible tests."""

from datetime import timedelta

import pytest
from django.utils import timezone

from assessments import submissions
from assessments.models import Event, VisibleRun
from assessments.submissions import RUNS_PER_WINDOW, Closed, Conflict, TooMany
from grading import queue
from grading.models import Grading
from grading.report import Verdict
from tests.assessments import records

pytestmark = pytest.mark.django_db


def panel(browser):
    return browser.get(records.address(browser, "results", 1)).content.decode()


def test_run_grades_what_is_saved_against_the_visible_suite(work, now):
    saved = submissions.save(work, "python", {"main.py": "print(1)"}, 0, now=now)
    run = submissions.run_visible(saved, now=now)
    assert (run.grading.suite, run.grading.lane) == ("visible", Grading.Lane.RUN)
    assert run.grading.snapshot.files == {"main.py": "print(1)"}
    assert Event.objects.filter(kind=Event.Kind.RUN).count() == 1


def test_starter_may_be_run_before_anything_was_saved(work, now):
    assert submissions.run_visible(work, now=now).grading.snapshot.files == {"main.py": "print(input())\n"}


def test_button_answers_with_the_results_panel(browser, post, work):
    response = post(browser, "run", {"revision": 0})
    assert response.status_code == 200
    assert 'data-open-run="yes"' in response.content.decode()
    assert "yours is next" in response.content.decode()


def test_two_clicks_are_one_run(browser, post, work):
    post(browser, "run", {"revision": 0})
    post(browser, "run", {"revision": 0})
    assert VisibleRun.objects.count() == 1


def test_run_of_an_older_window_is_a_conflict(work, now):
    submissions.save(work, "python", {"main.py": "1"}, 0, now=now)
    with pytest.raises(Conflict):
        submissions.run_visible(work, now=now, revision=0)


def test_empty_code_is_not_run(browser, post, work, now):
    submissions.save(work, "python", {"main.py": " "}, 0, now=now)
    response = post(browser, "run", {"revision": 1})
    assert response.status_code == 422
    assert "empty" in response.json()["message"]


def test_too_many_runs_have_to_wait(work, now):
    for _ in range(RUNS_PER_WINDOW):
        records.grade(submissions.run_visible(work, now=now).grading)
    with pytest.raises(TooMany) as caught:
        submissions.run_visible(work, now=now + timedelta(seconds=20))
    assert "Wait 40 seconds" in caught.value.message
    assert submissions.run_visible(work, now=now + timedelta(seconds=61))


def test_too_many_runs_are_answered_with_429(browser, post, work):
    for _ in range(RUNS_PER_WINDOW):
        records.grade(submissions.run_visible(work, now=timezone.now()).grading)
    response = post(browser, "run", {"revision": 0})
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60


def test_results_arrive_one_by_one(browser, work, now):
    grading = submissions.run_visible(work, now=now).grading
    claim = queue.claim(grading.pk, worker="test", now=timezone.now())
    assert claim
    first = claim.challenge.tests(claim.suite)[0]
    queue.store_results(claim, [records._result(first, True, "")], now=timezone.now())
    html = panel(browser)
    assert "Running: 1 of 2" in html
    assert html.count("Waiting</span>") == 1
    assert "every 500ms" in html


def test_finished_run_shows_messages_and_output_and_is_not_asked_for_again(browser, work, now):
    records.grade(submissions.run_visible(work, now=now).grading, passes=lambda _: False)
    html = panel(browser)
    assert "0 of 2 passed" in html
    assert "expected &#x27;A&#x27;, got &#x27;a&#x27;" in html
    assert "listening on 8000" in html
    assert "hx-get" not in html
    assert "Traceback" not in html


def test_unchanged_panel_is_not_sent_again(browser, work, now):
    submissions.run_visible(work, now=now)
    address = records.address(browser, "results", 1)
    version = panel(browser).split('data-version="')[1].split('"')[0]
    assert browser.get(address, {"seen": version}).status_code == 204
    assert browser.get(address, {"seen": "other"}).status_code == 200


def test_verdict_is_said_in_a_sentence(browser, work, now):
    grading = submissions.run_visible(work, now=now).grading
    records.grade(grading, passes=lambda _: False, verdict=Verdict.START_FAILED)
    assert "did not start" in panel(browser)


def test_failure_on_our_side_is_not_called_theirs(browser, work, now):
    grading = submissions.run_visible(work, now=now).grading
    records.grade(grading, passes=lambda _: False, verdict=Verdict.PLATFORM_ERROR)
    assert "not your fault" in panel(browser)


def test_output_of_the_program_is_inert(browser, work, now):
    grading = submissions.run_visible(work, now=now).grading
    records.grade(grading, passes=lambda _: False, message="<script>alert(1)</script>")
    assert "<script>alert" not in panel(browser)


def test_run_at_the_deadline_is_refused(work, attempt):
    with pytest.raises(Closed):
        submissions.run_visible(work, now=attempt.deadline_at)
    assert not Grading.objects.exists()


def test_what_a_program_wrote_comes_first_if_no_test_was_run(browser, work, now):
    grading = submissions.run_visible(work, now=now).grading
    records.grade(grading, passes=lambda _: False, verdict=Verdict.START_FAILED)
    html = panel(browser)
    assert html.index("listening on 8000") > html.index('class="tests"')
    grading.results.update(outcome="skipped")
    html = panel(browser)
    assert html.index("listening on 8000") < html.index('class="tests"')
    assert '<details id="program-output" open>' in html
