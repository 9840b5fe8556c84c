"""What was typed survives reloads, closed tabs, lost connections, the last second and other windows."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from assessments import submissions
from assessments.models import Attempt, Submission
from tests.assessments import records
from tests.browser import NARROW, assert_accessible
from tests.e2e.looks import show
from tests.e2e.sitting import code, expect_saved, saved_files, type_over, work, write

pytestmark = pytest.mark.browser

NO_STORE = "Object.defineProperty(window, 'indexedDB', {value: {open() { throw new Error('no'); }}})"


def expect_no_conflict(page):
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_reload_right_after_typing_shows_what_was_typed(sit):
    page = sit()
    write(page, "print('saved')\n")
    code(page).click()
    page.keyboard.type("x = 1")
    page.reload()
    expect(code(page)).to_contain_text("x = 1")
    expect_saved(page)
    expect_no_conflict(page)
    assert "x = 1" in saved_files()["main.py"]


def test_reloads_one_after_the_other_lose_nothing(sit):
    """Each page takes over what the one before had not saved, while its last save is still under way."""
    page = sit()
    write(page, "x = 1\n")
    for number in range(4):
        code(page).click()
        page.keyboard.press("Control+End")
        page.keyboard.type(f"line{number} ")
        page.reload()
        expect(code(page)).to_contain_text(f"line{number}")
        expect_no_conflict(page)
    expect_saved(page)
    assert saved_files() == {"main.py": "x = 1\nline0 line1 line2 line3 "}


def test_answer_that_is_lost_makes_no_conflict(sit):
    page = sit()
    page.route("**/save/", lambda route: (route.fetch(), route.abort()))
    type_over(page, "print('first')\n")
    expect(page.locator("#save-state")).to_contain_text("No connection")
    page.unroute("**/save/")
    page.keyboard.type("y")
    expect_saved(page)
    expect_no_conflict(page)
    assert saved_files() == {"main.py": "print('first')\ny"}


def test_text_typed_offline_is_there_when_the_tab_is_opened_again(sit, open_page):
    page = sit()
    address = page.url
    page.context.set_offline(True)
    type_over(page, "print('typed offline')\n")
    expect(page.locator("#save-state")).to_contain_text("No connection")
    page.close(run_before_unload=False)
    assert work().drafts == {}
    again = open_page(context=page.context)
    page.context.set_offline(False)
    again.goto(address.rsplit("/", 2)[0] + "/")
    expect(again.get_by_role("alert").filter(has_text="not saved yet")).to_be_visible()
    again.get_by_role("link", name="Challenge 1", exact=True).click()
    expect(code(again)).to_contain_text("typed offline")
    expect_saved(again)
    assert saved_files() == {"main.py": "print('typed offline')\n"}


def test_last_seconds_before_the_deadline_are_handed_in(sit):
    page = sit()
    type_over(page, "")
    expect_saved(page)
    Attempt.objects.update(deadline_at=timezone.now() + timedelta(seconds=4))
    page.evaluate("document.dispatchEvent(new CustomEvent('timer:set', {detail: 3.9}))")
    page.keyboard.type("print('all of it, until the very last moment there is')", delay=80)
    page.wait_for_url("**/end/")
    expect(page.get_by_role("heading", name="Your time is up")).to_be_visible()
    typed = work().drafts["python"]["main.py"]
    assert len(typed) > 30
    expect(page.get_by_text("What you did until")).to_be_visible(timeout=25_000)
    assert Submission.objects.get().snapshot.files == {"main.py": typed}


def test_changes_in_different_places_are_put_together(sit):
    start = sit()
    write(start, "".join(f"line {n}\n" for n in range(9)))
    first, second = sit(), sit()
    code(first).locator(".cm-line").first.click()
    first.keyboard.type("first ")
    expect_saved(first)
    code(second).locator(".cm-line").nth(7).click()
    second.keyboard.press("End")
    second.keyboard.type(" second")
    expect_saved(second)
    expect(code(second)).to_contain_text("first")
    expect_no_conflict(second)
    assert "first" in saved_files()["main.py"]
    assert "line 7 second\n" in saved_files()["main.py"]


def conflict(sit):
    first, second = sit(), sit()
    write(first, "print('theirs')\n")
    type_over(second, "print('mine')\n")
    expect(second.get_by_role("dialog", name=re.compile("Two versions"))).to_be_visible()
    return second


def test_both_versions_of_a_conflict_are_shown_side_by_side_and_kept(sit):
    page = conflict(sit)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Saved in the other window: main.py")).to_contain_text("theirs")
    expect(dialog.get_by_label("In this window, to edit: main.py")).to_contain_text("mine")
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    show(page, "dark", NARROW)
    for side in dialog.locator(".cm-mergeViewEditor").all():
        assert side.bounding_box()["height"] > 60
    show(page, "light")
    dialog.get_by_role("button", name="Keep both here").press("Enter")
    dialog.get_by_role("button", name="Use my side").press("Enter")
    expect_saved(page)
    assert saved_files() == {"main.py": "print('theirs')\nprint('mine')\n"}
    page.get_by_role("tab", name="Submissions").click()
    page.get_by_text("Kept versions").click()
    page.get_by_role("button", name="Restore: The other version").click()
    expect(code(page)).to_have_text("print('theirs')")
    page.get_by_role("button", name="Restore: This window's version").click()
    expect(code(page)).to_have_text("print('mine')")


def test_earlier_submission_and_starter_are_restored_with_one_click(sit):
    page = sit()
    records.grade(records.submission(work(), {"main.py": "print('first')\n", "more.py": "x = 1\n"}).grading)
    submissions.save(work(), "python", {"main.py": "print('broken')\n"}, work().revision, now=timezone.now())
    page.reload()
    expect(code(page)).to_contain_text("broken")
    page.get_by_role("tab", name="Submissions").click()
    page.get_by_role("button", name="Restore submission 1").click()
    expect(code(page)).to_contain_text("first")
    expect(page.get_by_role("tab", name="more.py")).to_be_visible()
    expect_saved(page)
    assert saved_files() == {"main.py": "print('first')\n", "more.py": "x = 1\n"}
    page.get_by_role("button", name="Restore the starter").click()
    expect(code(page)).to_have_text("print(input())")
    page.get_by_text("Kept versions").click()
    page.get_by_role("button", name="Restore: Before Submission 1 was restored").click()
    expect(code(page)).to_contain_text("broken")
    code(page).click()
    page.keyboard.press("Control+z")
    expect(code(page)).to_have_text("print(input())")


def test_submission_in_another_language_is_restored_with_its_language(sit):
    page = sit()
    records.grade(records.submission(work(), {"main.js": "first()"}, language="javascript").grading)
    submissions.choose_language(work(), "python", now=timezone.now())
    page.reload()
    page.get_by_role("tab", name="Submissions").click()
    page.get_by_role("button", name="Restore submission 1").click()
    expect(page.get_by_role("tab", name="main.js")).to_be_visible()
    expect(code(page)).to_contain_text("first()")


def test_browser_without_a_store_says_so_and_saves_all_the_same(sit, open_page, invitation):
    page = sit()
    page.add_init_script(NO_STORE)
    page.reload()
    expect(page.get_by_role("alert").filter(has_text="keeps no copy")).to_be_visible()
    write(page, "print('saved')\n")
    assert saved_files() == {"main.py": "print('saved')\n"}


def test_copies_leave_the_browser_at_the_end(sit):
    page = sit()
    page.context.set_offline(True)
    type_over(page, "print('never sent')\n")
    expect(page.locator("#save-state")).to_contain_text("No connection")
    page.route("**/save/", lambda route: route.abort())
    page.context.set_offline(False)
    Attempt.objects.update(finished_at=timezone.now())
    page.goto(page.url.removesuffix("1/") + "end/")
    expect(page.get_by_role("alert").filter(has_text="did not reach us")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="You have finished")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="did not reach us")).to_be_hidden()
