"""The one second chance of a grading: when it is given, and what the first run leaves behind.

A program is run at most MAX_TRIES times for one grading, whatever the reason and however many workers had it.
The count stands in its row (`Grading.tries`) and is written before a second run begins, so that no crash
forgets it. A table in docs/design.md lists every reason.

What the candidate may have brought about (the program was killed, or was not there in time; a database beside
it, or the judge, broke while it ran) must not throw a bad run away: points that the first run denied stay
denied. Only what the trouble itself may have cost is open again, which is a failure in the very moment
before it. What the candidate cannot have brought about (the worker or the engine was gone, our own
code failed) leaves nothing behind.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from grading.report import Outcome, Result

MAX_TRIES = 2
"""Runs of one grading that may come to nothing; then it ends."""
WORDS = 2000
"""Characters of a message or detail that are kept of a first run."""
DISTURBED_SECONDS = 0.5
"""How much earlier than we hear of its end a service may have been gone."""


@dataclass(frozen=True, kw_only=True)
class FirstRun:
    """What is known of a run that came to nothing. `denied`: its tests that lost points, by id."""

    reason: str = ""
    is_ours: bool = True
    denied: Mapping[str, Result] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """As JSON, without the tests' titles and skills, which the pack knows."""
        denied = {
            one.id: [one.outcome.value, one.points, one.seconds, one.message[:WORDS], one.detail[:WORDS]]
            for one in self.denied.values()
        }
        return {"reason": self.reason[:WORDS], "ours": self.is_ours, "denied": denied}

    @classmethod
    def read(cls, stored: Mapping[str, Any], tests: Iterable[Result]) -> Self:
        """From `stored`. `tests`: a result of each test, for the rest of its fields."""
        rows = stored.get("denied", {})
        denied = {
            test.id: replace(
                test, outcome=Outcome(outcome), points=points, seconds=seconds, message=message, detail=detail
            )
            for test in tests
            if test.id in rows
            for outcome, points, seconds, message, detail in [rows[test.id]]
        }
        return cls(reason=stored.get("reason", ""), is_ours=stored.get("ours", True), denied=denied)


class Decided:
    """What a run has decided so far, and when."""

    def __init__(self) -> None:
        self._results: list[tuple[float, Result]] = []

    def add(self, result: Result) -> None:
        self._results.append((time.monotonic(), result))

    def results(self) -> dict[str, Result]:
        return {one.id: one for _, one in self._results}

    def denied(self, *, by_service: bool = False) -> dict[str, Result]:
        """Every test that has lost points, without what a trouble may have cost that is known since now: the
        failure that came last and, where a service had gone (`by_service`), each failure of the last moment
        that no pass came after.
        """
        kept, since = list(self._results), time.monotonic() - DISTURBED_SECONDS
        if kept and kept[-1][1].outcome is not Outcome.PASSED:
            kept.pop()
        while by_service and kept and kept[-1][1].outcome is not Outcome.PASSED and kept[-1][0] >= since:
            kept.pop()
        return {one.id: one for _, one in kept if one.points < one.max_points}


def standing(result: Result, denied: Mapping[str, Result]) -> Result:
    """A test of the second run: no more points than the first one left."""
    first = denied.get(result.id)
    return first if first is not None and first.points < result.points else result
