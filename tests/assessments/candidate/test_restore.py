"""Earlier submissions and the starter can be had back."""

import pytest
from django.utils import timezone

from assessments import attempts, saves, submissions
from tests.assessments import records

pytestmark = pytest.mark.django_db
FIRST = {"main.py": "print('first')\n"}


def files(browser, name, *arguments):
    return browser.get(records.address(browser, name, 1, *arguments))


def test_files_of_a_submission_are_as_they_were_handed_in(browser, work):
    records.submission(work, FIRST)
    submissions.save(work, "python", {"main.py": "later"}, 1, now=timezone.now())
    answer = files(browser, "submitted-files", 1).json()
    assert answer == {"language": "python", "files": FIRST}


def test_starter_is_of_the_chosen_language(browser, work):
    assert files(browser, "starter").json()["files"] == {"main.py": "print(input())\n"}
    submissions.choose_language(work, "javascript", now=timezone.now())
    assert list(files(browser, "starter").json()["files"]) == ["main.js"]


def test_starter_holds_no_hidden_file(browser):
    assert "secret" not in files(browser, "starter").content.decode()


def test_submission_that_is_not_there_is_not_there(browser):
    assert files(browser, "submitted-files", 7).status_code == 404


def test_submission_of_somebody_else_is_not_there(browser, assessment):
    other = records.attempt(records.invitation(assessment, "other@example.org"))
    records.submission(records.work(other), FIRST)
    assert files(browser, "submitted-files", 1).status_code == 404


def test_every_submission_and_the_starter_have_their_button(browser, work):
    records.grade(records.submission(work, FIRST).grading)
    page = files(browser, "results").content.decode()
    assert f'data-restore="{records.address(browser, "submitted-files", 1, 1)}"' in page
    assert f'data-restore="{records.address(browser, "starter", 1)}"' in page


def test_button_to_start_is_shut_until_a_script_has_run(client, assessment):
    invitation = records.invitation(assessment, "new@example.org")
    page = client.get(records.door(invitation), follow=True).content.decode()
    assert "disabled>Start now</button>" in page
    assert "<noscript>" in page


def test_pages_tell_the_browser_what_the_server_has(browser, work, attempt, now):
    stamp = saves.Stamp(page="a", number=3)
    submissions.save(work, "python", FIRST, 0, now=now, stamp=stamp)
    state = '"saved-state" type="application/json">{"1": {"page": "a", "number": 3}}'
    for name in ("overview", "finish"):
        assert state in browser.get(records.address(browser, name)).content.decode()
    attempts.finish(attempt, now=timezone.now())
    assert state in browser.get(records.address(browser, "end")).content.decode()
