"""A candidate in a real browser, from the link in the e-mail to the end. Nothing is lost on the way."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from assessments import invitations
from assessments.models import Submission, VisibleRun
from grading import queue
from grading.report import Verdict
from tests.assessments import records
from tests.e2e.sitting import code, expect_saved, saved_files, type_over, work, write

pytestmark = pytest.mark.browser
CODE = "print(input().upper())"


def decide(claim, place, passed):
    """One more test's result arrives from the worker."""
    test = claim.challenge.tests(claim.suite)[place]
    queue.store_results(claim, [records._result(test, passed, "expected 'A'")], now=timezone.now())


def test_from_the_link_to_the_end(open_page, invitation):
    page = open_page(invitations.path(invitation))
    expect(page.get_by_role("heading", name="Backend")).to_be_visible()
    page.get_by_role("button", name="Start now").click()
    expect(page.get_by_text("Not begun")).to_be_visible()
    page.get_by_role("link", name="1. Shout").click()
    write(page, CODE)

    page.get_by_role("button", name="Run visible tests").click()
    expect(page.get_by_text("Waiting: yours is next")).to_be_visible()
    records.grade(VisibleRun.objects.get().grading)
    expect(page.get_by_text("All 2 passed")).to_be_visible()

    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("tab", name="Submissions")).to_have_attribute("aria-selected", "true")
    records.grade(Submission.objects.get().grading)
    expect(page.get_by_text("3 of 3")).to_be_visible()
    assert Submission.objects.get().snapshot.files == {"main.py": CODE}

    page.get_by_role("link", name="Overview").click()
    page.get_by_role("link", name="Finish…").click()
    page.get_by_role("button", name="Finish and hand in").click()
    expect(page.get_by_role("heading", name="You have finished")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download my code").click()
    assert download.value.suggested_filename == "my-code.zip"


def test_results_arrive_one_by_one_without_a_reload(sit):
    page = sit()
    page.evaluate("window.notReloaded = true")
    page.get_by_role("button", name="Run visible tests").click()
    expect(page.get_by_text("Waiting: yours is next")).to_be_visible()
    claim = queue.claim(VisibleRun.objects.get().grading_id, worker="test", now=timezone.now())
    assert claim
    expect(page.get_by_text("Running: 0 of 2")).to_be_visible()
    decide(claim, 0, True)
    expect(page.get_by_text("Running: 1 of 2")).to_be_visible()
    expect(page.locator("#results-said")).to_have_text("1 of 2 tests done, 1 passed.")
    decide(claim, 1, False)
    expect(page.get_by_text("Running: 2 of 2")).to_be_visible()
    results = [
        records._result(test, test.points == 3, "no 'A'") for test in claim.challenge.tests(claim.suite)
    ]
    queue.record(claim, records._report(tuple(results), Verdict.GRADED), now=timezone.now())
    queue.leave(claim)
    expect(page.get_by_text("1 of 2 passed").first).to_be_visible()
    expect(page.get_by_text("no 'A'")).to_be_visible()
    page.get_by_text("What your program wrote").click()
    expect(page.get_by_text("listening on 8000")).to_be_visible()
    assert page.evaluate("window.notReloaded")


def test_code_survives_a_reload(sit):
    page = sit()
    write(page, "print('still here')")
    page.reload()
    expect(code(page)).to_contain_text("still here")
    expect_saved(page)


def test_another_browser_continues(sit):
    write(sit(), "print('from the first')")
    second = sit()
    expect(code(second)).to_contain_text("from the first")
    write(second, "print('from the second')")
    assert saved_files() == {"main.py": "print('from the second')"}


def test_lost_connection_is_told_and_made_up_for(sit):
    page = sit()
    page.context.set_offline(True)
    code(page).click()
    page.keyboard.insert_text("# offline ")
    expect(page.get_by_role("alert").filter(has_text="no connection")).to_be_visible()
    expect(page.locator("#save-state")).to_contain_text("No connection")
    page.context.set_offline(False)
    expect_saved(page)
    expect(page.locator("#notice")).to_be_hidden()
    assert "# offline" in saved_files()["main.py"]


def test_what_was_restored_is_still_said_when_it_is_saved(sit):
    page = sit()
    write(page, "print('mine')\n")
    page.get_by_role("tab", name="Submissions").click()
    page.get_by_role("button", name="Restore the starter").click()
    expect(code(page)).to_have_text("print(input())")
    expect_saved(page)
    assert saved_files() == {"main.py": "print(input())\n"}
    expect(page.locator("#notice")).to_contain_text("The starter is in the editor")


def test_each_language_keeps_its_code(sit):
    page = sit()
    write(page, "print('python')")
    page.get_by_role("button", name="JavaScript").click()
    expect(page.get_by_role("tab", name="main.js")).to_be_visible()
    write(page, "console.log('javascript')")
    page.get_by_role("button", name="Python").click()
    expect(code(page)).to_contain_text("print('python')")
    assert work().drafts["javascript"] == {"main.js": "console.log('javascript')"}


def test_unsaved_code_is_saved_before_the_language_changes(sit):
    page = sit()
    type_over(page, "print('just typed')")
    page.get_by_role("button", name="JavaScript").click()
    expect(page.get_by_role("tab", name="main.js")).to_be_visible()
    assert work().drafts["python"] == {"main.py": "print('just typed')"}


def test_run_saves_first(sit):
    page = sit()
    type_over(page, "print('just typed')")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Waiting: yours is next")).to_be_visible()
    assert VisibleRun.objects.get().grading.snapshot.files == {"main.py": "print('just typed')"}


def test_two_clicks_make_one_run_and_one_submission(sit):
    page = sit()
    page.get_by_role("button", name="Run visible tests").dblclick()
    page.get_by_role("button", name="Submit").dblclick()
    expect(page.get_by_role("button", name="Being graded…")).to_have_attribute("aria-disabled", "true")
    assert (VisibleRun.objects.count(), Submission.objects.count()) == (1, 1)
