"""The main job, end to end, through the browser alone: invite, solve, grade in real containers, review."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.whole.conftest import Installation

pytestmark = [pytest.mark.docker, pytest.mark.stack, pytest.mark.browser, pytest.mark.timeout(900)]

SOLUTION = Path(__file__).resolve().parents[2] / "assessments/catalog/orders-api/solutions/python"
TITLE = "An orders service that never charges twice"
PASSWORD = "long-enough-for-a-test"
GRADING_MILLISECONDS = 180_000
ACCOUNT = (
    "from assessments.models import User;"
    f"User.objects.create_user('ivy', password='{PASSWORD}', role='interviewer')"
)


@pytest.fixture
def visit(chromium: Browser, installation: Installation):
    """Opens a page in a browser of its own: nobody's session is shared."""
    contexts = []

    def open_page(address: str = "/") -> Page:
        context = chromium.new_context(base_url=installation.url, viewport={"width": 1440, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_a_candidate_solves_a_task_and_an_interviewer_reads_the_result(installation, visit):
    installation.manage("shell", "-c", ACCOUNT)
    interviewer = visit()
    _sign_in(interviewer)
    _create_assessment(interviewer)
    link = _invite(interviewer)

    candidate = visit(link)
    expect(candidate.get_by_text(TITLE)).to_be_visible()
    candidate.get_by_role("button", name="Start now").click()
    candidate.get_by_role("link", name=TITLE).first.click()
    _write_solution(candidate)
    _run_visible_tests(candidate)
    _submit(candidate)
    _finish(candidate)

    interviewer.goto("/attempts/")
    interviewer.get_by_role("link", name="Ada Lovelace").click()
    expect(interviewer.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
    expect(interviewer.get_by_text("100 %").first).to_be_visible()
    expect(interviewer.locator(".hidden-tests > li").first).to_be_visible()
    expect(interviewer.get_by_text("Changes against the starter")).to_be_visible()


def test_a_link_that_was_made_up_opens_nothing(visit):
    page = visit("/invitation/00000000-0000-4000-8000-000000000000/made-up/")
    expect(page.get_by_role("button", name="Start now")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def _sign_in(page: Page) -> None:
    page.get_by_label("Name").fill("ivy")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/attempts/")


def _create_assessment(page: Page) -> None:
    page.goto("/assessments/new/")
    page.get_by_label("Title").fill("Senior backend engineer")
    row = page.get_by_role("row").filter(has_text=TITLE)
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="Create the assessment").click()
    expect(page.get_by_role("heading", name="Senior backend engineer")).to_be_visible()


def _invite(page: Page) -> str:
    page.get_by_label("Whom").fill("Ada Lovelace <ada@example.org>")
    page.get_by_role("button", name="Send the invitations").click()
    link: Locator = page.get_by_label("Link of ada@example.org", exact=True)
    return link.input_value()


def _write_solution(page: Page) -> None:
    expect(page.locator(".cm-content")).to_be_visible()
    for source in sorted(SOLUTION.iterdir()):
        tab = page.get_by_role("tab", name=source.name, exact=True)
        if not tab.count():
            page.get_by_role("button", name="New file").click()
            page.locator("#name-field").fill(source.name)
            page.get_by_role("button", name="Create").click()
        tab.click()
        editor = page.locator(".cm-content")
        editor.click()
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(source.read_text())
    expect(page.locator("#save-state")).to_contain_text("Saved")


def _run_visible_tests(page: Page) -> None:
    page.get_by_role("button", name="Run visible tests").click()
    results = page.locator("#visible-results")
    expect(results.get_by_text("passed").first).to_be_visible(timeout=GRADING_MILLISECONDS)
    expect(results.get_by_text("All 7 passed")).to_be_visible(timeout=GRADING_MILLISECONDS)


def _submit(page: Page) -> None:
    page.get_by_role("button", name="Submit", exact=True).click()
    submission = page.locator(".submission").first
    expect(submission.get_by_text("Graded", exact=True)).to_be_visible(timeout=GRADING_MILLISECONDS)


def _finish(page: Page) -> None:
    page.goto("/sitting/finish/")
    page.get_by_role("button", name="Finish").click()
    page.wait_for_url("**/sitting/*/end/")
