"""Erasing: what goes, what stays, who may, and that nothing goes without the tick."""

import json

import pytest
from django.apps import apps
from django.core import serializers
from django.urls import reverse
from django.utils import timezone

from assessments import erasure
from assessments.models import Assessment, Attempt, Invitation
from grading import queue
from grading.models import Grading, Snapshot
from grading.report import Verdict
from tests.assessments import records

pytestmark = pytest.mark.django_db
THEIRS = {"main.py": "# only-grace-wrote-this\nprint(input().upper())\n"}


@pytest.fixture
def to(interviewer):
    return records.assessment(interviewer)


@pytest.fixture
def client(signed_in, admin):
    return signed_in(admin)


def taken_part(to, email="grace@example.org", files=THEIRS) -> Attempt:
    attempt = records.attempt(records.invitation(to, email))
    records.grade(records.submission(records.work(attempt), files).grading)
    return attempt


def everything_stored() -> str:
    """Every row of every table of ours, as text."""
    models = [
        model
        for app in ("assessments", "grading", "admin")
        for model in apps.get_app_config(app).get_models()
    ]
    return json.dumps([serializers.serialize("json", model._default_manager.all()) for model in models])


def test_nothing_of_the_candidate_is_left(client, to):
    attempt = taken_part(to)
    assert "only-grace-wrote-this" in everything_stored()
    response = client.post(reverse("review:erase-candidate", args=[attempt.invitation_id]), {"sure": "yes"})
    assert response["Location"] == reverse("review:assessment", args=[to.pk])
    stored = everything_stored().lower()
    assert "grace" not in stored
    assert Grading.objects.count() == Snapshot.objects.count() == 0


def test_others_keep_equal_files(client, to):
    attempt, other = taken_part(to), taken_part(to, "other@example.org")
    client.post(reverse("review:erase-candidate", args=[attempt.invitation_id]), {"sure": "yes"})
    assert records.work(other).submissions.get().snapshot.files == THEIRS
    assert Grading.objects.get().is_finished


@pytest.mark.parametrize(("whole", "left"), [("one", 2), ("person", 1)])
def test_one_invitation_goes_or_all_of_the_person(client, to, interviewer, whole, left):
    second = records.assessment(interviewer, *[item.version for item in to.items.all()], title="Second")
    one = records.invitation(to)
    records.invitation(second, "GRACE@example.org")
    records.invitation(second, "other@example.org")
    address = reverse("review:erase-candidate", args=[one.pk])
    assert "in every assessment" in client.get(address).content.decode()
    client.post(address, {"whole": whole, "sure": "yes"})
    assert Invitation.objects.count() == left


def test_worker_that_grades_it_loses_its_claim(to, admin):
    attempt = records.attempt(records.invitation(to))
    grading = records.submission(records.work(attempt), THEIRS).grading
    claim = queue.claim(grading.pk, worker="test", now=timezone.now())
    assert claim is not None
    erasure.erase(Invitation.objects.all(), by=admin)
    assert not queue.store_results(claim, [], now=timezone.now())
    assert not queue.record(claim, records._report((), Verdict.GRADED), now=timezone.now())
    assert Grading.objects.count() == 0


def test_nothing_goes_without_the_tick(client, to):
    attempt = taken_part(to)
    for name, id in (("erase-candidate", attempt.invitation_id), ("erase-assessment", to.pk)):
        address = reverse(f"review:{name}", args=[id])
        assert client.get(address).status_code == 200
        response = client.post(address)
        assert response.status_code == 400
        assert "Nothing was erased" in response.content.decode()
    assert Attempt.objects.exists()


def test_assessment_goes_with_everybody(client, to):
    taken_part(to)
    taken_part(to, "other@example.org")
    version = to.items.get().version
    page = client.get(reverse("review:erase-assessment", args=[to.pk])).content.decode()
    assert "2 of which run now" in page
    client.post(reverse("review:erase-assessment", args=[to.pk]), {"sure": "yes"})
    assert not Assessment.objects.exists()
    assert not Grading.objects.exists()
    version.refresh_from_db()


def test_interviewers_erase_nothing(signed_in, interviewer, to):
    client, attempt = signed_in(interviewer), taken_part(to)
    for name, id in (("erase-candidate", attempt.invitation_id), ("erase-assessment", to.pk)):
        assert client.post(reverse(f"review:{name}", args=[id]), {"sure": "yes"}).status_code == 404
    assert Attempt.objects.exists()
    assert "Erase" not in client.get(reverse("review:attempt", args=[attempt.pk])).content.decode()
