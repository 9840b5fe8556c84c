"""What a worker process holds: one engine, its pods and its images, its slots and what it has claimed.

Beside the threads that grade, one gives signs of life (the heartbeat), one stores results while others are
awaited, one looks for work that no message told of, takes over from dead workers and tests this one, and one
removes what dead workers left on this engine. A worker whose engine does not answer takes no work. The web
process never gets here: it has no engine.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from celery import current_app
from celery.signals import worker_init, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.utils import timezone

from grading import expectations, fleet, queue, turns
from grading.canary import Fitness
from grading.challenge import ChallengePack, Suite
from grading.errors import GradingError
from grading.expectations import Expected
from grading.heart import Held
from grading.leases import HEARTBEAT_SECONDS
from grading.models import Grading, Worker
from grading.slots import Slots
from grading.snapshots import Sweep
from grading.warm import WarmSessions
from sandbox import reaper, selfcheck
from sandbox.engine import Engine
from sandbox.errors import EngineUnavailableError, SandboxError
from sandbox.images import Images
from sandbox.pod import Pods, default_owner
from sandbox.spec import MIB

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often a worker with a free slot looks for work that no message told it of."""
STALE_SECONDS = 10.0
SWEEP_SECONDS = 60.0
"""How often some of the stored files are looked at whether anything refers to them."""
EXPECT_SECONDS = 5.0
PUBLISH_SECONDS = 0.25
"""How long the result of a test may wait to be stored while others run."""
REAP_SECONDS = 60.0
AWAY_SECONDS = 5.0
"""How long a database is left alone that did not answer."""
LAST_GRADING_SECONDS = 600.0
"""How long a worker that stops waits for what it is grading."""

slots = Slots(settings.WORKER_CONCURRENCY)
held = Held()
fitness = Fitness()

_stopping = threading.Event()


@dataclass
class Workshop:
    """What it takes to grade."""

    engine: Engine
    pods: Pods
    images: Images
    warm: WarmSessions | None = None
    """Sessions that wait ready; made when a worker starts, so that commands have none."""


@cache
def workshop() -> Workshop:
    """Made once per process. Raises EngineUnavailableError; the next call tries again."""
    engine = Engine(runtime=settings.RUNTIME)
    return Workshop(engine=engine, pods=Pods(engine), images=Images(engine))


def name() -> str:
    """'<host>:<process id>', as in the labels of containers."""
    return default_owner()


def may_work() -> bool:
    """Whether this worker is fit to take a grading at this moment."""
    if not fitness.may_work:
        return False
    try:
        workshop()
    except EngineUnavailableError:
        log.exception("the engine does not answer; what is queued stays in the queue")
        fitness.rest()
        return False
    return True


def has_engine() -> bool:
    """Whether the engine answers now."""
    try:
        workshop().engine.info()
    except EngineUnavailableError:
        return False
    return True


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


def _lives_here(owner: str) -> bool:
    """Whether it is this worker, or another one that runs on this host."""
    host, _, pid = owner.rpartition(":")
    return host == name().rpartition(":")[0] and pid.isdecimal() and _is_alive(int(pid))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def require_fit_engine() -> None:
    """Raises SystemExit, with what is missing: an engine without limits would guard nobody.

    Tries out a pod, which takes about a second.
    """
    try:
        faults = selfcheck.check(workshop().engine, workshop().images)
    except SandboxError as error:
        faults = [str(error)]
    if faults:
        raise SystemExit("\n".join(["This worker takes no work:", *faults]))


@worker_init.connect
def start(**_: Any) -> None:
    """Before any work is taken: frees what dead workers of this host held; then starts the other threads."""
    require_fit_engine()
    _clear_up()
    _stopping.clear()
    slots.open()
    made = workshop()
    if settings.WARM_MEMORY_MB:
        made.warm = WarmSessions(made.pods, made.images, memory_bytes=settings.WARM_MEMORY_MB * MIB)
    beat()
    for duty, seconds in (
        (beat, HEARTBEAT_SECONDS),
        (publish, PUBLISH_SECONDS),
        (Lookout().look, LOOK_SECONDS),
        (_reap, REAP_SECONDS),
    ):
        run = partial(repeat, duty, seconds, _stopping)
        threading.Thread(target=run, name=duty.__name__, daemon=True).start()


@worker_shutting_down.connect
def wind_down(**_: Any) -> None:
    """Asked to stop: what runs may end, nothing new is begun."""
    slots.close()


@worker_shutdown.connect
def stop(**_: Any) -> None:
    slots.close()
    slots.wait_until_free(LAST_GRADING_SECONDS)
    _stopping.set()
    _close_warm()
    _reap(name())
    try:
        fleet.leave(name(), now=timezone.now())
    except (DatabaseError, InterfaceError):
        log.exception("the database does not answer; this worker's row stays for a while")


def _clear_up() -> None:
    """After those of this host's workers that are no more."""
    now = timezone.now()
    known = {*Worker.objects.values_list("name", flat=True), name()}
    known.update(Grading.objects.running().order_by("worker").values_list("worker", flat=True).distinct())
    dead = list(dead_workers(known))
    queue.free(workers=dead, now=now)
    for worker in dead:
        _reap(worker)
        fleet.leave(worker, now=now)


def _close_warm() -> None:
    warm = workshop().warm
    if warm is None:
        return
    try:
        warm.close()
    except SandboxError:
        log.exception("sessions that waited could not all be removed")


def beat() -> None:
    """A sign of life, for this worker and for everything it holds."""
    now = timezone.now()
    held.renew(now)
    fleet.appear(name(), slots=slots.total, state=fitness.state, reason=fitness.reason, now=now)


def publish() -> None:
    """What tests came to, for those who watch."""
    held.publish(timezone.now())


class Lookout:
    """Does what no message tells of."""

    def __init__(self) -> None:
        self._stale_at = self._expect_at = 0.0
        self._sweep, self._sweep_at = Sweep(), time.monotonic() + SWEEP_SECONDS

    def look(self) -> None:
        now = timezone.now()
        if time.monotonic() >= self._stale_at:
            self._stale_at = time.monotonic() + STALE_SECONDS
            queue.requeue_stale(now)
            expectations.forget(now)
        if time.monotonic() >= self._expect_at:
            self._expect_at = time.monotonic() + EXPECT_SECONDS
            self._expect(now)
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + SWEEP_SECONDS
            self._sweep.next_round(now)
        held.look()
        if fitness.is_test_due:
            self._test()
        if slots.has_room and fitness.may_work and turns.has_work():
            threading.Thread(target=_work, name="grader", daemon=True).start()

    def _expect(self, now: datetime) -> None:
        """Tells what to keep warm; a worker that is out of service keeps nothing."""
        warm = workshop().warm
        if warm is not None:
            coming = queue.expected(now) if fitness.is_working else []
            warm.expect([one for one in map(_readable, coming) if one is not None])

    def _test(self) -> None:
        try:
            made = workshop()
        except SandboxError as error:
            log.warning("no self-test without an engine: %s", error)
            return
        fitness.test(partial(selfcheck.check, made.engine, made.images), made.pods, made.images)
        beat()


def _readable(one: Expected) -> tuple[ChallengePack, str, Suite] | None:
    """None for a pack that cannot be read, which must not keep the others cold."""
    try:
        return one.pack.challenge(), one.language, one.suite
    except GradingError:
        log.exception("pack %s cannot be read", one.pack.pk)
        return None


def _work() -> None:
    """What a message would have had done."""
    try:
        current_app.tasks["grading.tasks.work"]()
    finally:
        connection.close()


def repeat(duty: Callable[[], None], seconds: float, stopping: threading.Event) -> None:
    """Does its duty until it is stopped. A database that is away for a while ends no thread."""
    while not stopping.wait(seconds):
        close_old_connections()
        try:
            duty()
        except (DatabaseError, InterfaceError):
            log.exception("the database does not answer")
            connection.close()
            stopping.wait(AWAY_SECONDS)
    connection.close()


def _reap(owner: str = "") -> None:
    """Removes what is overdue or, for one owner, everything of it."""
    try:
        engine = workshop().engine
        removed = (
            reaper.remove_owned(engine, owner)
            if owner
            else reaper.reap(engine, time.time(), lives=_lives_here)
        )
    except SandboxError:
        log.exception("leftovers of dead workers could not be removed")
    else:
        if removed:
            log.warning("removed the leftovers of %d pods", len(removed))
