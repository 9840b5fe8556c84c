"""How the pages of a sitting end, look and read out."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from assessments import attempts, invitations, submissions
from assessments.models import Attempt, Invitation, Submission
from assessments.models.attempts import SAVING_GRACE
from grading.models import Grading
from grading.report import Verdict
from tests.assessments import records
from tests.browser import NARROW, assert_accessible
from tests.e2e.looks import assert_accessible_in_every_look, show
from tests.e2e.sitting import code, work, write

pytestmark = pytest.mark.browser


@pytest.fixture
def timed(open_page, invitation):
    """A workspace of a sitting that has just begun; the test moves its clock."""
    records.attempt(invitation)
    page = open_page()
    page.clock.install()
    page.goto(invitations.path(invitation))
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="1. Shout").click()
    return page


MOMENTS = {"2027-09-09T04:05:00+00:00": "9 Sep 2027, 00:05", "2026-12-01T23:30:00+00:00": "1 Dec 2026, 18:30"}


@pytest.mark.parametrize("written", MOMENTS)
def test_moments_are_in_the_readers_zone_and_one_style(chromium, open_page, live_server, invitation, written):
    """Browsers' own forms have Sept and 24:05."""
    Invitation.objects.update(expires_at=written)
    zone = {"timezone_id": "America/New_York", "locale": "en-US", "base_url": live_server.url}
    with chromium.new_context(**zone) as context:
        page = open_page(invitations.path(invitation), context=context)
        expect(page.get_by_text("You can start until")).to_contain_text(f"until {MOMENTS[written]}.")


def test_warnings_are_said_and_the_end_comes_by_itself(timed):
    page, attempt = timed, Attempt.objects.get()
    write(page, "print('in time')")
    said = page.locator("[data-timer-said]")
    for minutes, words in [(46, "15 minutes left."), (10, "5 minutes left."), (3, "1 minute left.")]:
        page.clock.fast_forward(minutes * 60_000)
        expect(said).to_have_text(words)
    ended = timezone.now() - SAVING_GRACE
    Attempt.objects.update(started_at=ended - timedelta(hours=2), deadline_at=ended)
    page.clock.fast_forward(60_000)
    page.clock.fast_forward(5_000)
    expect(page.get_by_role("heading", name="Your time is up")).to_be_visible()
    attempt.refresh_from_db()
    assert attempt.finished_at == attempt.deadline_at
    assert Submission.objects.get().snapshot.files == {"main.py": "print('in time')"}


def test_warnings_are_said_again_when_time_is_given_back(timed):
    said = timed.locator("[data-timer-said]")
    for minutes, words in [(46, "15 minutes left."), (10, "5 minutes left.")]:
        timed.clock.fast_forward(minutes * 60_000)
        expect(said).to_have_text(words)
    timed.evaluate("document.dispatchEvent(new CustomEvent('timer:set', { detail: 16 * 60 }))")
    timed.clock.fast_forward(2 * 60_000)
    expect(said).to_have_text("15 minutes left.")


def test_clock_goes_on_when_our_failure_gives_time_back(sit):
    page = sit()
    write(page, "print('a')")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("button", name="Being graded")).to_be_visible()
    grading = Submission.objects.get().grading
    earlier = timezone.now() - timedelta(minutes=30)
    Attempt.objects.update(started_at=earlier)
    Grading.objects.update(requested_at=earlier)
    records.grade(grading, verdict=Verdict.PLATFORM_ERROR)
    expect(page.get_by_text("30 minutes").first).to_be_visible()
    expect(page.locator("#results-said")).to_contain_text("Your time is longer by")
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"^\s*1:(29|30):\d\d\s*$"))


def test_typing_after_the_time_is_up_leads_to_the_end(sit):
    page = sit()
    attempts.finish(Attempt.objects.get(), now=timezone.now())
    code(page).click()
    page.keyboard.insert_text("late")
    expect(page.get_by_role("heading", name="You have finished")).to_be_visible()


def test_revoked_invitation_leads_the_page_to_what_happened(sit, invitation):
    page = sit()
    page.get_by_role("button", name="Run visible tests").click()
    invitations.revoke(invitation, by=None, now=timezone.now())
    expect(page.get_by_role("heading", name="Your invitation was withdrawn")).to_be_visible()


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
    expect(page.get_by_text("Waiting: yours is next")).to_be_visible()
    expect(code(page)).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_every_page_is_accessible(open_page, invitation):
    page = open_page(invitations.path(invitation))
    assert_accessible_in_every_look(page)
    page.get_by_role("button", name="Start now").click()
    assert_accessible_in_every_look(page)
    stored = work()
    records.grade(
        submissions.run_visible(stored, now=timezone.now()).grading, passes=lambda test: test.points == 3
    )
    records.grade(records.submission(stored).grading, passes=lambda test: test.points == 3)
    sitting = f"/sitting/{stored.attempt_id}/"
    for path in ("", "1/", "finish/", "9/"):
        page.goto(sitting + path)
        assert_accessible_in_every_look(page)
    page.goto(sitting + "1/")
    page.get_by_role("tab", name="Submissions").click()
    assert_accessible_in_every_look(page)
    page.set_viewport_size(NARROW)
    for part in ("Code", "Results"):
        page.get_by_role("button", name=part, exact=True).click()
        assert_accessible(page)
    attempts.finish(Attempt.objects.get(), now=timezone.now())
    for path in (
        sitting + "end/",
        invitations.path(invitation),
        "/invitation/" + str(invitation.pk) + "/wrong/",
    ):
        page.goto(path)
        assert_accessible_in_every_look(page)


def test_dialogs_and_expired_links_are_accessible(sit, open_page, invitation, interviewer):
    page = sit()
    for opener in ("New file", "Delete this file"):
        page.get_by_role("button", name=opener).click()
        for scheme in ("light", "dark"):
            show(page, scheme)
            assert_accessible(page)
        page.keyboard.press("Escape")
    expired = records.invitation(
        records.assessment(interviewer, records.version("other")), "late@example.org"
    )
    expired.expires_at = timezone.now()
    expired.save()
    assert_accessible_in_every_look(open_page(invitations.path(expired)))


def test_long_title_breaks_on_every_page_of_a_sitting(open_page, interviewer):
    to = records.assessment(interviewer, title="Platform" * 25)
    made = records.invitation(to)
    type(made).objects.filter(pk=made.pk).update(name="Wolfeschlegelsteinhausenbergerdorff" * 5)
    page = open_page(invitations.path(made), size=NARROW)
    assert_accessible_in_every_look(page)
    page.get_by_role("button", name="Start now").click()
    assert_accessible_in_every_look(page)
    attempt = Attempt.objects.get()
    page.goto(records.address(attempt, "finish"))
    assert_accessible_in_every_look(page)
    attempts.finish(attempt, now=timezone.now())
    page.goto(records.address(attempt, "end"))
    assert_accessible_in_every_look(page)
