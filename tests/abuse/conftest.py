"""The arena, the invariants after every attack, and the table at the end."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache

from assessments import expectations
from grading import hints
from grading.report import Report
from tests.abuse.harness import Arena, Case, Trial
from tests.abuse.invariants import INVARIANTS
from tests.docker import OWNER, engine, images

__all__ = ["engine", "images"]

Attack = Callable[[Case], Trial]


@pytest.fixture(autouse=True)
def _plain_installation(monkeypatch, settings, tmp_path):
    """No broker, no counters of earlier tests, no front end to build, passwords that cost nothing."""
    monkeypatch.setattr(hints, "post", lambda: None)
    cache.clear()
    expectations.forget()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STATIC_ROOT = tmp_path
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture(scope="session")
def arena(engine, images) -> Arena:
    return Arena(engine, images, f"{OWNER}:abuse")


@pytest.fixture
def grade(arena) -> Iterator[Callable[..., Report]]:
    """Grades a pack and files without rows, pages and a neighbour."""
    yield arena.grade
    arena.clean()


@pytest.fixture(scope="module")
def _honest_after_all(arena) -> Iterator[None]:
    """The last attack of a file is followed by an honest submission, as each other one is by the next."""
    arena.begin()
    yield
    after = arena.follow()
    assert not isinstance(after, str), after
    assert after.score == after.max_score > 0, after


@pytest.fixture
def attack(db, arena: Arena, record_property, _honest_after_all) -> Iterator[Attack]:
    """Runs a case. Whatever the test itself asserts, the invariants are asserted when it is over."""
    trials: list[Trial] = []

    def run(case: Case) -> Trial:
        trial = arena.run(case)
        arena.clean()
        trials.append(trial)
        record_property("abuse", _row(trial))
        return trial

    yield run
    broken = [fault for trial in trials for fault in faults(trial)]
    assert not broken, "\n".join(broken)


def faults(trial: Trial) -> Iterator[str]:
    """The invariants that do not hold."""
    for name, check in INVARIANTS.items():
        try:
            check(trial)
        except AssertionError as error:
            yield f"{name} does not hold after {trial.case}: {error}"


def _row(trial: Trial) -> list[str]:
    case, grading = trial.case, trial.grading
    verdict = grading.verdict or grading.status
    return [case.id, case.language, case.title, verdict, f"{grading.percent:.0f} %", f"{trial.seconds:.1f}"]


def pytest_terminal_summary(terminalreporter) -> None:
    """id, language, attack, verdict, score, seconds."""
    rows = sorted(
        tuple(row)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, row in report.user_properties
        if name == "abuse"
    )
    if not rows:
        return
    terminalreporter.section("attacks")
    heading = ("id", "language", "attack", "verdict", "score", "seconds")
    widths = [max(len(row[column]) for row in (heading, *rows)) for column in range(len(heading))]
    for row in (heading, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        terminalreporter.write_line("  ".join(cells).rstrip())
    seconds = sum(float(row[-1]) for row in rows)
    terminalreporter.write_line(f"{len(rows)} attacks, {seconds:.0f} s of grading")
