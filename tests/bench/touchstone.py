"""Touchstone's way, as a worker goes it: from the claim of a queued row to its results in the database."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import timezone

from grading import grader, queue, worker
from grading.challenge import ChallengePack, Suite
from grading.models import Grading, Pack, Snapshot
from grading.signals import grading_finished
from grading.warm import WarmSessions
from grading.worker import Workshop
from sandbox.engine import Engine
from sandbox.images import Images
from sandbox.pod import Pods
from sandbox.spec import MIB

POOL_BYTES = 1024 * MIB
_ATTEMPTS = 10


class Touchstone:
    """Grades one pack's starter. Warm if the workshop has a pool. Used by one thread at a time."""

    def __init__(self, pack: ChallengePack, workshop: Workshop) -> None:
        self._workshop = workshop
        self._challenge, self._pack = pack, Pack.store(pack)
        self._language = next(iter(pack.languages))
        self._snapshot = Snapshot.store(pack.starter(self._language))
        self._stored: dict[Any, float] = {}
        grading_finished.connect(self._note)

    def settle(self) -> None:
        """Have a session ready, if there is a pool: what the pool's own thread would do in the background."""
        warm = self._workshop.warm
        if warm is None:
            return
        warm.expect([(self._challenge, self._language, Suite.HIDDEN)])
        for _ in range(_ATTEMPTS):
            if warm.waiting():
                return
            time.sleep(warm.tend())
        raise RuntimeError("No session could be made ahead.")

    def __call__(self) -> float:
        """Grade once. Seconds from the claim until the results are stored; the pod is removed after that."""
        row = queue.request(
            pack=self._pack,
            snapshot=self._snapshot,
            language=self._language,
            suite=Suite.HIDDEN,
            lane=Grading.Lane.SUBMIT,
        )
        began = time.perf_counter()
        claim = queue.claim(row.pk, worker="bench", now=timezone.now())
        if claim is None:
            raise RuntimeError("Somebody else grades the benchmark's rows.")
        grader.grade_claim(claim, self._workshop)
        row.refresh_from_db()
        if row.score != row.max_score or row.verdict != "graded":
            raise RuntimeError(
                f"The benchmark's own submission failed: {row.message}\n{row.log}{row.judge_log}"
            )
        return self._stored.pop(row.pk) - began

    def _note(self, *, grading: Grading, **_: Any) -> None:
        self._stored[grading.pk] = time.perf_counter()


@contextmanager
def publishing() -> Iterator[None]:
    """The thread of a worker that stores results while others are awaited."""
    stopping = threading.Event()
    duty = worker.publish, worker.PUBLISH_SECONDS, stopping
    thread = threading.Thread(target=worker.repeat, args=duty)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


@contextmanager
def workshop(*, warm: bool, in_background: bool = False) -> Iterator[Workshop]:
    """What a worker works with; its pods are gone afterwards.

    `in_background`: the pool has a thread of its own, as in a worker; else it is tended by `settle` alone.
    """
    with Engine() as engine:
        pods, images = Pods(engine), Images(engine)
        sessions = WarmSessions(pods, images, memory_bytes=POOL_BYTES, start=in_background) if warm else None
        try:
            yield Workshop(engine=engine, pods=pods, images=images, warm=sessions)
        finally:
            if sessions is not None:
                sessions.close()


def seconds_until_ready(pack: ChallengePack, made: Workshop) -> float:
    """How long it takes to have a session in hand, services up and loaded; cold if nothing waits."""
    sessions = made.warm
    if sessions is None:
        raise ValueError("a workshop with a pool is needed")
    began = time.perf_counter()
    with sessions.take(pack, next(iter(pack.languages)), Suite.HIDDEN):
        return time.perf_counter() - began
