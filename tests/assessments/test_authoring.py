"""What admins do with challenges, accounts and assessments; and what even they cannot change."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from assessments import challenges
from assessments.models import Assessment, Challenge, ChallengeVersion, User, VisibleRun
from grading.models import Grading
from grading.proofs import proving
from tests.assessments import records
from tests.grading import packfolder

pytestmark = pytest.mark.django_db
UPLOAD = "admin:assessments_challengeversion_add"


@pytest.fixture
def client(signed_in, admin):
    return signed_in(admin)


def upload(client, data, name="shout.tar", **form):
    return client.post(reverse(UPLOAD), {"archive": SimpleUploadedFile(name, data), **form})


def changed(**changes):
    return {**packfolder.FILES, **{path.replace("__", "/"): data for path, data in changes.items()}}


def test_tar_is_loaded_as_a_draft(client, admin):
    response = upload(client, records.archive(packfolder.FILES, "shout"))
    version = ChallengeVersion.objects.get()
    assert response["Location"] == reverse("admin:assessments_challengeversion_change", args=[version.pk])
    assert (version.challenge.slug, version.number, version.state) == ("shout", 1, "draft")
    assert version.loaded_by == admin


def test_zip_is_loaded_under_the_name_that_is_given(client):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, data in packfolder.FILES.items():
            archive.writestr(f"folder/{path}", data)
    upload(client, buffer.getvalue(), "shout.zip", slug="loud")
    version = ChallengeVersion.objects.get()
    assert (version.challenge.slug, version.state) == ("loud", "draft")


def test_faults_are_listed_with_file_and_line(client):
    broken = {**packfolder.FILES, "tests/hidden/test_shout.py": b"\ndef test_upper(program):\n    assert 1\n"}
    response = upload(client, records.archive(broken, "shout"))
    page = response.content.decode()
    assert response.status_code == 400
    assert "<code>tests/hidden/test_shout.py:2</code>" in page
    assert not Challenge.objects.exists()


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04 broken", b"\x1f\x8b broken"])
def test_what_is_no_archive_is_refused(client, data):
    assert upload(client, data).status_code == 400
    assert not Challenge.objects.exists()


def test_same_files_again_are_the_same_version(client):
    upload(client, records.archive(packfolder.FILES, "shout"))
    upload(client, records.archive(packfolder.FILES, "shout"))
    assert ChallengeVersion.objects.count() == 1


def test_changed_files_are_the_next_version_and_publishing_it_retires_the_first(client):
    first = records.version()
    changes = {**packfolder.FILES, "statement.md": b"# Shout louder\n"}
    upload(client, records.archive(changes, "shout"))
    second = records.publish(ChallengeVersion.objects.get(number=2))
    first.refresh_from_db()
    assert (first.state, second.state) == ("retired", "published")


def test_page_of_a_version_shows_its_manifest(client):
    version = records.version()
    page = client.get(
        reverse("admin:assessments_challengeversion_change", args=[version.pk])
    ).content.decode()
    for shown in ("Letters come back in upper case.", "Robustness", "Prints lower case.", "test_shout.py:5"):
        assert shown in page


def test_publish_and_retire_by_button(client):
    version = records.version(published=False)
    proving.vouch(version.pack, now=timezone.now())
    client.post(reverse("admin:challenge-publish", args=[version.pk]))
    version.refresh_from_db()
    assert version.state == "published"
    client.post(reverse("admin:challenge-retire", args=[version.pk]))
    version.refresh_from_db()
    assert version.state == "retired"
    assert client.get(reverse("admin:challenge-publish", args=[version.pk])).status_code == 405


def test_publishing_twice_keeps_the_first_moment():
    version = records.version()
    first = version.published_at
    challenges.publish(version, now=timezone.now())
    assert version.published_at == first


@pytest.mark.parametrize(
    "model", ["attempt", "submission", "visiblerun", "event", "invitation", "challenge", "challengeversion"]
)
def test_evidence_can_be_read_but_not_changed(client, interviewer, model):
    attempt = records.graded_attempt(interviewer)
    work = records.work(attempt)
    run = Grading.objects.create(**_copy(work.submissions.get().grading))
    VisibleRun.objects.create(work=work, grading=run, created_at=timezone.now())
    _assert_read_only(client, f"assessments_{model}")


def _copy(grading):
    names = [field.attname for field in grading._meta.fields if field.attname not in ("id", "seat")]
    return {name: getattr(grading, name) for name in names}


@pytest.mark.parametrize("model", ["grading", "pack"])
def test_gradings_and_packs_can_be_read_but_not_changed(client, interviewer, model):
    records.graded_attempt(interviewer)
    _assert_read_only(client, f"grading_{model}")


def _assert_read_only(client, name):
    response = client.get(reverse(f"admin:{name}_changelist"))
    assert response.status_code == 200
    row = response.context["cl"].result_list[0]
    change = reverse(f"admin:{name}_change", args=[row.pk])
    assert client.get(change).status_code == 200
    assert client.post(change, {"state": "x"}).status_code == 403
    assert client.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


def test_lists_can_be_searched_and_sorted(client, interviewer):
    records.graded_attempt(interviewer)
    names = [
        f"assessments_{one}" for one in ("assessment", "attempt", "submission", "event", "invitation", "user")
    ]
    for name in [*names, "grading_grading"]:
        assert client.get(reverse(f"admin:{name}_changelist"), {"q": "grace", "o": "1"}).status_code == 200


def test_only_published_challenges_are_offered_for_assessments(client):
    records.version("one")
    records.version("two", published=False)
    fields = {
        "app_label": "assessments",
        "model_name": "assessmentitem",
        "field_name": "version",
        "term": "shout",
    }
    results = client.get(reverse("admin:autocomplete"), fields).json()["results"]
    assert len(results) == 1


def test_account_is_made_with_a_role_and_a_hashed_password(client):
    form = {
        "username": "newcomer",
        "role": "interviewer",
        "usable_password": "true",
        "password1": "correct horse battery",
        "password2": "correct horse battery",
    }
    client.post(reverse("admin:assessments_user_add"), form)
    user = User.objects.get(username="newcomer")
    assert user.check_password("correct horse battery")
    assert not user.is_superuser


def test_accounts_are_made_inactive_but_never_deleted(client, interviewer):
    address = reverse("admin:assessments_user_delete", args=[interviewer.pk])
    assert client.post(address, {"post": "yes"}).status_code == 403


def test_challenges_of_an_assessment_are_fixed_once_somebody_is_invited(client, admin):
    to = records.assessment(admin)
    address = reverse("admin:assessments_assessment_change", args=[to.pk])
    assert 'name="items-0-weight"' in client.get(address).content.decode()
    records.invitation(to)
    assert 'name="items-0-weight"' not in client.get(address).content.decode()


def test_assessment_with_invitations_cannot_be_deleted(client, admin):
    to = records.assessment(admin)
    records.invitation(to)
    client.post(reverse("admin:assessments_assessment_delete", args=[to.pk]), {"post": "yes"})
    assert Assessment.objects.filter(pk=to.pk).exists()
