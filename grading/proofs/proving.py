"""Has workers prove a pack, and says what came of it.

A proof is a row with one grading for each run that `admission.plan` asks for, in the lane that comes after
all others. So each is claimed, leased and tried again as every grading is, and none holds up a candidate. The
plan is made anew from the pack whenever it is needed; it is the same each time, for one state of the
platform.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from grading import admission, queue
from grading.admission import Check, Finding, Run, Trial
from grading.challenge import ChallengePack
from grading.errors import AUTHORS
from grading.models import Grading, Pack, Snapshot
from grading.proofs import platform
from grading.proofs.rows import Proof, ProofRun
from grading.report import Outcome, Report, Result, Verdict

REPEATS = 2
"""How often each reference is graded against the hidden suite."""
REASON_CHARACTERS = 4000


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the matrix: a trial that is there (`told`, as JSON has it), or one that is to come."""

    name: str
    is_running: bool = False
    told: Mapping[str, Any] | None = None


@transaction.atomic
def request(pack: Pack, *, now: datetime) -> Proof:
    """The proof of this pack that is under way; a new one if there is none."""
    Pack.objects.select_for_update().filter(pk=pack.pk).only("pk").first()  # One at a time.
    under_way = pack.proofs.filter(state=Proof.State.RUNNING, platform=platform.digest()).first()
    if under_way is not None:
        return under_way
    source = Proof.Source.QUEUE
    proof = Proof.objects.create(pack=pack, platform=platform.digest(), source=source, requested_at=now)
    for place, check in enumerate(_plan(pack.challenge())):
        for number, run in enumerate(check.runs):
            _request_run(proof, run, place, number, now)
    return proof


def _request_run(proof: Proof, run: Run, place: int, number: int, now: datetime) -> None:
    grading = queue.request(
        pack=proof.pack,
        snapshot=Snapshot.store(run.files),
        language=run.language,
        suite=run.suite,
        lane=Grading.Lane.PROVE,
        group=f"proof:{proof.pk}",
        now=now,
    )
    ProofRun.objects.create(proof=proof, grading=grading, place=place, number=number)


def vouch(pack: Pack, *, now: datetime) -> Proof:
    """Notes that this pack ships with Touchstone, whose own test suite proves it."""
    return Proof.objects.create(
        pack=pack,
        platform=platform.digest(),
        source=Proof.Source.SHIPPED,
        state=Proof.State.PASSED,
        requested_at=now,
        finished_at=now,
    )


def latest(pack: str) -> Proof | None:
    """Of the pack with this digest, whatever the platform was then."""
    return Proof.objects.of(pack).first()


def is_current(proof: Proof) -> bool:
    """Whether the platform is still what it was."""
    return proof.platform == platform.digest()


def is_proved(pack: str) -> bool:
    """Whether the latest proof of the pack with this digest has passed, on the platform as it is."""
    proof = latest(pack)
    return proof is not None and is_current(proof) and proof.state == Proof.State.PASSED


def settle(proof: Proof, *, now: datetime) -> bool:
    """Gives a proof its verdict once every grading of it is over, those of liars that had not started after a
    second try. False if that is not yet so, or was done.

    Safe to call at any time, from anywhere.
    """
    if proof.is_over or not _are_over(runs := _runs(proof)):
        return False
    if _try_again(proof, now) and not _are_over(runs := _runs(proof)):
        return False
    outcome = _outcome(proof, runs)
    running = Proof.objects.filter(pk=proof.pk, state=Proof.State.RUNNING)
    changed = running.update(**outcome, finished_at=now)
    proof.refresh_from_db()
    return bool(changed)


@transaction.atomic
def _try_again(proof: Proof, now: datetime) -> bool:
    """Has what did not start graded once more, unless it was; False if there is nothing of the kind. The
    number of a second run is that of the first, after all first ones.
    """
    Proof.objects.select_for_update().filter(pk=proof.pk).only("pk").first()  # One at a time.
    by_place, wanted = _by_place(_runs(proof)), False
    for place, check in enumerate(_plan(proof.pack.challenge())):
        first, known = by_place[place][: len(check.runs)], {run.number for run in by_place[place]}
        if len(first) < len(check.runs) or any(_is_broken(run.grading) for run in first):
            continue
        for at in check.again([_report(run.grading) for run in first]):
            wanted = True
            if (number := at + len(check.runs)) not in known:
                _request_run(proof, check.runs[at], place, number, now)
    return wanted


def settle_of(grading: Grading, *, now: datetime) -> None:
    """When one of a proof's gradings is over."""
    if grading.lane == Grading.Lane.PROVE:
        for proof in Proof.objects.filter(runs__grading=grading, state=Proof.State.RUNNING):
            settle(proof, now=now)


def lines(proof: Proof) -> list[Line]:
    """The matrix as it is now."""
    if proof.is_over:
        return [Line(name=told["name"], told=told) for told in proof.trials]
    by_place = _by_place(_runs(proof))
    return [_line(check, by_place[place]) for place, check in enumerate(_plan(proof.pack.challenge()))]


def _line(check: Check, runs: Sequence[ProofRun]) -> Line:
    gradings = _counting(check, runs)
    if broken := next((one for one in gradings if one.is_over and _is_broken(one)), None):
        return Line(name=check.name, told=_not_graded(check, broken).as_json())
    if gradings and all(grading.is_finished for grading in gradings):
        return Line(
            name=check.name, told=check.conclude([_report(grading) for grading in gradings]).as_json()
        )
    begun = any(grading.status != Grading.Status.QUEUED for grading in gradings)
    return Line(name=check.name, is_running=begun)


def _outcome(proof: Proof, runs: Sequence[ProofRun]) -> dict[str, Any]:
    broken = [run.grading for run in runs if _is_broken(run.grading)]
    checks, by_place = _plan(proof.pack.challenge()), _by_place(runs)
    whole = [
        (check, _counting(check, by_place[place]))
        for place, check in enumerate(checks)
        if by_place[place] and not any(_is_broken(run.grading) for run in by_place[place])
    ]
    trials = [check.conclude([_report(grading) for grading in gradings]) for check, gradings in whole]
    told = {"trials": [trial.as_json() for trial in trials]}
    if faulty := next((grading for grading in broken if AUTHORS in grading.judge_log), None):
        return {**told, "state": Proof.State.FAILED, "reason": faulty.judge_log[:REASON_CHARACTERS]}
    if broken or len(whole) != len(checks):
        reason = broken[0].judge_log if broken else "Not every grading of it is there."
        return {**told, "state": Proof.State.INTERRUPTED, "reason": reason[:REASON_CHARACTERS]}
    passed = all(trial.is_passed for trial in trials)
    return {**told, "state": Proof.State.PASSED if passed else Proof.State.FAILED}


def _not_graded(check: Check, grading: Grading) -> Trial:
    fault = Finding("it could not be graded", grading.judge_log[:REASON_CHARACTERS])
    return Trial(name=check.name, percent=0.0, faults=(fault,))


def _is_broken(grading: Grading) -> bool:
    """Whether its end tells nothing of the solution that was graded."""
    return not grading.is_finished or grading.verdict == Verdict.PLATFORM_ERROR.value


def _plan(challenge: ChallengePack) -> list[Check]:
    return admission.plan(challenge, repeats=REPEATS)


def _runs(proof: Proof) -> list[ProofRun]:
    found = ProofRun.objects.filter(proof=proof).select_related("grading").order_by("place", "number")
    return list(found.prefetch_related("grading__results"))


def _counting(check: Check, runs: Sequence[ProofRun]) -> list[Grading]:
    """One grading for each run of the check: the second one, where it was graded twice."""
    found = [run.grading for run in runs[: len(check.runs)]]
    for run in runs[len(check.runs) :]:
        found[run.number - len(check.runs)] = run.grading
    return found


def _by_place(runs: Sequence[ProofRun]) -> dict[int, list[ProofRun]]:
    found: dict[int, list[ProofRun]] = defaultdict(list)
    for run in runs:
        found[run.place].append(run)
    return found


def _are_over(runs: Sequence[ProofRun]) -> bool:
    return all(run.grading.is_over for run in runs)


def _report(grading: Grading) -> Report:
    """A finished grading as the report that it was."""
    results = [
        Result(
            id=row.test_id,
            title=row.title,
            outcome=Outcome(row.outcome),
            points=row.points,
            max_points=row.max_points,
            skill=row.skill,
            seconds=row.seconds,
            message=row.message,
            detail=row.detail,
        )
        for row in grading.results.all()
    ]
    return Report(
        verdict=Verdict(grading.verdict),
        message=grading.message,
        results=tuple(results),
        score=grading.score,
        max_score=grading.max_score,
        skills={slug: (points, most) for slug, (points, most) in grading.skills.items()},
        log=grading.log,
    )
