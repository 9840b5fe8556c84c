"""Whether a pack is fit to be published, with gradings played by a function."""

import pytest

from grading import admission, packs, terminal
from grading.challenge import Suite
from grading.liars import Liar
from grading.report import Outcome, Report, Result, Verdict
from tests.grading import packfolder

UPPER, EMPTY = "test_shout.py::test_upper", "test_shout.py::test_empty"


@pytest.fixture
def pack(tmp_path):
    return packfolder.load(tmp_path)


def report(*, upper=Outcome.PASSED, empty=Outcome.PASSED, points=None, verdict=Verdict.GRADED):
    results = []
    for test_id, outcome, most in ((UPPER, upper, 3.0), (EMPTY, empty, 1.0)):
        given = most if outcome is Outcome.PASSED else 0.0
        results.append(
            Result(
                id=test_id,
                title=test_id,
                outcome=outcome,
                points=given,
                max_points=most,
                skill="x",
                message="m",
                detail="d",
            )
        )
    score = sum(result.points for result in results) if points is None else points
    return Report(
        verdict=verdict,
        message="",
        results=tuple(results),
        score=score,
        max_score=4.0,
        skills={"x": (score, 4.0)},
    )


NONE = report(upper=Outcome.FAILED, empty=Outcome.SKIPPED)
LOWER = report(upper=Outcome.FAILED)
LIES = ["raise SystemExit(0)", "raise SystemExit(1)", "print(0)", "range(1001)"]


def grader(**changes):
    """Grades as the pack promises, but for the changes: kind of solution to report."""
    reports = {
        "reference": report(),
        "starter": NONE,
        "empty": NONE,
        "flawed": LOWER,
        "liar": NONE,
        **changes,
    }

    def grade(files, language, suite):
        text = "".join(files.values())
        if not text:
            kind = "empty"
        elif any(lie == text.strip() or lie in text for lie in LIES):
            kind = "liar"
        elif "upper" in text or "'A'" in text:
            kind = "reference"
        else:
            kind = "flawed" if "lower" in text else "starter"
        found = reports[kind]
        return found.pop() if isinstance(found, list) else found

    return grade


def faults(pack, grade, **options):
    return {
        trial.name: tuple(map(str, trial.faults))
        for trial in admission.prove(pack, grade, **options)
        if not trial.is_passed
    }


def test_a_pack_that_keeps_its_promises_is_admitted(pack):
    trials = list(admission.prove(pack, grader()))
    assert all(trial.is_passed for trial in trials)
    assert [
        (trial.name, trial.percent)
        for trial in trials
        if ("python" in trial.name or "flawed" in trial.name) and "liar" not in trial.name
    ] == [
        ("reference, python, visible tests", 100),
        ("reference, python, hidden tests", 100),
        ("starter, python", 0),
        ("empty, python", 0),
        ("flawed, lower", 25),
    ]


def test_a_reference_that_loses_points_is_told_by_test(pack):
    found = faults(pack, grader(reference=LOWER))
    assert found["reference, python, hidden tests"] == (f"{UPPER} failed: m",)


def test_a_reference_with_partial_credit_only_is_refused(pack):
    found = faults(pack, grader(reference=report(points=3.5)))
    assert "3.5 of 4" in found["reference, python, hidden tests"][0]


def test_a_reference_that_ended_early_is_refused(pack):
    found = faults(pack, grader(reference=report(verdict=Verdict.MEMORY_LIMIT)))
    assert "memory_limit" in found["reference, python, hidden tests"][0]


def test_repeated_gradings_must_agree(pack):
    unsteady = [report(), report(), report(), report(), LOWER, report()]
    found = faults(pack, grader(reference=unsteady), repeats=2)
    agreed = "repeated gradings do not agree: 25.0, 100.0 per cent"
    assert agreed in found["reference, python, hidden tests"]


def test_a_starter_that_scores_too_much_is_refused(pack):
    found = faults(pack, grader(starter=report(empty=Outcome.FAILED)))
    assert found["starter, python"] == ("it must stay below 30 per cent",)


def test_an_empty_submission_must_score_nothing(pack):
    assert faults(pack, grader(empty=LOWER))["empty, python"] == ("an empty submission must score 0",)


def test_a_flawed_solution_must_fail_what_it_declares(pack):
    found = faults(pack, grader(flawed=report()))["flawed, lower"]
    assert found == (f"{UPPER} passed and should have failed", "the score must lie from 20 to 30 per cent")


def test_a_flawed_solution_must_pass_the_rest(pack):
    found = faults(pack, grader(flawed=NONE))["flawed, lower"]
    assert found[0] == f"{EMPTY} failed and should have passed: m"


def test_a_hidden_test_that_a_liar_passes_is_named(pack):
    found = faults(pack, grader(liar=LOWER))
    names = ("silent", "fails", "zero", "every answer")
    assert set(found) == {f"liar, {name}, python" for name in names}
    [text] = found["liar, silent, python"]
    assert text == f"{EMPTY} is passed by a liar: writes nothing and ends with exit code 0"


def test_a_test_that_a_liar_passes_may_stay_with_a_reason(tmp_path):
    excuse = f'\n[liars]\n"{EMPTY}" = "Whoever is silent has not stumbled."\n'.encode()
    pack = packs.load(packfolder.write(tmp_path, {"challenge.toml": packfolder.CHALLENGE + excuse}))
    trials = {trial.name: trial for trial in admission.prove(pack, grader(liar=LOWER))}
    assert trials["liar, silent, python"].is_passed
    assert trials["liar, silent, python"].notes == (
        f"{EMPTY} is passed, and excused: Whoever is silent has not stumbled.",
    )


def test_what_an_honest_twin_earns_too_is_not_earned_by_lying(pack):
    liar = Liar(name="x", language="python", summary="lies", files={}, honest={})
    told = admission._concluded_liar("x", pack, liar, [report(), LOWER])
    assert [str(fault).partition(" ")[0] for fault in told.faults] == [UPPER]


STUCK = report(upper=Outcome.FAILED, empty=Outcome.FAILED, verdict=Verdict.START_FAILED)


def test_a_liar_that_does_not_start_is_tried_once_more(pack):
    played = [NONE, NONE, LOWER, LOWER, STUCK]
    trials = {trial.name: trial for trial in admission.prove(pack, grader(liar=played))}
    assert not played
    assert str(trials["liar, silent, python"].faults[0]).startswith(f"{EMPTY} is passed by a liar")
    assert all(trial.is_played for trial in trials.values())


def test_a_liar_that_never_starts_is_shown_as_not_played(pack):
    trials = {trial.name: trial for trial in admission.prove(pack, grader(liar=STUCK))}
    silent = trials["liar, silent, python"]
    assert (silent.is_passed, silent.is_played, silent.as_json()["played"]) == (True, False, False)
    assert admission.UNPLAYED in silent.notes
    assert terminal.trial_as_text(silent).startswith("???     0 %  liar, silent, python")
    assert trials["starter, python"].as_json()["played"] is True


def test_a_twin_that_does_not_start_is_tried_once_more(pack):
    liar = Liar(name="x", language="python", summary="lies", files={}, honest={})
    check = admission._liar_check(pack, liar)
    assert check.again([report(), STUCK]) == (1,)
    assert not check.conclude([report(), STUCK]).is_played


def test_a_solution_may_be_declared_flawed_by_its_score_alone(tmp_path):
    expect = packfolder.EXPECT.replace(b'fails = ["test_shout.py::test_upper"]\n', b"")
    pack = packs.load(packfolder.write(tmp_path, {"flawed/lower/expect.toml": expect}))
    assert faults(pack, grader()) == {}
    found = faults(pack, grader(flawed=NONE))["flawed, lower"]
    assert found[0] == "the score must lie from 20 to 30 per cent"
    assert found[1] == f"{UPPER} failed: m"


def test_staff_read_what_a_failed_test_compared(pack):
    [trial] = [
        trial
        for trial in admission.prove(pack, grader(reference=LOWER))
        if trial.name.endswith("python, hidden tests")
    ]
    assert trial.faults[0].detail == "d"
    assert trial.as_json()["faults"] == [{"text": f"{UPPER} failed: m", "detail": "d"}]


def test_both_suites_are_graded(pack):
    suites = []

    def grade(files, language, suite):
        suites.append(suite)
        return grader()(files, language, suite)

    list(admission.prove(pack, grade))
    assert suites.count(Suite.VISIBLE) == len(pack.languages)
