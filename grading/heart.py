"""The claims that this process holds, kept alive together by one thread's heartbeat."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from grading import queue
from grading.queue import Claim


class Held:
    """Thread-safe. A claim is in here from the moment it is taken until it is answered for."""

    def __init__(self) -> None:
        self._claims: set[Claim] = set()
        self._lock = threading.Lock()

    @contextmanager
    def holding(self, claim: Claim) -> Iterator[None]:
        """Keeps the claim alive while the block runs, or until `done`."""
        with self._lock:
            self._claims.add(claim)
        try:
            yield
        finally:
            self.done(claim)

    def done(self, claim: Claim) -> None:
        with self._lock:
            self._claims.discard(claim)

    def renew(self, now: datetime) -> None:
        """One heartbeat. Claims that are no longer good learn it here (`claim.lost`)."""
        with self._lock:
            claims = list(self._claims)
        for claim in claims:
            queue.renew(claim, now=now)
