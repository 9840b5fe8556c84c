"""Removes what dead workers left behind.

Everything of a pod carries its owner and the end of its lease as labels.
"""

from collections.abc import Iterable

from sandbox.engine import Engine
from sandbox.hardening import EXPIRES_LABEL, OWNER_LABEL, RUN_LABEL
from sandbox.pod import remove_run


def reap(engine: Engine, now: float) -> tuple[str, ...]:
    """Remove every run whose lease ended before `now` (seconds since 1970); return their ids.

    A label that is no number counts as expired: no worker of ours wrote it.
    """
    runs = {run for run, labels in _labelled(engine, RUN_LABEL) if _expires(labels) < now}
    return _remove(engine, runs)


def remove_owned(engine: Engine, owner: str) -> tuple[str, ...]:
    """Remove every run of a worker that shuts down, whatever its lease; return their ids.

    Raises SandboxError.
    """
    return _remove(engine, {run for run, _ in _labelled(engine, f"{OWNER_LABEL}={owner}")})


def _labelled(engine: Engine, label: str) -> Iterable[tuple[str, dict[str, str]]]:
    for found in (*engine.containers(label), *engine.volumes(label)):
        labels: dict[str, str] = found["Labels"] or {}
        if run := labels.get(RUN_LABEL):
            yield run, labels


def _expires(labels: dict[str, str]) -> float:
    try:
        return float(labels.get(EXPIRES_LABEL, ""))
    except ValueError:
        return 0.0


def _remove(engine: Engine, runs: set[str]) -> tuple[str, ...]:
    for run in sorted(runs):
        remove_run(engine, run)
    return tuple(sorted(runs))
