"""What a worker process holds: one engine, its pods and its images, made when the worker starts.

What dead workers left on this engine is removed at the start and every minute, and a worker's own pods at its
end. A worker whose engine does not answer takes no work. The web process never gets here: it has no engine.
"""

import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from celery.signals import worker_init, worker_shutdown
from django.utils import timezone

from grading import queue
from grading.models import Grading
from sandbox import reaper, selfcheck
from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.images import Images
from sandbox.pod import Pods, default_owner

log = logging.getLogger(__name__)

REAP_SECONDS = 60.0

_stopping = threading.Event()


@dataclass(frozen=True)
class Workshop:
    """What it takes to grade."""

    engine: Engine
    pods: Pods
    images: Images


@cache
def workshop() -> Workshop:
    """Made once per process. Raises EngineUnavailableError; the next call tries again."""
    engine = Engine()
    return Workshop(engine=engine, pods=Pods(engine), images=Images(engine))


def name() -> str:
    """'<host>:<process id>', as in the labels of containers."""
    return default_owner()


def dead_workers(known: Iterable[str]) -> Iterator[str]:
    """Those of the known workers that ran on this host and are no more.

    Called while this process holds no work, so its own name stands for a predecessor with the same process
    id, as in a container that was restarted.
    """
    host, _, own = name().rpartition(":")
    for worker in known:
        other_host, _, pid = worker.rpartition(":")
        if other_host == host and pid.isdecimal() and (pid == own or not _is_alive(int(pid))):
            yield worker


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def require_fit_engine() -> None:
    """Raises SystemExit, with what is missing: an engine without limits would guard nobody."""
    try:
        faults = selfcheck.check(workshop().engine)
    except SandboxError as error:
        faults = [str(error)]
    if faults:
        raise SystemExit("\n".join(["This worker takes no work:", *faults]))


@worker_init.connect
def start(**_: Any) -> None:
    """Before any work is taken: frees what dead workers of this host held; then cleans, every minute."""
    require_fit_engine()
    now = timezone.now()
    holders = Grading.objects.running().values_list("worker", flat=True).distinct()
    queue.expire_leases(workers=list(dead_workers(holders)), now=now)
    queue.requeue_stale(now)
    _reap(own=True)
    _stopping.clear()
    threading.Thread(target=_keep_clean, name="reaper", daemon=True).start()


@worker_shutdown.connect
def stop(**_: Any) -> None:
    _stopping.set()
    _reap(own=True)


def _keep_clean() -> None:
    _reap()
    while not _stopping.wait(REAP_SECONDS):
        _reap()


def _reap(*, own: bool = False) -> None:
    try:
        engine = workshop().engine
        removed = reaper.remove_owned(engine, name()) if own else reaper.reap(engine, time.time())
    except SandboxError:
        log.exception("leftovers of dead workers could not be removed")
    else:
        if removed:
            log.warning("removed the leftovers of %d pods", len(removed))
