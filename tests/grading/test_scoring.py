"""Points come from the manifest and explicit passes, from nothing else."""

import pytest

from grading.challenge import TestCase
from grading.errors import PlatformError
from grading.report import Outcome
from grading.scoring import NOT_RUN, Record, score


def case(name, points=1.0, skill="api-design"):
    return TestCase(id=name, title=name, points=points, skill=skill, seconds=1, path="test.py", line=1)


TESTS = (case("a", 2), case("b", 3, "caching"), case("c", 5, "caching"))


def passed(test, awarded=1.0):
    return Record(test=test, outcome=Outcome.PASSED, awarded=awarded)


def test_passes_earn_their_points_by_skill():
    result = score(TESTS, [passed("c"), passed("a")])
    assert (result.score, result.max_score) == (7, 10)
    assert result.skills == {"api-design": (2, 2), "caching": (5, 8)}


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.PASSED])
def test_anything_else_earns_nothing(outcome):
    assert score(TESTS, [Record(test="a", outcome=outcome)]).score == 0


def test_missing_records_do_not_lower_the_maximum():
    result = score(TESTS, [])
    assert (result.score, result.max_score) == (0, 10)
    assert {item.message for item in result.results} == {NOT_RUN}


def test_results_keep_the_manifests_order():
    assert [item.id for item in score(TESTS, [passed("c"), passed("a")]).results] == ["a", "b", "c"]


def test_award_is_a_share_of_a_pass():
    assert score(TESTS, [passed("b", awarded=1 / 3)]).score == 1
    failed = Record(test="b", outcome=Outcome.FAILED, awarded=0.9)
    assert score(TESTS, [failed]).score == 0


def test_sums_of_thirds_are_whole():
    tests = tuple(case(str(number), 1 / 3) for number in range(3))
    assert score(tests, [passed(test.id) for test in tests]).score == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("records", [[passed("z")], [passed("a"), passed("a")]])
def test_unknown_and_second_records_are_a_failure_of_ours(records):
    with pytest.raises(PlatformError):
        score(TESTS, records)


GOOD = {"test": "a", "outcome": "passed", "awarded": 1, "seconds": 0.1, "message": "", "detail": ""}


def test_record_is_read_from_a_message():
    assert Record.from_message(GOOD).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "won"},
        {"awarded": 2},
        {"awarded": -1},
        {"awarded": float("nan")},
        {"awarded": None},
        {"seconds": float("inf")},
    ],
)
def test_senseless_message_is_a_failure_of_ours(change):
    with pytest.raises(PlatformError):
        Record.from_message({**GOOD, **change})
