"""The real statements, with their tables and code and long results, on a candidate's pages."""

from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from assessments import attempts, challenges, invitations, submissions
from assessments.models import Attempt
from grading import packs
from tests.assessments import records
from tests.browser import NARROW, WIDE, assert_accessible

pytestmark = pytest.mark.browser
CATALOG = Path(settings.BASE_DIR) / "assessments" / "catalog"


def published(name):
    return records.publish(challenges.store(packs.load(CATALOG / name), by=None))


def test_pages_of_the_catalogue_are_accessible(open_page, interviewer):
    versions = [published(name) for name in ("orders-api", "slow-report", "product-cache")]
    page = open_page(invitations.path(records.invitation(records.assessment(interviewer, *versions))))
    expect(page.get_by_role("button", name="Start now")).to_be_enabled()
    assert_accessible(page)
    page.get_by_role("button", name="Start now").click()
    assert_accessible(page)
    attempt = Attempt.objects.get()
    for work in submissions.works(attempt):
        run = submissions.run_visible(work, now=timezone.now())
        records.grade(run.grading, passes=lambda _: False, message="long " * 60)
        submission = submissions.submit(work, now=timezone.now())
        records.grade(submission.grading, passes=lambda _: False)
        page.set_viewport_size(WIDE)
        page.goto(records.address(attempt, "workspace", work.item.position))
        page.locator(".cm-content").wait_for(state="attached")
        assert_accessible(page)
        page.get_by_role("tab", name="Submissions").click()
        assert_accessible(page)
        page.set_viewport_size(NARROW)
        for part in ("Task", "Code", "Results"):
            page.get_by_role("button", name=part, exact=True).click()
            assert_accessible(page)
    page.goto(records.address(attempt, "finish"))
    assert_accessible(page)
    attempts.finish(attempt, now=timezone.now())
    page.goto(records.address(attempt, "end"))
    assert_accessible(page)
