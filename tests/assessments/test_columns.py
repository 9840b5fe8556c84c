"""Whatever a pack, a program, a browser or a machine may bring fits its column, on PostgreSQL as on SQLite,
which does not look at lengths. A column without a rule here fails.
"""

from dataclasses import replace

import pytest
from django.apps import apps
from django.db import models

from assessments import challenges
from assessments.candidate.drafts import MAX_PAGE_CHARACTERS
from assessments.review.forms import MAX_ADDRESS, AssessmentForm
from grading import description, files, fleet, manifest, packs, paths, queue, rows
from grading.challenge import Kind, Suite
from grading.errors import RejectedUpload
from grading.models import Grading, Snapshot, Worker
from grading.report import Outcome, Verdict
from tests.assessments import records
from tests.grading import packfolder
from tests.grading.queued import NOW, claimed, report

UUID, SHA256 = 36, 64
LANGUAGE = max(map(len, ("sql", *description.LANGUAGES)))
OURS, CHOICES, ANY = "our own words", "one of its choices", "made storable or refused, of any length"

RULES: dict[str, int | str] = {
    "grading.Pack.digest": SHA256,
    "grading.Pack.slug": description.MAX_SLUG,
    "grading.Pack.title": description.MAX_TITLE,
    "grading.Pack.kind": max(len(kind.value) for kind in Kind),
    "grading.Snapshot.digest": SHA256,
    "grading.Snapshot.files": ANY,
    "grading.Grading.language": LANGUAGE,
    "grading.Grading.suite": CHOICES,
    "grading.Grading.lane": CHOICES,
    "grading.Grading.group": UUID,
    "grading.Grading.owner": UUID,
    "grading.Grading.seat": UUID,
    "grading.Grading.status": CHOICES,
    "grading.Grading.first_run": ANY,
    "grading.Grading.worker": fleet.MAX_NAME,
    "grading.Grading.verdict": CHOICES,
    "grading.Grading.message": ANY,
    "grading.Grading.skills": OURS,
    "grading.Grading.phases": OURS,
    "grading.Grading.digests": OURS,
    "grading.Grading.limits": OURS,
    "grading.Grading.log": ANY,
    "grading.Grading.judge_log": ANY,
    "grading.TestResult.test_id": manifest.MAX_ID,
    "grading.TestResult.title": max(manifest.MAX_TITLE, rows.TITLE_CHARACTERS),
    "grading.TestResult.skill": description.MAX_SKILL,
    "grading.TestResult.outcome": CHOICES,
    "grading.TestResult.message": ANY,
    "grading.TestResult.detail": ANY,
    "grading.Expectation.language": LANGUAGE,
    "grading.Expectation.suite": CHOICES,
    "grading.Proof.platform": SHA256,
    "grading.Proof.source": CHOICES,
    "grading.Proof.state": CHOICES,
    "grading.Proof.trials": ANY,  # Of stored gradings.
    "grading.Proof.reason": ANY,  # The same.
    "grading.Worker.name": fleet.MAX_NAME,
    "grading.Worker.state": CHOICES,
    "grading.Worker.reason": ANY,
    "assessments.Assessment.title": AssessmentForm.base_fields["title"].max_length,  # type: ignore[attr-defined]
    "assessments.Assessment.introduction": ANY,
    "assessments.Invitation.email": MAX_ADDRESS,
    "assessments.Invitation.name": 200,  # The form says so.
    "assessments.Invitation.nonce": OURS,
    "assessments.Work.language": LANGUAGE,
    "assessments.Work.drafts": ANY,
    "assessments.Work.saved_by": MAX_PAGE_CHARACTERS,
    "assessments.Submission.language": LANGUAGE,
    "assessments.Submission.reason": CHOICES,
    "assessments.Event.kind": CHOICES,
    "assessments.Event.detail": 300,  # Cut where it is written.
    "assessments.Challenge.slug": description.MAX_SLUG,
    "assessments.ChallengeVersion.title": description.MAX_TITLE,
    "assessments.ChallengeVersion.state": CHOICES,
    "assessments.Guesses.key": SHA256,
    "assessments.User.password": OURS,
    "assessments.User.username": 150,  # Django's forms say so, here and below.
    "assessments.User.first_name": 150,
    "assessments.User.last_name": 150,
    "assessments.User.email": MAX_ADDRESS,
    "assessments.User.role": CHOICES,
}
NASTY = "\0 \ud800 \x1b[31m \u202e \U0001f600 " + "long " * 100_000


def columns():
    """Every column of ours that holds text, by its name."""
    kinds = models.CharField, models.TextField, models.JSONField
    return {
        f"{model._meta.app_label}.{model.__name__}.{column.name}": column
        for label in ("grading", "assessments")
        for model in apps.get_app_config(label).get_models()
        for column in model._meta.local_concrete_fields
        if isinstance(column, kinds)
    }


def test_every_column_has_a_rule():
    assert set(columns()) == set(RULES)


@pytest.mark.parametrize("name", sorted(RULES))
def test_what_is_brought_fits_its_column(name):
    column, rule = columns()[name], RULES[name]
    if isinstance(rule, int):
        assert column.max_length is not None
        assert rule <= column.max_length
    elif rule is CHOICES:
        assert max(len(value) for value, _ in column.choices) <= column.max_length
    elif rule is ANY:
        assert column.max_length is None


def long_pack(tmp_path):
    """A pack in which every text is as long as may be."""
    folder = f"{'f' * 100}/{'g' * 100}"
    path = f"tests/hidden/{folder}/test_{'h' * (paths.MAX_LENGTH_BYTES - 223)}.py"
    assert len(path) == paths.MAX_LENGTH_BYTES
    room = manifest.MAX_ID - len(path.removeprefix("tests/hidden/")) - len("::")
    name = f"test_{'é' * (room - len('test_'))}"
    skill = "s" * description.MAX_SKILL
    test = f'def {name}(program):\n    """{"ü" * manifest.MAX_TITLE}"""\n    assert program\n'
    challenge = packfolder.CHALLENGE.replace(b'"Shout"', f'"{"ö" * description.MAX_TITLE}"'.encode())
    challenge = challenge.replace(b"text-processing", skill.encode())
    changes = {"challenge.toml": challenge, path: test.encode()}
    return packs.from_tar(records.archive({**packfolder.FILES, **changes}, "x" * description.MAX_SLUG))


@pytest.mark.django_db
def test_a_pack_with_the_longest_of_everything_is_stored_and_graded(tmp_path, monkeypatch):
    version = challenges.store(long_pack(tmp_path), by=None)
    pack = version.definition
    longest = max(pack.tests(Suite.HIDDEN), key=lambda test: len(test.id))
    assert (len(longest.id), len(longest.title)) == (manifest.MAX_ID, manifest.MAX_TITLE)
    grading = queue.request(
        pack=version.pack,
        snapshot=Snapshot.store({"main.py": "x"}),
        language="python",
        suite=Suite.HIDDEN,
        lane="submit",
    )
    claim = claimed(grading)
    given = report()
    results = tuple(
        replace(
            given.results[0],
            id=test.id,
            title=test.title,
            skill=test.skill,
            points=0.0,
            max_points=test.points,
            outcome=Outcome.FAILED,
            message=NASTY,
            detail=NASTY,
        )
        for test in pack.tests(Suite.HIDDEN)
    )
    assert queue.store_results(claim, results, now=NOW)
    assert queue.release(claim, reason=NASTY, denied={one.id: one for one in results}, now=NOW)
    again = claimed(grading)
    assert again.first_run is not None
    assert len(again.first_run.denied) == len(results)
    texts = {"message": NASTY, "log": NASTY, "judge_log": NASTY}
    finished = replace(given, results=results, score=0.0, verdict=Verdict.RUNTIME_ERROR, **texts)
    assert queue.record(again, finished, now=NOW)
    queue.note_removed(again, 1.0, log=NASTY)
    row = Grading.objects.get()
    assert row.results.count() == len(results)
    assert "\0" not in row.message + row.log + row.judge_log


@pytest.mark.django_db
def test_what_a_worker_says_of_itself_is_stored():
    name = "host" * 100
    fleet.appear(name, slots=1, state="working", reason=NASTY, now=NOW)
    fleet.tick(name, now=NOW)
    assert Worker.objects.get().ticked_at == NOW
    fleet.leave(name, now=NOW)
    assert not Worker.objects.exists()


@pytest.mark.parametrize(
    "name",
    ["\0.py", "\ud800.py", "\x1b.py", "\u202e.py", "x" * 300 + ".py", "a/" * 20 + "x.py"],
    ids=ascii,
)
def test_a_file_name_that_no_column_could_hold_is_refused(tmp_path, name):
    with pytest.raises(RejectedUpload):
        files.draft({name: "x"}, packfolder.load(tmp_path), "python")


@pytest.mark.parametrize("text", ["\0", "\ud800", b"\xff", b"a\0"], ids=ascii)
def test_a_text_that_no_column_could_hold_is_refused(tmp_path, text):
    with pytest.raises(RejectedUpload):
        files.draft({"main.py": text}, packfolder.load(tmp_path), "python")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (f'def test_{"x" * 400}(program):\n    """Title"""\n', "is too long: 418 characters with"),
        ('def test_x(program):\n    "A \\0 title"\n', "holds a control or direction character"),
        ('def test_x(program):\n    "A \\ud800 title"\n', "holds a control or direction character"),
        ('def test_x(program):\n    "A \\u202e title"\n', "holds a control or direction character"),
        (f'def test_x(program):\n    "{"t" * 161}"\n', "is longer than 160 characters"),
    ],
)
def test_what_a_test_brings_that_does_not_fit_is_named_with_its_line(tmp_path, source, message):
    changes = {"tests/hidden/test_new.py": f"\n{source}".encode()}
    [fault] = packfolder.faults(tmp_path, changes)
    assert message in str(fault)
    assert str(fault).startswith("tests/hidden/test_new.py:2:")


def test_numbers_without_end_are_faults(tmp_path):
    endless = packfolder.CHALLENGE.replace(b"minutes = 10", b"minutes = " + b"9" * 5000)
    assert "not valid TOML" in str(packfolder.faults(tmp_path, {"challenge.toml": endless})[0])
