"""From the judge's records and the pack's manifest to points. Pure.

The denominator is the manifest's and nothing else's: a broken service makes a suite run fewer tests, and
passed by observed would flatter it. Anything but an explicit pass is worth 0.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from grading.challenge import TestCase
from grading.errors import PlatformError
from grading.judge.framing import Message
from grading.report import Outcome, Result
from grading.visible import written_out

DIGITS = 4
"""Points are rounded to so many decimal places, so that sums of thirds compare equal."""

NOT_RUN = "This test was not run."


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the judge says of one test. `awarded` is the share of its points that a pass earns, 0 to 1."""

    test: str
    outcome: Outcome
    awarded: float = 1.0
    seconds: float = 0.0
    message: str = ""
    detail: str = ""

    @classmethod
    def from_message(cls, message: Message) -> "Record":
        """Raises PlatformError for what no judge of ours would say."""
        try:
            record = cls(
                test=str(message["test"]),
                outcome=Outcome(message["outcome"]),
                awarded=float(message["awarded"]),
                seconds=float(message["seconds"]),
                message=written_out(str(message["message"])),
                detail=written_out(str(message["detail"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise PlatformError(f"The judge sent a record that makes no sense: {message!r}"[:500]) from error
        if not 0 <= record.awarded <= 1 or not math.isfinite(record.seconds):
            raise PlatformError(f"The judge sent a record that makes no sense: {message!r}"[:500])
        return record


@dataclass(frozen=True, kw_only=True)
class Score:
    """`results` are in the manifest's order; `skills` maps a slug to (score, max score)."""

    results: tuple[Result, ...]
    score: float
    max_score: float
    skills: dict[str, tuple[float, float]] = field(default_factory=dict)


def score(tests: Sequence[TestCase], records: Iterable[Record]) -> Score:
    """Every test of the manifest gets a result; those without a record were not run.

    Raises PlatformError for a record of an unknown test, or a second one of the same.
    """
    known = _by_test(tests, records)
    return total(decide(test, known.get(test.id)) for test in tests)


def total(decided: Iterable[Result]) -> Score:
    """The points of a whole suite, from one result for each of its tests."""
    results = tuple(decided)
    skills: dict[str, tuple[float, float]] = {}
    for result in results:
        points, most = skills.get(result.skill, (0.0, 0.0))
        skills[result.skill] = (_round(points + result.points), _round(most + result.max_points))
    points, most = sum(result.points for result in results), sum(result.max_points for result in results)
    return Score(results=results, score=_round(points), max_score=_round(most), skills=skills)


def decide(test: TestCase, record: Record | None) -> Result:
    """One test's result."""
    record = record or Record(test=test.id, outcome=Outcome.SKIPPED, message=NOT_RUN)
    points = _round(test.points * record.awarded) if record.outcome is Outcome.PASSED else 0.0
    return Result(
        id=test.id,
        title=test.title,
        outcome=record.outcome,
        points=points,
        max_points=test.points,
        skill=test.skill,
        seconds=record.seconds,
        message=record.message,
        detail=record.detail,
    )


def _by_test(tests: Sequence[TestCase], records: Iterable[Record]) -> dict[str, Record]:
    ids = {test.id for test in tests}
    known: dict[str, Record] = {}
    for record in records:
        if record.test not in ids or record.test in known:
            raise PlatformError(f"The judge sent an unknown or a second record for {record.test!r}."[:500])
        known[record.test] = record
    return known


def _round(points: float) -> float:
    return round(points, DIGITS)


def per_cent(value: float) -> str:
    """'87 %', '28.5 %': at most one decimal place. 100 and 0 are only said when they are exact, so that
    nobody is rounded to a full score, or to nothing.
    """
    rounded = round(value, 1)
    if rounded >= 100 > value:
        rounded = 99.9
    if rounded <= 0 < value:
        rounded = 0.1
    return f"{rounded:g} %"
