"""Is this pack fit to be published? It proves itself: right and wrong solutions are graded as submissions
are.

References pass both suites in every language, each flawed solution fails exactly what it declares and scores
inside its range, the starter scores low, an empty submission nothing, repeated gradings agree, and no liar
(see `grading.liars`) passes a hidden test that the pack does not excuse.

`plan` lists the checks without grading anything; each says which gradings it needs and what follows from
their reports. So the terminal can play them here and now (`prove`), and the queue one by one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from grading import files
from grading.challenge import ChallengePack, Flawed, Suite
from grading.liars import Liar, liars
from grading.report import Outcome, Report, Result, Verdict

Grade = Callable[[Mapping[str, str], str, Suite], Report]
"""Grades (files, language, suite)."""
LOG_LINES = 5
ADVICE = "Strengthen a test that a liar passes, or give a reason in challenge.toml under [liars]."
UNPLAYED = "It did not start, tried twice, so no test was tried on it: this says nothing of the suite."
_NOT_STARTED = frozenset({Verdict.BUILD_FAILED, Verdict.START_FAILED})


@dataclass(frozen=True)
class Finding:
    """Something that is not as the pack promises. `detail` is what only staff may read: a traceback."""

    text: str
    detail: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One solution, graded. `faults` is empty if it came out as the pack promises; `notes` are no faults."""

    name: str
    percent: float
    faults: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    is_of_a_liar: bool = False
    is_played: bool = True
    """False for a liar that did not start, tried twice: it has shown nothing of the suite."""

    @property
    def is_passed(self) -> bool:
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "percent": round(self.percent, 4),
            "passed": self.is_passed,
            "played": self.is_played,
            "faults": [{"text": fault.text, "detail": fault.detail} for fault in self.faults],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, kw_only=True)
class Run:
    """One grading that a check needs."""

    files: Mapping[str, str]
    language: str
    suite: Suite


@dataclass(frozen=True, kw_only=True)
class Check:
    """What is graded, and what is made of the reports, which come in the order of `runs`."""

    name: str
    runs: tuple[Run, ...]
    conclude: Callable[[Sequence[Report]], Trial]
    is_of_a_liar: bool = False

    def again(self, reports: Sequence[Report]) -> tuple[int, ...]:
        """Which of its runs are to be graded a second time: those of a liar that has not started."""
        if not self.is_of_a_liar:
            return ()
        return tuple(at for at, report in enumerate(reports) if not _has_started(report))


def prove(
    pack: ChallengePack, grade: Grade, *, repeats: int = 1, only: str | None = None, at_once: int = 1
) -> Iterator[Trial]:
    """Yields each trial, in order. `grade` must be thread-safe if several run at once.

    `repeats`: how often each reference is graded. `only`: the name of one flawed solution, and nothing else.
    """

    def play(check: Check) -> Trial:
        reports = [grade(run.files, run.language, run.suite) for run in check.runs]
        for at in check.again(reports):
            run = check.runs[at]
            reports[at] = grade(run.files, run.language, run.suite)
        return check.conclude(reports)

    with ThreadPoolExecutor(at_once) as threads:
        yield from threads.map(play, plan(pack, repeats=repeats, only=only))


def plan(pack: ChallengePack, *, repeats: int = 1, only: str | None = None) -> list[Check]:
    """Every check of this pack, the same ones each time. Options as in `prove`."""
    checks: list[Check] = []
    for language in pack.languages if only is None else ():
        right, start = files.reference(pack, language), files.starter(pack, language)
        checks += [
            _reference(right, language, Suite.VISIBLE, 1),
            _reference(right, language, Suite.HIDDEN, repeats),
            _check(
                f"starter, {language}",
                [Run(files=start, language=language, suite=Suite.HIDDEN)],
                _starter,
                pack,
            ),
            _check(f"empty, {language}", [Run(files={}, language=language, suite=Suite.HIDDEN)], _empty),
        ]
    for flaw in pack.flawed:
        if only in {None, flaw.name}:
            wrong = Run(files=files.flawed(pack, flaw), language=flaw.language, suite=Suite.HIDDEN)
            checks.append(_check(f"flawed, {flaw.name}", [wrong], _flawed, flaw))
    for liar in liars(pack) if only is None else ():
        checks.append(_liar_check(pack, liar))
    return checks


def _check(name: str, runs: Sequence[Run], conclude: Callable[..., Trial], *told: object) -> Check:
    """`conclude` gets the name, what it is told, and the reports."""
    return Check(name=name, runs=tuple(runs), conclude=partial(conclude, name, *told))


def _reference(right: Mapping[str, str], language: str, suite: Suite, repeats: int) -> Check:
    runs = [Run(files=right, language=language, suite=suite)] * repeats
    return _check(f"reference, {language}, {suite.value} tests", runs, _concluded_reference)


def _concluded_reference(name: str, reports: Sequence[Report]) -> Trial:
    faults: list[Finding] = []
    for report in reports:
        faults += [
            Finding(f"{result.id} {result.outcome.value}: {result.message}", result.detail)
            for result in _not_passed(report)
        ]
        if report.score < report.max_score and not _not_passed(report):
            points = f"{report.score:g} of {report.max_score:g}"
            faults.append(Finding(f"every test passed and {points} points were given"))
        faults += _unexpected(report)
    if len({_summary(report) for report in reports}) > 1:
        scores = ", ".join(f"{_percent(report):.1f}" for report in reports)
        faults.append(Finding(f"repeated gradings do not agree: {scores} per cent"))
    percent = min(_percent(report) for report in reports)
    told = {fault.text: fault for fault in reversed(faults)}  # Of equal ones the first.
    return Trial(name=name, percent=percent, faults=tuple(reversed(told.values())))


def _starter(name: str, pack: ChallengePack, reports: Sequence[Report]) -> Trial:
    [report] = reports
    percent = _percent(report)
    # A starter of comments only is empty, and that is fine; one that does not start is not.
    faults = [] if report.verdict is Verdict.REJECTED_UPLOAD else _unexpected(report)
    if percent > 0 and percent >= pack.starter_max_score:
        faults.append(Finding(f"it must stay below {pack.starter_max_score:g} per cent"))
    return Trial(name=name, percent=percent, faults=tuple(faults))


def _empty(name: str, reports: Sequence[Report]) -> Trial:
    [report] = reports
    faults = () if report.score == 0 else (Finding("an empty submission must score 0"),)
    return Trial(name=name, percent=_percent(report), faults=faults)


def _flawed(name: str, flaw: Flawed, reports: Sequence[Report]) -> Trial:
    [report] = reports
    percent, (low, high) = _percent(report), flaw.score
    not_passed = {result.id: result for result in _not_passed(report)}
    declared = set(not_passed) if flaw.fails is None else set(flaw.fails)
    if not_passed.keys() != declared and report.verdict is not Verdict.GRADED:
        return Trial(name=name, percent=percent, faults=_trouble(report))
    faults = [
        Finding(f"{test} passed and should have failed") for test in sorted(declared - not_passed.keys())
    ]
    faults += [
        Finding(f"{test} failed and should have passed: {not_passed[test].message}", not_passed[test].detail)
        for test in sorted(not_passed.keys() - declared)
    ]
    if not low <= round(percent, 6) <= high:
        faults.append(Finding(f"the score must lie from {low:g} to {high:g} per cent"))
        if flaw.fails is None:
            faults += [Finding(f"{test} failed: {it.message}", it.detail) for test, it in not_passed.items()]
    return Trial(name=name, percent=percent, faults=tuple(faults))


def _liar_check(pack: ChallengePack, liar: Liar) -> Check:
    name = f"liar, {liar.name}, {liar.language}"
    runs = [Run(files=liar.files, language=liar.language, suite=Suite.HIDDEN)]
    if liar.honest is not None:
        runs.append(Run(files=liar.honest, language=liar.language, suite=Suite.HIDDEN))
    return replace(_check(name, runs, _concluded_liar, pack, liar), is_of_a_liar=True)


def _concluded_liar(name: str, pack: ChallengePack, liar: Liar, reports: Sequence[Report]) -> Trial:
    """What it earns beyond its honest twin, if it has one, it earns by lying."""
    report, twins = reports[0], reports[1:]
    earned = {result.id: result.points for twin in twins for result in twin.results}
    lied = [result.id for result in report.results if result.points > earned.get(result.id, 0)]
    faults = [
        Finding(f"{test} is passed by a liar: {liar.summary}") for test in lied if test not in pack.excused
    ]
    notes = [f"{test} is passed, and excused: {pack.excused[test]}" for test in lied if test in pack.excused]
    if report.verdict is not Verdict.GRADED:
        notes.append(f"{report.verdict.value}: {report.message}")
    is_played = all(map(_has_started, reports))
    return Trial(
        name=name,
        percent=_percent(report),
        faults=tuple(faults),
        notes=(*notes, *(() if is_played else (UNPLAYED,))),
        is_of_a_liar=True,
        is_played=is_played,
    )


def _has_started(report: Report) -> bool:
    """Whether the tests had a program before them, or nothing was handed in that could be one."""
    return report.verdict not in _NOT_STARTED


def _trouble(report: Report) -> tuple[Finding, ...]:
    """What went wrong with the program as a whole: told once, with its last words, and not once per test."""
    return (*_unexpected(report), *map(Finding, report.log.strip().splitlines()[-LOG_LINES:]))


def _not_passed(report: Report) -> list[Result]:
    return [result for result in report.results if result.outcome is not Outcome.PASSED]


def _unexpected(report: Report) -> list[Finding]:
    if report.verdict is Verdict.GRADED:
        return []
    return [Finding(f"{report.verdict.value}: {report.message}", report.log[-2000:])]


def _summary(report: Report) -> tuple[object, ...]:
    return (report.verdict, report.score, tuple((r.id, r.outcome, r.points) for r in report.results))


def _percent(report: Report) -> float:
    return 100 * report.score / report.max_score if report.max_score else 0.0
