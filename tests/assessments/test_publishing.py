"""Nothing is published whose proof has not passed: by the page, by its addresses, or from below."""

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments import catalogue, challenges
from assessments.models import AssessmentItem, ChallengeVersion
from grading.models import Grading, Proof
from grading.proofs import platform, proving
from tests.assessments import records
from tests.assessments.test_authoring import upload
from tests.grading import packfolder
from tests.grading.test_admission import LOWER, STUCK, grader
from tests.grading.test_proofs import play

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(signed_in, admin):
    return signed_in(admin)


@pytest.fixture
def version(client):
    upload(client, records.archive(packfolder.FILES, "shout"))
    return ChallengeVersion.objects.get()


def page(client, version):
    address = reverse("admin:assessments_challengeversion_change", args=[version.pk])
    return client.get(address).content.decode()


def publish(client, version):
    response = client.post(reverse("admin:challenge-publish", args=[version.pk]), follow=True)
    version.refresh_from_db()
    return version.state, response.content.decode()


def test_loading_has_the_pack_proved(version):
    proof = Proof.objects.get(pack_id=version.pack_id)
    assert (proof.state, proof.source) == ("running", "queue")
    assert set(Grading.objects.values_list("lane", flat=True)) == {"prove"}


def test_what_is_proved_can_be_published(client, version):
    assert "disabled" in page(client, version)
    play()
    shown = page(client, version)
    assert "<strong>Passed.</strong>" in shown
    assert "disabled" not in shown
    assert publish(client, version)[0] == "published"


@pytest.mark.parametrize("state", ["none", "running", "failed", "interrupted", "outdated", "unproved again"])
def test_what_is_not_proved_is_not_published_and_the_page_says_why(client, version, state, monkeypatch):
    proofs = Proof.objects.filter(pack_id=version.pack_id)
    now = timezone.now()
    match state:
        case "none":
            proofs.delete()
        case "failed" | "interrupted":
            proofs.update(state=state, finished_at=now)
        case "outdated":
            play()
            monkeypatch.setattr(platform, "digest", lambda: "another")
        case "unproved again":
            play()
            proving.request(version.pack, now=now)
    told, shown = publish(client, version)
    assert told == "draft"
    words = {
        "none": "It has not been proved. Have it proved first.",
        "running": "Its proof is still running.",
        "failed": "Its proof has failed. Mend the pack and load it again",
        "interrupted": "interrupted by a failure of the platform. Have it proved again.",
        "outdated": "It was proved by another version of Touchstone. Have it proved again.",
        "unproved again": "Its proof is still running.",
    }
    assert words[state] in shown
    with pytest.raises(challenges.NotProvedError):
        challenges.publish(version, now=now)


def test_another_packs_proof_does_not_help(client, version):
    play()
    changed = {**packfolder.FILES, "statement.md": b"# Shout louder\n"}
    upload(client, records.archive(changed, "shout"))
    other = ChallengeVersion.objects.get(number=2)
    assert publish(client, other)[0] == "draft"


def test_an_old_field_of_the_form_publishes_nothing(client):
    upload(client, records.archive(packfolder.FILES, "shout"), publish="on")
    assert ChallengeVersion.objects.get().state == "draft"


def test_an_unfit_pack_shows_every_reason(client, version):
    play(grader(flawed=LOWER, reference=LOWER))
    shown = page(client, version)
    assert "<strong>Failed.</strong>" in shown
    assert "test_shout.py::test_upper failed: m" in shown
    assert "What was compared" in shown


def test_a_liars_success_is_told_with_what_to_do(client, version):
    play(grader(liar=LOWER))
    shown = page(client, version)
    assert "test_shout.py::test_empty is passed by a liar: writes nothing and ends with exit code 0" in shown
    assert "Strengthen a test that a liar passes" in shown


def test_a_liar_that_did_not_start_is_no_silent_success(client, version):
    play(grader(liar=STUCK))
    shown = page(client, version)
    assert "<strong>Passed.</strong>" in shown
    assert "tell nothing</strong>: the liar did not start" in shown
    assert "Not played" in shown


def test_the_live_part_asks_again_until_it_is_over(client, version):
    address = reverse("admin:challenge-proof", args=[version.pk])
    assert "hx-get" in client.get(address).content.decode()
    play()
    assert "hx-get" not in client.get(address).content.decode()
    assert client.post(address).status_code == 405


def test_it_can_be_proved_again(client, version):
    play()
    client.post(reverse("admin:challenge-prove", args=[version.pk]))
    assert Proof.objects.filter(pack_id=version.pack_id, state="running").count() == 1
    assert client.get(reverse("admin:challenge-prove", args=[version.pk])).status_code == 405


def test_a_draft_gets_into_no_assessment_whatever_a_form_sends(client, admin, version):
    def made(chosen):
        form = {
            "title": "Backend",
            "introduction": "",
            "minutes": "60",
            "submissions_each": "50",
            "created_by": admin.pk,
            "items-TOTAL_FORMS": "1",
            "items-INITIAL_FORMS": "0",
            "items-0-version": chosen.pk,
            "items-0-position": "1",
            "items-0-weight": "1",
        }
        client.post(reverse("admin:assessments_assessment_add"), form)
        return AssessmentItem.objects.filter(version=chosen).exists()

    assert not made(version)
    assert made(records.publish(version))


def test_what_was_published_before_stays_so(client):
    version = records.version()
    Proof.objects.all().delete()
    challenges.publish(version, now=timezone.now())
    assert version.state == "published"


@pytest.mark.parametrize("name", ["challenge-prove", "challenge-proof"])
def test_proofs_are_for_admins(signed_in, interviewer, version, name):
    address = reverse(f"admin:{name}", args=[version.pk])
    browser = signed_in(interviewer)
    assert browser.get(address).status_code in (302, 403, 404)
    assert browser.post(address).status_code in (302, 403, 404)
    assert Proof.objects.count() == 1


def test_the_catalogue_is_vouched_for_and_says_so(client):
    list(catalogue.load(now=timezone.now()))
    version = ChallengeVersion.objects.published().first()
    assert version is not None
    assert proving.is_proved(version.pack_id)
    assert not Grading.objects.exists()
    assert "Ships with Touchstone, whose own tests prove it" in page(client, version)
