"""An interviewer and an admin in a real browser. Nothing that the security policy blocks may be asked for."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from assessments import attempts, invitations
from assessments.models import Assessment, ChallengeVersion, Invitation
from grading.proofs import proving
from tests.assessments import records
from tests.browser import NARROW
from tests.e2e.looks import assert_accessible_in_every_look, show
from tests.grading import packfolder

pytestmark = pytest.mark.browser


@pytest.fixture
def attempt(interviewer):
    """Two submissions, the second graded 75 per cent."""
    to = records.assessment(interviewer)
    started = records.attempt(records.invitation(to, "grace@example.org"))
    work = records.work(started)
    records.grade(records.submission(work, {"main.py": "print('A')\n"}).grading, passes=lambda _: False)
    counting = records.submission(work)
    records.grade(counting.grading, passes=lambda test: test.skill != "robustness")
    return attempts.finish(started, now=timezone.now())


def test_interviewer_puts_an_assessment_together_and_invites(sign_in, open_page, interviewer):
    records.version("shout")
    records.version("whisper")
    page = sign_in(interviewer, reverse("review:new-assessment"))
    page.get_by_label("Title").fill("Platform team")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Create the assessment").click()
    expect(page.get_by_role("heading", name="Platform team")).to_be_visible()
    page.get_by_label("Whom").fill("Grace Hopper <grace@example.org>")
    page.get_by_role("button", name="Send the invitations").click()
    expect(page.get_by_text("Invited: grace@example.org")).to_be_visible()
    link = page.get_by_role("textbox", name="Link of grace@example.org").input_value()
    assert link == invitations.link(Invitation.objects.get())
    seen_by_candidate = open_page(invitations.path(Invitation.objects.get()))
    expect(seen_by_candidate.get_by_role("heading", name="Platform team")).to_be_visible()


def test_link_is_copied(sign_in, interviewer, live_server):
    to = records.assessment(interviewer)
    made = records.invitation(to)
    page = sign_in(interviewer, reverse("review:assessment", args=[to.pk]))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    page.get_by_role("button", name="Copy the link of grace@example.org").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == invitations.link(made)


def test_double_click_on_create_makes_one(sign_in, interviewer):
    records.version()
    page = sign_in(interviewer, reverse("review:new-assessment"))
    page.get_by_label("Title").fill("Once")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Create the assessment").dblclick()
    expect(page.get_by_role("heading", name="Once")).to_be_visible()
    assert Assessment.objects.count() == 1


def test_revoking_takes_the_link_away(sign_in, interviewer):
    to = records.assessment(interviewer)
    records.invitation(to)
    page = sign_in(interviewer, reverse("review:assessment", args=[to.pk]))
    page.get_by_role("link", name="Revoke the link of grace@example.org").click()
    assert_accessible_in_every_look(page)
    page.get_by_role("button", name="Revoke the link").click()
    expect(page.get_by_text("no longer works")).to_be_visible()
    expect(page.get_by_role("textbox", name="Link of grace@example.org")).to_have_count(0)
    page.get_by_role("button", name="Restore the link of grace@example.org").click()
    expect(page.get_by_role("textbox", name="Link of grace@example.org")).to_be_visible()


def test_interviewer_finds_an_attempt_and_reads_it(sign_in, interviewer, attempt):
    page = sign_in(interviewer)
    page.get_by_label("Search").fill("grace")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Grace").click()
    expect(page.get_by_role("img", name="Score 75 %")).to_be_visible()
    expect(page.get_by_text("An empty line is not an error.")).to_be_visible()
    expect(page.get_by_text("expected 'A', got 'a'")).to_be_visible()
    expect(page.get_by_text("Traceback")).to_be_hidden()
    page.get_by_text("Detail for staff").first.click()
    expect(page.get_by_text("Traceback").first).to_be_visible()
    page.get_by_text("Submitted code").click()
    expect(page.locator(".code-line", has_text="print(input().upper())").first).to_be_visible()


def test_submissions_are_compared(sign_in, interviewer, attempt):
    page = sign_in(interviewer, reverse("review:attempt", args=[attempt.pk]))
    page.get_by_text("All submissions and runs").click()
    page.get_by_role("link", name="with number 1").click()
    expect(page.get_by_text("Changes against submission 1")).to_be_visible()
    expect(page.locator("tr.removed", has_text="print('A')")).to_be_visible()
    expect(page.locator("tr.added", has_text="upper")).to_be_visible()


PAGES = [
    "login",
    "attempts",
    "attempt",
    "submission",
    "assessments",
    "new",
    "assessment",
    "challenge",
    "account",
    "password",
]


def address_of(name, attempt):
    submission = records.work(attempt).submissions.order_by("-number")[0]
    return {
        "login": reverse("login"),
        "attempts": reverse("review:attempts"),
        "attempt": reverse("review:attempt", args=[attempt.pk]),
        "submission": reverse("review:submission", args=[submission.pk]),
        "assessments": reverse("review:assessments"),
        "new": reverse("review:new-assessment"),
        "assessment": reverse("review:assessment", args=[attempt.assessment.pk]),
        "challenge": reverse("review:challenge", args=[ChallengeVersion.objects.get().pk]),
        "account": reverse("account"),
        "password": reverse("password"),
    }[name]


def test_pages_are_accessible(sign_in, open_page, interviewer, attempt):
    assert_accessible_in_every_look(open_page(reverse("login")))
    page = sign_in(interviewer)
    for name in PAGES[1:]:
        page.goto(address_of(name, attempt))
        assert_accessible_in_every_look(page, unfold=True)


def test_crowded_pages_are_accessible_and_keep_their_scores(sign_in, interviewer):
    """Two challenges with the same skills, files and tables; long titles, texts and lines."""
    title = "Platform" * 25
    to = records.assessment(interviewer, records.version("shout"), records.version("whisper"), title=title)
    to.introduction = "| | count |\n|-|-|\n| a | 1 |\n\n| | more |\n|-|-|\n| b | 2 |\n"
    to.save()
    attempt = records.attempt(records.invitation(to, "grace@example.org"))
    for position in (1, 2):
        for _ in range(2):
            handed_in = records.submission(records.work(attempt, position))
            grading = records.grade(handed_in.grading, passes=lambda _: False, message="expected " * 400)
            type(grading).objects.filter(pk=grading.pk).update(
                message="What happened.\n" * 80, log="x" * 9000
            )
    attempts.finish(attempt, now=timezone.now())
    page = sign_in(interviewer)
    for address in (
        reverse("review:attempts"),
        reverse("review:attempt", args=[attempt.pk]),
        reverse("review:assessment", args=[to.pk]),
        reverse("review:assessments"),
    ):
        page.goto(address)
        assert_accessible_in_every_look(page, unfold=True)
    page.goto(reverse("review:attempts"))
    show(page, "light", NARROW)
    box = page.locator(".score").bounding_box()
    assert box["x"] + box["width"] <= NARROW["width"]
    assert page.locator(".score").evaluate("one => one.getClientRects().length") == 1, "broken over two lines"


def test_sitting_that_runs_has_no_score_yet(sign_in, interviewer):
    to = records.assessment(interviewer)
    records.attempt(records.invitation(to, "grace@example.org"))
    page = sign_in(interviewer, reverse("review:attempts"))
    expect(page.get_by_role("row", name="Grace")).not_to_contain_text("%")
    page.get_by_role("link", name="Grace").click()
    expect(page.get_by_text("The sitting runs.")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text(re.compile(r"\b0 %"), use_inner_text=True)


def test_wide_pages_say_nothing_twice_and_overlap_nowhere(sign_in, interviewer, attempt):
    page = sign_in(interviewer, reverse("review:attempts"))
    row = page.get_by_role("row", name="grace@example.org")
    expect(row.get_by_text(attempt.assessment.title).locator("visible=true")).to_have_count(1)
    show(page, "light", NARROW)
    expect(row.get_by_text(attempt.assessment.title).locator("visible=true")).to_have_count(1)
    show(page, "light")
    page.goto(reverse("review:attempt", args=[attempt.pk]))
    for event in page.locator(".timeline li").all():
        when, what = event.locator("time").bounding_box(), event.locator("strong").bounding_box()
        assert when["x"] + when["width"] < what["x"]


def test_reference_of_the_api_is_accessible(open_page):
    page = open_page(reverse("api:reference"))
    page.get_by_role("link", name="Hand in").first.click()
    operation = page.get_by_role("article", name="Hand in")
    expect(operation.get_by_text("is being graded", exact=False).first).to_be_visible()
    assert_accessible_in_every_look(page, unfold=True)


def test_admin_loads_and_publishes_a_challenge(sign_in, admin):
    page = sign_in(admin, reverse("admin:assessments_challengeversion_add"))
    archive = {"name": "shout.tar", "mimeType": "application/x-tar"}
    broken = {**packfolder.FILES, "tests/hidden/test_shout.py": b"\ndef test_upper(program):\n    pass\n"}
    page.get_by_label("Archive").set_input_files({**archive, "buffer": records.archive(broken, "shout")})
    page.get_by_role("button", name="Check and load").click()
    expect(page.get_by_text("tests/hidden/test_shout.py:2")).to_be_visible()
    good = records.archive(packfolder.FILES, "shout")
    page.get_by_label("Archive").set_input_files({**archive, "buffer": good})
    page.get_by_role("button", name="Check and load").click()
    expect(page.get_by_text("It can be published once it is proved")).to_be_visible()
    expect(page.get_by_text("Letters come back in upper case.").first).to_be_visible()
    publish = page.get_by_role("button", name="Publish this version")
    expect(publish).to_be_disabled()
    proving.vouch(ChallengeVersion.objects.get().pack, now=timezone.now())
    page.reload()
    publish.click()
    expect(page.get_by_text(re.compile("is published"))).to_be_visible()


def test_administration_works_under_the_policy(sign_in, admin, attempt):
    page = sign_in(admin, reverse("admin:index"))
    expect(page.get_by_role("heading", name="Administration")).to_be_visible()
    for model in ("challengeversion", "assessment", "attempt", "submission", "event", "user"):
        page.goto(reverse(f"admin:assessments_{model}_changelist"))
        page.locator("#result_list tbody th a").first.click()
        expect(page.locator("#content h1")).to_be_visible()


def test_admin_chooses_a_challenge_by_typing(sign_in, admin):
    records.version()
    page = sign_in(admin, reverse("admin:assessments_assessment_add"))
    page.get_by_text("Add another Assessment item").click()
    page.locator("#items-0 .select2-selection").click()
    page.locator(".select2-search__field").last.fill("shout")
    expect(page.locator(".select2-results__option", has_text="Shout")).to_be_visible()
