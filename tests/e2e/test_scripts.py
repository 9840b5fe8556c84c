"""Without scripts, or with broken ones, a page says so before the clock starts."""

import pytest
from playwright.sync_api import expect

from assessments import invitations
from assessments.models import Attempt
from tests.assessments import records

pytestmark = pytest.mark.browser


def test_without_javascript_the_clock_does_not_start(chromium, live_server, invitation):
    context = chromium.new_context(java_script_enabled=False, base_url=live_server.url)
    page = context.new_page()
    page.goto(invitations.path(invitation))
    expect(page.locator("noscript p").first).to_be_visible()
    page.goto(records.door(invitation))
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.get_by_role("button", name="Start now")).to_be_disabled()
    context.close()
    assert not Attempt.objects.exists()


def test_link_whose_script_cannot_be_loaded_says_so(open_page, invitation):
    page = open_page()
    page.route("**/dist/invitation*.js", lambda route: route.abort())
    page.goto(invitations.path(invitation))
    expect(page.get_by_text("scripts are blocked or could not be loaded")).to_be_visible(timeout=15_000)


def test_script_that_cannot_be_loaded_leaves_the_button_shut(open_page, invitation):
    page = open_page()
    page.route("**/dist/start*.js", lambda route: route.abort())
    page.goto(invitations.path(invitation))
    expect(page.get_by_text("scripts are blocked or could not be loaded")).to_be_visible()
    expect(page.get_by_role("button", name="Start now")).to_be_disabled()


def test_working_scripts_open_the_button(open_page, invitation):
    page = open_page(invitations.path(invitation))
    expect(page.get_by_role("button", name="Start now")).to_be_enabled()
    expect(page.locator("#start-check")).to_be_hidden()


def test_workspace_says_that_its_editor_does_not_start(sit):
    page = sit()
    expect(page.locator("#script-problem")).to_have_count(0)
    page.route("**/dist/workspace*.js", lambda route: route.abort())
    page.reload()
    expect(page.get_by_text("The editor does not start.")).to_be_visible(timeout=15_000)


def test_escape_then_tab_leaves_the_editor_with_a_selection_too(sit):
    page = sit()
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Tab now leaves the editor")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator(".cm-content")).not_to_be_focused()
