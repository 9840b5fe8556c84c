"""A candidate in a real browser, from the link in the e-mail to the page at the end."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from assessments import attempts, invitations, submissions
from assessments.models import Attempt, Submission, VisibleRun
from grading import queue
from grading.report import Verdict
from tests.assessments import records
from tests.browser import NARROW, WIDE, assert_accessible

pytestmark = pytest.mark.browser

CODE = "print(input().upper())"


@pytest.fixture
def invitation(interviewer):
    return records.invitation(records.assessment(interviewer))


@pytest.fixture
def sit(open_page, invitation):
    """Enters by the link and opens the first challenge, each time in a browser of its own."""

    def enter(**how):
        page = open_page(invitations.path(invitation), **how)
        page.get_by_role("button", name=re.compile("Start now|Continue")).click()
        page.get_by_role("link", name="1. Shout").click()
        page.locator(".cm-content").wait_for(state="attached")
        return page

    return enter


def code(page):
    return page.locator(".cm-content")


def write(page, text):
    """Replaces the shown file's content and waits until it is saved."""
    type_over(page, text)
    expect_saved(page)


def type_over(page, text):
    # Deleted first: over a selection Chromium itself makes a styled element, which the policy rightly blocks.
    code(page).click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(text)


def expect_saved(page):
    expect(page.locator("#save-state")).to_have_text(re.compile(r"^Saved \d\d:\d\d:\d\d$"))


def work():
    return records.work(Attempt.objects.get())


def saved_files():
    stored = work()
    return stored.drafts.get(stored.language, {})


def decide(claim, place, passed):
    """One more test's result arrives from the worker."""
    test = claim.challenge.tests(claim.suite)[place]
    queue.store_result(claim, records._result(test, passed, "expected 'A'"), now=timezone.now())


# The whole way ----------------------------------------------------------------------------------------------


def test_from_the_link_to_the_end(open_page, invitation):
    page = open_page(invitations.path(invitation))
    expect(page.get_by_role("heading", name="Backend")).to_be_visible()
    page.get_by_role("button", name="Start now").click()
    expect(page.get_by_text("Not begun")).to_be_visible()
    page.get_by_role("link", name="1. Shout").click()
    write(page, CODE)

    page.get_by_role("button", name="Run visible tests").click()
    expect(page.get_by_text("Waiting: number 1 in the queue")).to_be_visible()
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
    expect(page.get_by_text("Waiting: number 1 in the queue")).to_be_visible()
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
    expect(page.get_by_text("1 of 2 passed").first).to_be_visible()
    expect(page.get_by_text("no 'A'")).to_be_visible()
    page.get_by_text("What your program wrote").click()
    expect(page.get_by_text("listening on 8000")).to_be_visible()
    assert page.evaluate("window.notReloaded")


# Nothing is lost --------------------------------------------------------------------------------------------


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


def test_older_window_may_load_the_newer_version(sit):
    first, second = sit(), sit()
    write(first, "print('newer')")
    code(second).click()
    second.keyboard.insert_text("# older ")
    dialog = second.get_by_role("dialog", name="This challenge was changed in another window")
    assert_accessible(second)
    dialog.get_by_role("button", name="Load the newer").click()
    expect(code(second)).to_contain_text("newer")
    assert saved_files() == {"main.py": "print('newer')"}


def test_escape_does_not_decide_a_conflict(sit):
    first, second = sit(), sit()
    write(first, "print('newer')")
    code(second).click()
    second.keyboard.insert_text("# older ")
    second.get_by_role("button", name="Load the newer").wait_for()
    second.keyboard.press("Escape")
    expect(second.get_by_role("button", name="Load the newer")).to_be_visible()
    assert saved_files() == {"main.py": "print('newer')"}


def test_older_window_may_keep_what_it_has(sit):
    first, second = sit(), sit()
    write(first, "print('newer')")
    type_over(second, "print('mine')")
    second.get_by_role("button", name="Keep this one").click()
    expect_saved(second)
    assert saved_files() == {"main.py": "print('mine')"}


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
    expect(page.get_by_text("Waiting: number 1 in the queue")).to_be_visible()
    assert VisibleRun.objects.get().grading.snapshot.files == {"main.py": "print('just typed')"}


def test_two_clicks_make_one_run_and_one_submission(sit):
    page = sit()
    page.get_by_role("button", name="Run visible tests").dblclick()
    page.get_by_role("button", name="Submit").dblclick()
    expect(page.get_by_role("button", name="Being graded…")).to_have_attribute("aria-disabled", "true")
    assert (VisibleRun.objects.count(), Submission.objects.count()) == (1, 1)


# Files ------------------------------------------------------------------------------------------------------


def test_files_are_added_renamed_and_deleted(sit):
    page = sit()
    page.get_by_role("button", name="New file").click()
    page.get_by_label("Path").fill("tools/words.py")
    page.get_by_role("button", name="Create").click()
    page.keyboard.insert_text("WORDS = 1")
    expect_saved(page)
    page.get_by_role("button", name="Rename this file").click()
    page.get_by_label("Path").fill("words.py")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("tab", name="words.py")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tab", name="tools/words.py")).to_have_count(0)
    expect(code(page)).to_contain_text("WORDS = 1")
    page.get_by_role("tab", name="main.py").click()
    page.get_by_role("button", name="Delete this file").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("tab", name="main.py")).to_have_count(0)
    expect(page.locator("#save-state")).to_have_text("Not saved yet")
    expect_saved(page)
    assert saved_files() == {"words.py": "WORDS = 1"}


def test_unacceptable_names_are_explained(sit):
    page = sit()
    page.get_by_role("button", name="New file").click()
    for name in ["../up.py", "/abs.py", "notes.txt", "main.py", "MAIN.py", "README.md", "", "a//b.py"]:
        page.get_by_label("Path").fill(name)
        page.get_by_role("button", name="Create").click()
        expect(page.locator("#name-problem")).not_to_be_empty()
        expect(page.get_by_label("Path")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("tab", name="main.py")).to_have_count(1)


def test_read_only_file_cannot_be_changed(sit):
    page = sit()
    page.get_by_role("tab", name="README.md").click()
    expect(code(page)).to_have_text("Read me.")
    code(page).click()
    page.keyboard.type("x")
    expect(code(page)).to_have_text("Read me.")
    expect(page.get_by_role("button", name="Delete this file")).to_be_disabled()


def test_refused_files_are_explained_and_kept_on_the_page(sit):
    page = sit()
    write(page, "print(1)")
    page.evaluate("document.querySelector('.cm-content').focus()")
    page.keyboard.insert_text("\0")
    expect(page.get_by_role("alert").filter(has_text="binary file")).to_be_visible()
    expect(page.locator("#save-state")).to_have_text("Not saved")
    assert saved_files() == {"main.py": "print(1)"}


# Keyboard ---------------------------------------------------------------------------------------------------


def test_escape_then_tab_leaves_the_editor(sit):
    page = sit()
    code(page).click()
    page.keyboard.press("Tab")
    expect(code(page)).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(code(page)).not_to_be_focused()


def test_shortcut_submits_from_anywhere(sit):
    page = sit()
    page.locator("#task").focus()
    page.keyboard.press("Control+Shift+Enter")
    expect(page.get_by_role("button", name="Being graded…")).to_be_visible()
    assert Submission.objects.count() == 1


def test_dividers_move_with_the_keyboard(sit):
    page = sit()
    for name, key in [("Width of the task", "ArrowRight"), ("Height of the editor", "ArrowUp")]:
        divider = page.get_by_role("separator", name=name)
        before = divider.get_attribute("aria-valuenow")
        divider.press(key)
        expect(divider).not_to_have_attribute("aria-valuenow", before)


def test_tabs_move_with_the_arrows(sit):
    page = sit()
    page.get_by_role("tab", name="main.py").press("ArrowRight")
    expect(page.get_by_role("tab", name="README.md")).to_be_focused()
    page.get_by_role("tab", name="Visible tests").press("ArrowRight")
    expect(page.get_by_role("tab", name="Submissions")).to_be_focused()
    expect(page.get_by_text("Nothing submitted yet")).to_be_visible()


# Time -------------------------------------------------------------------------------------------------------


def test_warnings_are_said_and_the_end_comes_by_itself(open_page, invitation):
    attempt = records.attempt(invitation)
    page = open_page()
    page.clock.install()
    page.goto(invitations.path(invitation))
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="1. Shout").click()
    write(page, "print('in time')")
    said = page.locator("[data-timer-said]")
    for minutes, words in [(46, "15 minutes left."), (10, "5 minutes left."), (4, "1 minute left.")]:
        page.clock.fast_forward(minutes * 60_000)
        expect(said).to_have_text(words)
    started = timezone.now() - timedelta(hours=2)
    Attempt.objects.update(started_at=started, deadline_at=timezone.now())
    page.clock.fast_forward(60_000)
    page.clock.fast_forward(5_000)
    expect(page.get_by_role("heading", name="Your time is up")).to_be_visible()
    attempt.refresh_from_db()
    assert attempt.finished_at == attempt.deadline_at
    assert Submission.objects.get().snapshot.files == {"main.py": "print('in time')"}


def test_typing_after_the_time_is_up_leads_to_the_end(sit):
    page = sit()
    attempts.finish(Attempt.objects.get(), now=timezone.now())
    code(page).click()
    page.keyboard.insert_text("late")
    expect(page.get_by_role("heading", name="You have finished")).to_be_visible()


def test_revoked_invitation_stops_the_page_from_asking(sit, invitation):
    page = sit()
    page.get_by_role("button", name="Run visible tests").click()
    invitations.revoke(invitation, by=None, now=timezone.now())
    expect(page.get_by_role("alert").filter(has_text="session has ended")).to_be_visible()


# Looks ------------------------------------------------------------------------------------------------------


def test_chosen_colours_are_remembered(open_page, invitation):
    page = open_page(invitations.path(invitation))
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("button", name="Dark colours").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")


def test_narrow_window_shows_one_part_at_a_time(sit):
    page = sit(size=NARROW)
    expect(page.locator("#task")).to_be_visible()
    page.get_by_role("button", name="Code", exact=True).click()
    expect(code(page)).to_be_visible()
    expect(page.locator("#task")).to_be_hidden()
    page.get_by_role("button", name="Run visible tests").click()
    expect(page.get_by_text("Waiting: number 1 in the queue")).to_be_visible()
    expect(code(page)).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(open_page, invitation, scheme, size):
    page = open_page(invitations.path(invitation), scheme=scheme, size=size)
    assert_accessible(page)
    page.get_by_role("button", name="Start now").click()
    assert_accessible(page)
    stored = work()
    records.grade(
        submissions.run_visible(stored, now=timezone.now()).grading, passes=lambda test: test.points == 3
    )
    records.grade(records.submission(stored).grading, passes=lambda test: test.points == 3)
    for path in ("/sitting/", "/sitting/1/", "/sitting/finish/", "/sitting/9/"):
        page.goto(path)
        assert_accessible(page)
    page.goto("/sitting/1/")
    if size is NARROW:
        page.get_by_role("button", name="Code", exact=True).click()
        assert_accessible(page)
        page.get_by_role("button", name="Results", exact=True).click()
        assert_accessible(page)
    page.get_by_role("tab", name="Submissions").click()
    assert_accessible(page)
    attempts.finish(Attempt.objects.get(), now=timezone.now())
    for path in (
        "/sitting/end/",
        invitations.path(invitation),
        "/invitation/" + str(invitation.pk) + "/wrong/",
    ):
        page.goto(path)
        assert_accessible(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dialogs_and_expired_links_are_accessible(sit, open_page, invitation, interviewer, scheme):
    page = sit(scheme=scheme)
    page.get_by_role("button", name="New file").click()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Delete this file").click()
    assert_accessible(page)
    expired = records.invitation(
        records.assessment(interviewer, records.version("other")), "late@example.org"
    )
    expired.expires_at = timezone.now()
    expired.save()
    assert_accessible(open_page(invitations.path(expired), scheme=scheme))
