"""Sessions that are ready before anybody needs them.

Up to the judge's `ready` nothing in a pod depends on the submission. So one can be brought there ahead: its
suite collected, its services loaded and authenticated, and its candidate's container waiting for the files.
A grading that takes it has its files running in milliseconds. Each is used once; one that is made when it is
taken, because nothing was ready, is the same in everything but the time it took.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Protocol, Self

from grading import spares
from grading.candidate import build_allowance
from grading.challenge import ChallengePack, Suite
from grading.images import ImageFinder, pod_images
from grading.services import pod_spec
from grading.session import READY_SECONDS, Session
from sandbox.contract import PodSource
from sandbox.pool import Maker, Pool
from sandbox.spec import MIB

OVERHEAD_SECONDS = 120.0
"""Added to a pod's lease for the first build, restarts and removal."""
MAX_AGE_SECONDS = 1800.0
"""How long a session may wait to be taken. Its pod's lease covers that too, so no other worker's reaper
touches it; what a dead worker left is reaped when it is over."""

JUDGE_BYTES = 64 * MIB
CANDIDATE_BYTES = 48 * MIB
SERVICE_BYTES = {"redis": 16 * MIB, "rabbitmq": 128 * MIB}
"""Measured while nothing happens, with 10 MiB for the engine's own process beside each container. PostgreSQL
has its data in a tmpfs, which counts as its memory and may be as large as its limit."""


class Sessions(Protocol):
    """Where a grading gets its session from."""

    def take(self, pack: ChallengePack, language: str, suite: Suite) -> AbstractContextManager[Session]: ...


@dataclass(frozen=True)
class ColdSessions:
    """Makes each session when it is taken."""

    pods: PodSource
    images: ImageFinder

    @contextmanager
    def take(
        self, pack: ChallengePack, language: str, suite: Suite, *, wait_seconds: float = 0.0
    ) -> Iterator[Session]:
        """A ready session in a pod of its own, removed on the way out.

        `wait_seconds`: how much longer than a grading its pod may live. Raises PlatformError, SandboxError.
        """
        found = pod_images(pack, language, self.images)
        seconds = READY_SECONDS + pack.service.start_seconds + pack.limits.run_seconds + OVERHEAD_SECONDS
        builds = any(offered.build for offered in pack.languages.values())
        seconds += build_allowance(pack.limits, builds=builds)
        with self.pods.take(pod_spec(pack, language, found, seconds=seconds + wait_seconds)) as pod:
            session = Session(pod, pack, suite, images=found)
            session.prepare()
            yield session


@dataclass(frozen=True)
class Wanted:
    """What tells one session from another. `pack` goes along, to make it from."""

    digest: str
    language: str
    suite: Suite
    pack: ChallengePack = field(compare=False, repr=False)

    @classmethod
    def of(cls, pack: ChallengePack, language: str, suite: Suite) -> Self:
        return cls(pack.digest, language, suite, pack)


@dataclass(frozen=True)
class _Waiting:
    session: Session
    pod: ExitStack
    """Closing it removes the pod."""


class WarmSessions:
    """Keeps sessions ready for what is expected and what was taken lately. Thread-safe; one per process."""

    def __init__(
        self,
        pods: PodSource,
        images: ImageFinder,
        *,
        memory_bytes: int,
        max_age_seconds: float = MAX_AGE_SECONDS,
        start: bool = True,
    ) -> None:
        """`memory_bytes` bounds what all that waits takes, by `waiting_bytes`.

        Without `start` nothing is made but by `tend`.
        """
        self._cold, self._max_age_seconds = ColdSessions(pods, images), max_age_seconds
        maker = Maker[Wanted, _Waiting](
            make=self._make,
            discard=lambda waiting: waiting.pod.close(),
            is_fit=lambda waiting: waiting.session.is_fit(),
            memory_bytes=lambda wanted: waiting_bytes(wanted.pack, wanted.suite),
        )
        self._pool = Pool(maker, memory_bytes=memory_bytes, max_age_seconds=max_age_seconds)
        if start:
            self._pool.start()

    @contextmanager
    def take(self, pack: ChallengePack, language: str, suite: Suite) -> Iterator[Session]:
        """A ready session: at once if one waits, else made now. Its pod is removed on the way out."""
        with self._pool.using():
            found = self._pool.take(Wanted.of(pack, language, suite))
            if found is None:
                with self._cold.take(pack, language, suite) as session:
                    yield session
            else:
                with found.pod:
                    yield found.session

    def expect(self, wanted: Iterable[tuple[ChallengePack, str, Suite]]) -> None:
        """What is likely to be taken soon, in place of what was expected before."""
        self._pool.expect([Wanted.of(*item) for item in wanted])

    def waiting(self) -> dict[Wanted, int]:
        """How many sessions of each are ready."""
        return self._pool.waiting()

    def tend(self) -> float:
        """See `Pool.tend`: makes or removes now what the pool's own thread would."""
        return self._pool.tend()

    def close(self) -> None:
        """Removes all that waits. Raises SandboxError if something stays."""
        self._pool.close()

    def _make(self, wanted: Wanted) -> _Waiting:
        with ExitStack() as pod:
            session = pod.enter_context(
                self._cold.take(
                    wanted.pack, wanted.language, wanted.suite, wait_seconds=self._max_age_seconds
                )
            )
            session.wait_for_submission()
            return _Waiting(session, pod.pop_all())


def waiting_bytes(pack: ChallengePack, suite: Suite) -> int:
    """What a pod of this pack takes while it waits; a service's limit where that is not known.

    Not the sum of the limits: what waits is our own code, which stands still. The limits, several times as
    much, hold from the moment it is taken, and are bounded by how many gradings run at once.
    """
    services = [SERVICE_BYTES.get(use.name, use.memory_mb * MIB) for use in pack.services.values()]
    return JUDGE_BYTES + sum(services) + CANDIDATE_BYTES * spares.at_first(pack, suite)
