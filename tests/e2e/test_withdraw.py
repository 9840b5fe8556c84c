"""Waiting and withdrawing by a candidate, and what an admin sees of it: by keyboard and by axe."""

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from assessments.models import Submission, VisibleRun
from grading import fleet, queue
from tests.assessments import records
from tests.browser import WAIT_MILLISECONDS
from tests.e2e.looks import assert_accessible_in_every_look
from tests.e2e.sitting import write

pytestmark = pytest.mark.browser


def worker(state="working", reason="", name="host:1"):
    cache.clear()
    fleet.appear(name, slots=2, state=state, reason=reason, now=timezone.now())


def test_submission_and_run_are_withdrawn_by_keyboard(sit, interviewer):
    worker()
    page = sit()
    page.evaluate("window.notReloaded = true")
    write(page, "print('a')")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Withdraw this run").press("Enter")
    expect(page.locator("#visible-results").get_by_text("Withdrawn", exact=True)).to_be_visible()
    expect(page.get_by_role("tab", name="Visible tests")).to_be_focused()

    page.get_by_role("button", name="Submit").press("Enter")
    expect(page.get_by_text("Waiting: yours is next, in a moment")).to_be_visible()
    withdraw = page.get_by_role("button", name="Withdraw submission 1")
    withdraw.press("Enter")
    dialog = page.get_by_role("dialog", name="Withdraw submission 1?")
    assert_accessible_in_every_look(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert Submission.objects.get().grading.status == "queued"
    assert queue.claim(Submission.objects.get().grading_id, worker="host:1", now=timezone.now())
    expect(page.locator("#submission-results").get_by_text("Being graded")).to_be_visible()
    withdraw.press("Enter")
    dialog.get_by_role("button", name="Withdraw").press("Enter")
    expect(page.get_by_text("You withdrew it, so it does not count.")).to_be_visible()
    expect(page.locator("#results-said")).to_have_text("Submission 1 was withdrawn.")
    assert_accessible_in_every_look(page)
    assert page.evaluate("window.notReloaded")
    assert {row.grading.status for row in (Submission.objects.get(), VisibleRun.objects.get())} == {
        "withdrawn"
    }
    expect(page.get_by_role("button", name="Submit")).to_have_attribute("aria-disabled", "false")


def test_admin_sees_faults_come_and_go(sign_in, admin, interviewer):
    records.submission(records.work(records.attempt(records.invitation(records.assessment(interviewer)))))
    page = sign_in(admin, reverse("review:attempts"))
    expect(page.get_by_text("Nothing is graded at the moment: No worker is running")).to_be_visible()
    assert_accessible_in_every_look(page)
    page.get_by_role("link", name="See the health page").click()
    expect(page.get_by_role("heading", name="Nothing is graded at the moment")).to_be_visible()
    worker("draining", "The engine gave no limit to a container: memory.")
    expect(page.get_by_role("cell", name="Out of service")).to_be_visible(timeout=WAIT_MILLISECONDS)
    assert_accessible_in_every_look(page)
    worker()
    expect(page.get_by_text("All is well.")).to_be_visible(timeout=WAIT_MILLISECONDS)
    expect(page.get_by_role("row", name="Submit 1 0")).to_be_visible()
    assert_accessible_in_every_look(page)
    worker("draining", name="other:2")
    page.goto(reverse("admin:index"))
    expect(page.get_by_text("Grading has a problem: Worker other:2")).to_be_visible()
    assert_accessible_in_every_look(page)
