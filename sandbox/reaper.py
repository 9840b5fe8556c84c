"""Removes what workers left behind when they died: by the lease in the labels, never by guessing who is
alive.

A pod says in its labels who owns it and until when it may live. Whoever shares the engine may remove what is
overdue; an owner may remove its own at any time that it holds no pod.
"""

import time
from collections.abc import Callable, Mapping

from sandbox.engine import Engine
from sandbox.hardening import EXPIRES_LABEL, OWNER_LABEL, RUN_LABEL
from sandbox.pod import remove_run

Labels = Mapping[str, str]


def reap(engine: Engine, *, now: float | None = None) -> int:
    """Remove the pods whose lease is over. `now`: seconds since the epoch. Return how many; raises
    SandboxError kinds.
    """
    limit = time.time() if now is None else now
    return _remove(engine, lambda labels: _expires(labels) < limit)


def reap_own(engine: Engine, *, owner: str) -> int:
    """Remove every pod of this owner. Return how many."""
    return _remove(engine, lambda labels: labels.get(OWNER_LABEL) == owner)


def reap_all(engine: Engine) -> int:
    """Remove every pod on the engine, whoever uses it. Return how many."""
    return _remove(engine, lambda _: True)


def _remove(engine: Engine, is_meant: Callable[[Labels], bool]) -> int:
    runs = {labels[RUN_LABEL] for labels in _labels(engine) if is_meant(labels)}
    for run in sorted(runs):
        remove_run(engine, run)
    return len(runs)


def _labels(engine: Engine) -> list[Labels]:
    """The labels of each container and volume that belongs to a pod."""
    found = [*engine.containers(RUN_LABEL), *engine.volumes(RUN_LABEL)]
    return [item["Labels"] for item in found]


def _expires(labels: Labels) -> float:
    """A pod without a readable lease is overdue: nobody can say how long it may stay."""
    try:
        return float(labels.get(EXPIRES_LABEL, ""))
    except ValueError:
        return 0.0
