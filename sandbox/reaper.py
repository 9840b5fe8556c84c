"""Removes what dead workers left behind.

Everything of a pod carries its owner and the end of its lease as labels.
"""

from collections.abc import Callable, Iterable

from sandbox.engine import Engine
from sandbox.hardening import EXPIRES_LABEL, OWNER_LABEL, RUN_LABEL
from sandbox.pod import remove_run

LIVING_SECONDS = 86_400.0


def reap(
    engine: Engine, now: float, *, lives: Callable[[str], bool] = lambda _owner: False
) -> tuple[str, ...]:
    """Remove every run whose lease ended before `now` (seconds since 1970); return their ids.

    An owner that `lives` removes its own, and when a lease of it seems to be over, a clock may have been set:
    it has LIVING_SECONDS more. A label that is no number counts as expired: no worker of ours wrote it.
    """
    runs = set()
    for run, labels in _labelled(engine, RUN_LABEL):
        patience = LIVING_SECONDS if lives(labels.get(OWNER_LABEL, "")) else 0.0
        if _expires(labels) + patience < now:
            runs.add(run)
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
