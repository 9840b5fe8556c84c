"""The administration in a real browser: every page of every model by axe, and by keyboard."""

import pytest
from django.contrib import admin as administration
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from grading.proofs import proving
from tests.assessments import records
from tests.browser import assert_accessible
from tests.e2e.looks import assert_accessible_in_every_look
from tests.grading import packfolder

pytestmark = pytest.mark.browser


@pytest.fixture
def world(interviewer, admin):
    """One of everything that the administration shows."""
    records.version("draft", published=False)
    attempt = records.graded_attempt(interviewer)
    records.submission(records.work(records.attempt(records.invitation(attempt.assessment, "b@example.org"))))
    return attempt


def addresses(person):
    """Every page that the administration has for an admin, found from the models registered with it."""
    request = RequestFactory().get("/")
    request.user = person
    yield reverse("admin:index")
    yield reverse("admin:app_list", args=["assessments"])
    for model, pages in administration.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        if pages.has_add_permission(request):
            yield reverse(f"{name}_add")
        if row := model._default_manager.first():
            yield reverse(f"{name}_change", args=[row.pk])
            if pages.has_delete_permission(request, row):
                yield reverse(f"{name}_delete", args=[row.pk])
    yield reverse("admin:assessments_user_history", args=[person.pk])
    yield f"{reverse('admin:assessments_attempt_changelist')}?q=nothing-is-called-this"
    yield reverse("admin:auth_user_password_change", args=[person.pk])


@pytest.mark.timeout(300)
def test_every_page_is_accessible(sign_in, admin, world):
    page = sign_in(admin)
    for address in addresses(admin):
        assert page.goto(address).status == 200, address
        assert_accessible_in_every_look(page)


def test_faults_of_an_upload_are_accessible(sign_in, admin):
    page = sign_in(admin, reverse("admin:assessments_challengeversion_add"))
    broken = {**packfolder.FILES, "tests/hidden/test_shout.py": b"\ndef test_upper(program):\n    pass\n"}
    archive = {"name": "shout.tar", "mimeType": "application/x-tar"}
    page.get_by_label("Archive").set_input_files({**archive, "buffer": records.archive(broken, "shout")})
    page.get_by_role("button", name="Check and load").click()
    expect(page.get_by_text("tests/hidden/test_shout.py:2")).to_be_visible()
    assert_accessible(page)


def test_version_is_published_by_keyboard(sign_in, admin):
    version = records.version(published=False)
    proving.vouch(version.pack, now=timezone.now())
    page = sign_in(admin, reverse("admin:assessments_challengeversion_change", args=[version.pk]))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    publish = page.get_by_role("button", name="Publish this version")
    press_tab_until(page, publish)
    page.keyboard.press("Enter")
    expect(page.get_by_text("is published")).to_be_visible()


def press_tab_until(page, target, most=10):
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("(one) => one === document.activeElement"):
            return
    raise AssertionError(f"{target} is not within {most} presses of Tab")
