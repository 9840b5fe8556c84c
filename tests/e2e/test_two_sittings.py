"""Two invitations in two tabs of one browser: neither touches the other."""

import re

from playwright.sync_api import expect

from assessments import invitations
from assessments.models import Work
from tests.assessments import records
from tests.e2e.sitting import type_over

START = re.compile("Start now|Continue")


def test_what_is_typed_in_a_tab_stays_in_its_sitting(open_page, invitation, interviewer):
    to = records.assessment(interviewer, records.version("other"), title="Another", minutes=30)
    other = records.invitation(to, "other@example.org")
    first = open_page(invitations.path(invitation))
    first.get_by_role("button", name=START).click()
    first.get_by_role("link", name="1. Shout").click()
    second = open_page(invitations.path(other), context=first.context)
    second.get_by_role("button", name=START).click()
    type_over(first, "print('first')\n")
    expect(first.locator("#save-state")).to_contain_text("Saved")
    first.get_by_role("button", name="Submit", exact=True).click()
    expect(first.locator(".submission")).to_have_count(1)
    assert stored(invitation).drafts == {"python": {"main.py": "print('first')\n"}}
    assert stored(other).drafts == {}
    assert not stored(other).submissions.exists()
    expect(first.locator("[data-timer-face]")).to_have_text(re.compile(r"^(1:00:00|59:\d\d)$"))
    expect(second.locator("[data-timer-face]")).to_have_text(re.compile(r"^(30:00|29:\d\d)$"))


def stored(invitation):
    return Work.objects.get(attempt__invitation=invitation)
