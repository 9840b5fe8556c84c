"""The Celery application as it is, but quicker to give up waiting, and with gates that a test may close.

`celery -A tests.failures.worker worker`. A gate stands at a step of a grading. While the test's folder holds
a file of the gate's name, the next thread that comes by takes that file (it becomes '<gate>.held'), stands
still until it is removed, and leaves '<gate>.passed'. Everything else is the product's own.
"""

import os
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

__all__ = ["app"]

FOLDER = Path(os.environ["TOUCHSTONE_TEST_GATES"])
TOLD = FOLDER / "told"
"""One line for each time that `grading_finished` was sent: the grading's id."""
STARTED = FOLDER / "started"
"""One line for each time that a grading was begun: the grading's id."""
RUNS = FOLDER / "runs"
"""One line for each pod that a submission was let into: its run's id."""


def _set(module: Any, **values: object) -> None:
    for name, value in values.items():
        assert hasattr(module, name)
        setattr(module, name, value)


def _note(path: Path, line: str) -> None:
    with path.open("a") as file:  # One short write: two processes do not mix their lines.
        file.write(f"{line}\n")


def _pass(gate: str) -> None:
    held = FOLDER / f"{gate}.held"
    try:
        (FOLDER / gate).rename(held)
    except FileNotFoundError:
        return
    while held.exists():
        time.sleep(0.02)
    (FOLDER / f"{gate}.passed").touch()


def _before(owner: Any, name: str, gate: str) -> None:
    original: Callable[..., Any] = getattr(owner, name)

    def gated(*arguments: Any, **options: Any) -> Any:
        _pass(gate)
        return original(*arguments, **options)

    setattr(owner, name, gated)


def _noting(owner: Any, name: str, path: Path, what: Callable[..., object]) -> None:
    original: Callable[..., Any] = getattr(owner, name)

    def noting(*arguments: Any, **options: Any) -> Any:
        _note(path, str(what(*arguments)))
        return original(*arguments, **options)

    setattr(owner, name, noting)


def _tell(*, grading: Any, **_: Any) -> None:
    _note(TOLD, str(grading.pk))


_before(queue, "claim_next", "claim")
_before(grader, "grade_files", "claimed")
_before(session.Session, "run", "prepared")
_before(queue, "store_result", "result")
_before(queue, "record", "record")
_before(pod.Pod, "close", "removal")
_noting(grader, "grade_claim", STARTED, lambda claim, *_: claim.grading.pk)
_noting(session.Session, "run", RUNS, lambda session, *_: session._pod.run_id)
grading_finished.connect(_tell)

_set(leases, LEASE=timedelta(seconds=6))
_set(queue, LEASE=timedelta(seconds=6), ANNOUNCE_AGAIN_AFTER_SECONDS=3.0)
_set(worker, HEARTBEAT_SECONDS=1.0, LOOK_SECONDS=0.3, STALE_SECONDS=1.0, REAP_SECONDS=1.0, AWAY_SECONDS=1.0)
_set(canary, REST_SECONDS=1.0, RETEST_SECONDS=1.0)
