"""The catalogue and the demo: made once, however often they are asked for."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from assessments import catalogue, challenges, demo
from assessments.models import Assessment, Attempt, ChallengeVersion, Invitation, Submission, User
from assessments.proved import PROVED
from grading import packs
from grading.proofs import proving
from tests.assessments import records
from tests.grading import packfolder

pytestmark = pytest.mark.django_db


@pytest.fixture
def packs_of_the_demo(monkeypatch, tmp_path, tmp_path_factory, settings):
    """Small packs under the demo's names, as a catalogue."""
    settings.DATA_DIR = tmp_path_factory.mktemp("data")
    for slug in demo.WEIGHTS:
        packfolder.write(tmp_path, slug=slug)
    proved = {slug: packs.load(tmp_path / slug).digest for slug in demo.WEIGHTS}
    monkeypatch.setattr(catalogue, "PROVED", proved)
    monkeypatch.setattr(catalogue.load, "__kwdefaults__", {"folder": tmp_path})
    return tmp_path


def run(name):
    out = io.StringIO()
    call_command(name, stdout=out)
    return out.getvalue()


def test_catalogue_is_loaded_and_published_once(packs_of_the_demo):
    assert run("load_catalogue").count(": published") == 3
    assert run("load_catalogue").count(": unchanged") == 3
    assert ChallengeVersion.objects.published().count() == 3


def test_retired_version_of_the_catalogue_stays_retired(packs_of_the_demo):
    run("load_catalogue")
    challenges.retire(ChallengeVersion.objects.get(challenge__slug="orders-api"))
    run("load_catalogue")
    assert ChallengeVersion.objects.published().count() == 2


def test_a_folder_that_was_edited_has_to_prove_itself(packs_of_the_demo):
    (packs_of_the_demo / "orders-api" / "statement.md").write_text("# Another\n")
    printed = run("load_catalogue")
    assert printed.count(": published") == 2
    assert f"(orders-api): {catalogue.UNPROVED}" in printed
    edited = ChallengeVersion.objects.get(challenge__slug="orders-api")
    assert edited.state != "published"
    proof = proving.latest(edited.pack_id)
    assert proof is not None
    assert (proof.source, proof.state) == ("queue", "running")
    assert run("load_catalogue").count(": unchanged") == 3


def test_faulty_folder_is_named_and_the_others_are_loaded(packs_of_the_demo):
    packfolder.write(packs_of_the_demo, {"statement.md": None}, slug="broken")
    (packs_of_the_demo / "broken" / "statement.md").unlink(missing_ok=True)
    with pytest.raises(CommandError, match="broken"):
        run("load_catalogue")
    assert ChallengeVersion.objects.published().count() == 3


def test_demo_prints_addresses_and_logins_that_work(packs_of_the_demo):
    printed = run("demo")
    assert "/invitation/" in printed
    assert f"/attempts/{Attempt.objects.get().pk}/" in printed
    for user in User.objects.all():
        password = next(line for line in printed.splitlines() if user.username in line).split()[-1]
        assert user.check_password(password)


def test_passwords_stay_the_same(packs_of_the_demo):
    logins = [line for line in run("demo").splitlines() if "password" in line]
    assert logins == [line for line in run("demo").splitlines() if "password" in line]
    assert len(logins) == 2


def test_demo_is_made_once(packs_of_the_demo):
    run("demo")
    run("demo")
    counts = [model.objects.count() for model in (User, Assessment, Invitation, Attempt, Submission)]
    assert counts == [2, 1, 2, 1, 3]


def test_demo_hands_in_the_references_and_one_flawed_solution(packs_of_the_demo):
    run("demo")
    submissions = Submission.objects.select_related("snapshot", "work__item__version__challenge")
    files = {row.work.item.version.challenge.slug: row.snapshot.files["main.py"] for row in submissions}
    assert files.pop(demo.FLAWED_SLUG) == "print(input().lower())\n"
    assert set(files.values()) == {"print(input().upper())\n"}


def test_demo_can_be_graded_and_read(packs_of_the_demo, signed_in, admin):
    run("demo")
    for submission in Submission.objects.all():
        records.grade(submission.grading)
    page = signed_in(admin).get(f"/attempts/{Attempt.objects.get().pk}/")
    assert "100 %" in page.content.decode()


def test_without_its_challenges_the_demo_says_what_to_do(admin):
    with pytest.raises(demo.MissingChallengeError, match="load_catalogue"):
        demo.make(by=admin, now=timezone.now())


def test_what_is_vouched_for_is_what_ships():
    """tests/catalog proves every challenge; its digest belongs into assessments/proved.py."""
    folders = [path for path in catalogue.FOLDER.iterdir() if path.is_dir()]
    assert {path.name: packs.load(path).digest for path in folders} == PROVED


def test_shipped_packs_have_no_fault():
    folders = sorted(path for path in catalogue.FOLDER.iterdir() if path.is_dir())
    assert {path.name: packs.check(path) for path in folders} == {path.name: [] for path in folders}
    assert set(demo.WEIGHTS) <= {path.name for path in folders}
