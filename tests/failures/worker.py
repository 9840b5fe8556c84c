"""The Celery application as it is, but quicker to give up waiting, and with gates that a test may close.

`celery -A tests.failures.worker worker`. Its gates (see `tests.failures.gates`): before a claim ('claim'),
before its grading ('claimed'), before its program is let in ('prepared'), after its first result ('result'),
before its report is stored ('record') and before its pod is removed ('removal'). Everything else is the
product's own.
"""

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
from django.utils import timezone

CLOCK = os.environ.get("TOUCHSTONE_TEST_CLOCK")
"""A file with the seconds by which this process's clock is wrong."""

if CLOCK:
    _true_time, _wrong_by = time.time, Path(CLOCK)

    def _wrong_time() -> float:
        return _true_time() + float(_wrong_by.read_text())

    # Before anybody has taken hold of the right ones.
    time.time = _wrong_time
    time.time_ns = lambda: int(_wrong_time() * 1e9)
    timezone.now = lambda: datetime.fromtimestamp(_wrong_time(), UTC)

from config.celery import app  # noqa: E402

django.setup()

from grading import canary, grader, leases, queue, session, worker  # noqa: E402 - They need Django.
from grading.signals import grading_finished  # noqa: E402
from sandbox import pod  # noqa: E402
from tests.failures.gates import come_by  # noqa: E402

__all__ = ["app"]

FOLDER = Path(os.environ["TOUCHSTONE_TEST_GATES"])
TOLD = FOLDER / "told"
"""One line for each time that `grading_finished` was sent: the grading's id."""
STARTED = FOLDER / "started"
"""One line for each time that a grading was begun: the grading's id."""
RUNS = FOLDER / "runs"
"""One line for each pod that a grading was let into: the grading's id, and the run's. None for canaries."""

_here = threading.local()
"""`grading`: the id of what this thread grades. Gates are for gradings, not for canaries and self-tests."""


def _set(module: Any, **values: object) -> None:
    for name, value in values.items():
        assert hasattr(module, name)
        setattr(module, name, value)


def _note(path: Path, line: str) -> None:
    with path.open("a") as file:  # One short write: two processes do not mix their lines.
        file.write(f"{line}\n")


def _come_by(gate: str) -> None:
    if getattr(_here, "grading", None) is not None:
        come_by(FOLDER, gate)


def _before(owner: Any, name: str, do: Callable[..., None]) -> None:
    """Has `do` called first, with the same arguments."""
    original: Callable[..., Any] = getattr(owner, name)

    def watched(*arguments: Any, **options: Any) -> Any:
        do(*arguments, **options)
        return original(*arguments, **options)

    setattr(owner, name, watched)


def _tell(*, grading: Any, **_: Any) -> None:
    _note(TOLD, str(grading.pk))


_attempt = grader._Run._grade
_run = session.Session.run


def _watched_attempt(self: Any, workshop: Any) -> Any:
    _here.grading = self.claim.grading.pk
    try:
        return _attempt(self, workshop)
    finally:
        _here.grading = None


def _watched_run(self: Any, submission: Any, on_record: Callable[[Any], None], *others: Any) -> Any:
    def pass_on(record: Any) -> None:
        on_record(record)
        if len(self.records) == 1:
            _come_by("result")

    if getattr(_here, "grading", None) is not None:
        _note(RUNS, f"{_here.grading} {self._pod.run_id}")
    _come_by("prepared")
    return _run(self, submission, pass_on, *others)


_set(grader._Run, _grade=_watched_attempt)
_set(session.Session, run=_watched_run)
_before(queue, "claim_next", lambda **_: come_by(FOLDER, "claim"))
_before(grader, "grade_claim", lambda claim, _: _note(STARTED, str(claim.grading.pk)))
_before(grader, "grade_files", lambda *_, **__: _come_by("claimed"))
_before(queue, "record", lambda *_, **__: _come_by("record"))
_before(pod.Pod, "close", lambda _: _come_by("removal"))
grading_finished.connect(_tell)

_set(leases, LEASE=timedelta(seconds=6))
_set(queue, LEASE=timedelta(seconds=6), ANNOUNCE_AGAIN_AFTER_SECONDS=3.0)
_set(worker, HEARTBEAT_SECONDS=1.0, STALE_SECONDS=1.0, REAP_SECONDS=1.0, AWAY_SECONDS=1.0)
_set(canary, REST_SECONDS=1.0, RETEST_SECONDS=1.0)
