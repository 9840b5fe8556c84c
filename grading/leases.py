"""Leases: how a running grading shows that its worker lives, and how one is known to be dead.

A worker renews what it holds every HEARTBEAT_SECONDS, also while no result comes: it writes a new
`lease_expires_at`. Whoever watches takes a grading away only when that value has not changed for LEASE,
measured by the watcher's own steady clock. So what the wall clocks say does not matter:

- A clock that jumps forwards (on the watcher's machine, the worker's or both) makes leases look expired; they
  still change at every heartbeat, and nothing is taken away.
- A clock that jumps backwards makes the lease of a dead worker look good for long; it no longer changes, and
  the grading is taken away after LEASE all the same.

A watcher that has just started, or could not look for a while itself (the database was away), waits for LEASE
before it takes anything. A worker that was cut off for longer than LEASE has lost its claim; the token sees
to it that it can no longer answer.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

LEASE = timedelta(seconds=60)
HEARTBEAT_SECONDS = 15.0

LONGEST_GAP_SECONDS = 30.0
"""A watcher that did not look for longer has seen nothing in between, so it starts anew."""

Sign = tuple[uuid.UUID | None, datetime | None]
"""Token and lease of a running grading: the same pair again is no sign of life."""


class Watch:
    """Which running gradings have shown no sign of life for a lease. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[uuid.UUID, tuple[Sign, float]] = {}
        self._looked_at = clock()
        self._lock = threading.Lock()

    def silent(self, running: Iterable[tuple[uuid.UUID, Sign]]) -> list[tuple[uuid.UUID, uuid.UUID | None]]:
        """Id and token of those that are to be taken away. `running` is everything that runs now."""
        now = self._clock()
        with self._lock:
            before, self._seen = self._seen, {}
            if now - self._looked_at > LONGEST_GAP_SECONDS:
                before = {}
            self._looked_at = now
            for pk, sign in running:
                known = before.get(pk)
                since = known[1] if known is not None and known[0] == sign else now
                self._seen[pk] = (sign, since)
            limit = now - LEASE.total_seconds()
            return [(pk, sign[0]) for pk, (sign, since) in self._seen.items() if since <= limit]
