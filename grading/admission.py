"""Is this pack fit to be published? It proves itself: right and wrong solutions are graded as submissions
are.

References pass both suites in every language, each flawed solution fails exactly what it declares and scores
inside its range, the starter scores low, an empty submission nothing, and repeated gradings agree.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from grading import files
from grading.challenge import ChallengePack, Flawed, Suite
from grading.report import Outcome, Report, Result, Verdict

Grade = Callable[[Mapping[str, str], str, Suite], Report]
"""Grades (files, language, suite)."""
LOG_LINES = 5


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One solution, graded. `faults` is empty if it came out as the pack promises."""

    name: str
    percent: float
    faults: tuple[str, ...]

    @property
    def is_passed(self) -> bool:
        return not self.faults


def prove(
    pack: ChallengePack, grade: Grade, *, repeats: int = 1, only: str | None = None, at_once: int = 1
) -> Iterator[Trial]:
    """Yields each trial, in order. `grade` must be thread-safe if several run at once.

    `repeats`: how often each reference is graded. `only`: the name of one flawed solution, and nothing else.
    """
    with ThreadPoolExecutor(at_once) as threads:
        yield from threads.map(lambda check: check(grade), _checks(pack, repeats, only))


def _checks(pack: ChallengePack, repeats: int, only: str | None) -> Iterator[Callable[[Grade], Trial]]:
    for language in pack.languages if only is None else ():
        yield partial(_reference, pack, language, Suite.VISIBLE, 1)
        yield partial(_reference, pack, language, Suite.HIDDEN, repeats)
        yield partial(_starter, pack, language)
        yield partial(_empty, language)
    yield from (partial(_flawed, pack, flaw) for flaw in pack.flawed if only in {None, flaw.name})


def _reference(pack: ChallengePack, language: str, suite: Suite, repeats: int, grade: Grade) -> Trial:
    reports = [grade(files.reference(pack, language), language, suite) for _ in range(repeats)]
    faults: list[str] = []
    for report in reports:
        faults += [f"{result.id} {result.outcome.value}: {result.message}" for result in _not_passed(report)]
        if report.score < report.max_score and not _not_passed(report):
            faults.append(f"every test passed and {report.score:g} of {report.max_score:g} points were given")
        faults += _unexpected(report)
    if len({_summary(report) for report in reports}) > 1:
        scores = ", ".join(f"{_percent(report):.1f}" for report in reports)
        faults.append(f"repeated gradings do not agree: {scores} per cent")
    return Trial(
        name=f"reference, {language}, {suite.value} tests",
        percent=min(_percent(report) for report in reports),
        faults=tuple(dict.fromkeys(faults)),
    )


def _starter(pack: ChallengePack, language: str, grade: Grade) -> Trial:
    report = grade(files.starter(pack, language), language, Suite.HIDDEN)
    percent = _percent(report)
    # A starter of comments only is empty, and that is fine; one that does not start is not.
    faults = [] if report.verdict is Verdict.REJECTED_UPLOAD else _unexpected(report)
    if percent > 0 and percent >= pack.starter_max_score:
        faults.append(f"it must stay below {pack.starter_max_score:g} per cent")
    return Trial(name=f"starter, {language}", percent=percent, faults=tuple(faults))


def _empty(language: str, grade: Grade) -> Trial:
    report = grade({}, language, Suite.HIDDEN)
    faults = () if report.score == 0 else ("an empty submission must score 0",)
    return Trial(name=f"empty, {language}", percent=_percent(report), faults=faults)


def _flawed(pack: ChallengePack, flaw: Flawed, grade: Grade) -> Trial:
    report = grade(files.flawed(pack, flaw), flaw.language, Suite.HIDDEN)
    failed, declared = {result.id for result in _not_passed(report)}, set(flaw.fails)
    if failed != declared and report.verdict is not Verdict.GRADED:
        return Trial(name=f"flawed, {flaw.name}", percent=_percent(report), faults=_trouble(report))
    messages = {result.id: result.message for result in report.results}
    faults = [f"{test} passed and should have failed" for test in sorted(declared - failed)]
    faults += [
        f"{test} failed and should have passed: {messages[test]}" for test in sorted(failed - declared)
    ]
    percent, (low, high) = _percent(report), flaw.score
    if not low <= round(percent, 6) <= high:
        faults.append(f"the score must lie from {low:g} to {high:g} per cent")
    return Trial(name=f"flawed, {flaw.name}", percent=percent, faults=tuple(faults))


def _trouble(report: Report) -> tuple[str, ...]:
    """What went wrong with the program as a whole: told once, with its last words, and not once per test."""
    return (*_unexpected(report), *report.log.strip().splitlines()[-LOG_LINES:])


def _not_passed(report: Report) -> list[Result]:
    return [result for result in report.results if result.outcome is not Outcome.PASSED]


def _unexpected(report: Report) -> list[str]:
    return [] if report.verdict is Verdict.GRADED else [f"{report.verdict.value}: {report.message}"]


def _summary(report: Report) -> tuple[object, ...]:
    return (report.verdict, report.score, tuple((r.id, r.outcome, r.points) for r in report.results))


def _percent(report: Report) -> float:
    return 100 * report.score / report.max_score if report.max_score else 0.0
