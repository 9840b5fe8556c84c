"""The one queue of a pod: lines and endings of all its members, in the order in which they came."""

import threading
import time
from collections import deque
from collections.abc import Hashable

from sandbox.errors import SandboxError
from sandbox.spec import Event, Line

MAX_LINES_WAITING = 256
"""A member that writes faster than the worker reads is held up at its own pipe."""


class EventQueue:
    """Thread-safe. Lines wait for room.

    Endings and failures never do, so that a full queue cannot hide them.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Hashable, Event | SandboxError]] = deque()
        self._dropped: set[Hashable] = set()
        self._lines = 0
        self._closed = False

    def put(self, source: Hashable, event: Event | SandboxError) -> None:
        """Append an event of the container `source`; lost if that was dropped or the queue is closed."""
        with self._changed:
            if isinstance(event, Line):
                self._changed.wait_for(lambda: self._lines < MAX_LINES_WAITING or self._closed)
                self._lines += 1
            if not self._closed and source not in self._dropped:
                self._waiting.append((source, event))
            self._changed.notify_all()

    def get(self, timeout_seconds: float) -> Event | None:
        """Return the next event, None if none comes in time. Raises the SandboxError that a reader met."""
        deadline = time.monotonic() + timeout_seconds
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting, max(0.0, deadline - time.monotonic())):
                return None
            _, event = self._waiting.popleft()
            if isinstance(event, Line):
                self._lines -= 1
                self._changed.notify_all()
        if isinstance(event, SandboxError):
            raise event
        return event

    def drop(self, source: Hashable) -> None:
        """Forget what the container `source` has reported and will report."""
        with self._changed:
            self._dropped.add(source)
            kept = [(origin, event) for origin, event in self._waiting if origin != source]
            self._waiting = deque(kept)
            self._lines = sum(isinstance(event, Line) for _, event in kept)
            self._changed.notify_all()

    def close(self) -> None:
        """Let every waiting writer go; nothing is kept from now on."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
