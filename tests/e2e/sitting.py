"""What a candidate does on the page with the editor, and what is on the server then."""

import re

from playwright.sync_api import expect

from assessments.models import Attempt
from tests.assessments import records


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
