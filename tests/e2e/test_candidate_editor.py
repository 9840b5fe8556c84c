"""The editor's files, and everything by keyboard."""

import pytest
from playwright.sync_api import expect

from assessments.models import Submission
from tests.e2e.sitting import code, expect_saved, saved_files, write

pytestmark = pytest.mark.browser


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
