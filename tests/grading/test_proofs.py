"""Proofs of packs in the queue: one grading for each run, a verdict when all are over, for one digest."""

from dataclasses import replace

import pytest
from django.utils import timezone

from grading import admission, packs, queue, turns
from grading import grader as grading_of
from grading.errors import Fault, FaultyPackError
from grading.models import Grading, Pack, Proof, Snapshot
from grading.proofs import platform, proving
from tests.grading import packfolder
from tests.grading.test_admission import LOWER, NONE, STUCK, UPPER, grader

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pack(tmp_path):
    return Pack.store(packfolder.load(tmp_path))


def play(grade=None, *, claims=999):
    """What workers would do, until nothing is left to take or so many are done."""
    grade = grade or grader()
    while claims and (claim := queue.claim_next(worker="test", now=timezone.now())):
        claims -= 1
        report = grade(claim.files, claim.grading.language, claim.suite)
        skills = {"text-processing": (report.score, 4.0)}
        queue.record(claim, replace(report, skills=skills), now=timezone.now())


def test_a_proof_passes_when_every_trial_does(pack):
    proof = proving.request(pack, now=timezone.now())
    assert not proving.is_proved(pack.pk)
    play()
    proof.refresh_from_db()
    assert (proof.state, proof.reason, proof.is_over) == ("passed", "", True)
    plan = admission.plan(pack.challenge(), repeats=proving.REPEATS)
    assert [told["name"] for told in proof.trials] == [check.name for check in plan]
    assert proving.is_proved(pack.pk)


def test_a_proof_fails_with_every_reason(pack):
    proof = proving.request(pack, now=timezone.now())
    play(grader(reference=LOWER))
    proof.refresh_from_db()
    assert proof.state == "failed"
    assert not proving.is_proved(pack.pk)
    trial = next(told for told in proof.trials if told["name"] == "reference, python, hidden tests")
    assert trial["faults"] == [{"text": f"{UPPER} failed: m", "detail": "d"}]


def test_a_liar_that_does_not_start_is_graded_once_more(pack):
    proof = proving.request(pack, now=timezone.now())
    first = proof.runs.count()
    waiting = [NONE, NONE, LOWER, NONE, STUCK]
    play(grader(liar=waiting), claims=first)
    proof.refresh_from_db()
    assert (proof.state, proof.runs.count(), waiting) == ("running", first + 1, [NONE])
    assert not proving.settle(proof, now=timezone.now())
    play(grader(liar=waiting))
    proof.refresh_from_db()
    assert (proof.state, proof.runs.count()) == ("failed", first + 1)
    assert all(told["played"] for told in proof.trials)


def test_a_liar_that_never_starts_is_marked_and_no_failure(pack):
    proof = proving.request(pack, now=timezone.now())
    first = proof.runs.count()
    play(grader(liar=STUCK))
    proof.refresh_from_db()
    unplayed = [told["name"] for told in proof.trials if not told["played"]]
    assert (proof.state, len(unplayed)) == ("passed", proof.runs.count() - first)
    assert unplayed
    assert {name.partition(",")[0] for name in unplayed} == {"liar"}


def test_lines_are_live(pack):
    proof = proving.request(pack, now=timezone.now())
    assert {line.told for line in proving.lines(proof)} == {None}
    play(claims=1)
    [first, *others] = proving.lines(proof)
    assert first.told is not None
    assert first.told["name"] == "reference, python, visible tests"
    assert all(line.told is None for line in others)
    assert queue.claim_next(worker="test", now=timezone.now())
    assert proving.lines(proof)[1].is_running


def test_asking_twice_is_one_proof_and_asking_again_another(pack):
    first = proving.request(pack, now=timezone.now())
    assert proving.request(pack, now=timezone.now()) == first
    play()
    second = proving.request(pack, now=timezone.now())
    assert second != first
    assert not proving.is_proved(pack.pk), "the latest one counts"


def test_a_failure_of_ours_is_tried_again_and_then_told_apart_from_the_packs(pack):
    proof = proving.request(pack, now=timezone.now())
    for _ in range(queue.MAX_TRIES):
        claim = queue.claim_next(worker="test", now=timezone.now())
        assert claim
        queue.release(claim, reason="the engine lost a container", now=timezone.now())
    play()
    proof.refresh_from_db()
    assert (proof.state, proof.reason) == ("interrupted", "the engine lost a container")
    assert not proving.is_proved(pack.pk)


def test_an_authors_fault_is_a_proof_that_failed(pack):
    proof = proving.request(pack, now=timezone.now())
    fault = FaultyPackError([Fault("tests/hidden/conftest.py", 3, "NameError: x")])
    for _ in range(2 * proof.runs.count()):
        if claim := queue.claim_next(worker="test", now=timezone.now()):
            queue.release(claim, reason=str(fault), now=timezone.now())
    proof.refresh_from_db()
    assert proof.state == "failed"
    assert "tests/hidden/conftest.py:3: NameError: x" in proof.reason


def test_a_proof_holds_for_this_digest_and_this_platform_only(pack, tmp_path, monkeypatch):
    proving.vouch(pack, now=timezone.now())
    assert proving.is_proved(pack.pk)
    other = packfolder.write(tmp_path / "other", {"statement.md": b"# Louder\n"})
    assert not proving.is_proved(Pack.store(packs.load(other)).pk)
    monkeypatch.setattr(platform, "digest", lambda: "another")
    assert not proving.is_proved(pack.pk)


def test_settling_twice_changes_nothing(pack):
    proof = proving.request(pack, now=timezone.now())
    play()
    proof.refresh_from_db()
    before = proof.finished_at
    assert not proving.settle(proof, now=timezone.now())
    assert Proof.objects.get(pk=proof.pk).finished_at == before


def test_a_signal_that_was_lost_is_made_good_by_who_looks(pack, monkeypatch):
    monkeypatch.setattr(proving, "settle_of", lambda *_, **__: None)
    proof = proving.request(pack, now=timezone.now())
    play()
    proof.refresh_from_db()
    assert proof.state == "running"
    assert proving.settle(proof, now=timezone.now())
    assert proof.state == "passed"


def test_candidates_go_before_proofs_however_long_those_wait(pack):
    long_ago = timezone.now() - 2 * turns.STARVED_AFTER
    proving.request(pack, now=long_ago)
    snapshot = Snapshot.store({"main.py": "print()\n"})
    for lane in (Grading.Lane.REGRADE, Grading.Lane.SLOW, Grading.Lane.SUBMIT):
        queue.request(pack=pack, snapshot=snapshot, language="python", suite="hidden", lane=lane)
    taken = []
    for _ in range(4):
        claim = queue.claim_next(worker="test", now=timezone.now(), starved_first=True)
        assert claim
        taken.append(claim.grading.lane)
    assert taken == ["submit", "slow", "regrade", "prove"]
    assert queue.claim_next(worker="test", now=timezone.now(), patient=False) is None


def test_no_canary_is_asked_about_a_pack_that_is_on_its_way_to_be_proved(pack):
    proving.request(pack, now=timezone.now())
    claim = queue.claim_next(worker="test", now=timezone.now())
    assert claim
    assert grading_of._tells_nothing_of_us(RuntimeError("the judge ended"), claim)
