"""A time limit for each test that interrupts it wherever it waits, by the interval timer's signal.

The time that the worker needs to make a container is not the candidate's: `paused` stops the clock.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .memory import Memory

SHORTEST_SECONDS = 0.001
REPEAT_SECONDS = 0.5
"""A test that swallows the interruption, or waits for threads on its way out, is interrupted again."""


class TestTimeoutError(BaseException):
    """The test's time is up. Not an Exception, so that a test's own `except Exception` does not eat it."""

    __test__ = False


class Timer:
    """At most one test at a time, and only while its own code runs."""

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory or Memory()
        self._lock = threading.Lock()
        self._pauses = 0
        self._left = 0.0
        self._limits = 0
        """How often one has begun or ended: who has paused one does not resume the next."""
        self._deferring = self._is_due = False
        self.left = 0.0
        """Seconds that the last `limit` had left."""
        signal.signal(signal.SIGALRM, self._interrupt)

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Raises TestTimeoutError inside after so many seconds, again and again. Only in the main thread.

        Whoever uses it must catch that around the whole of it: the last interruption may come on the way out.
        """
        with self._lock:
            self._begin_anew()
            self._is_due = False
            signal.setitimer(signal.ITIMER_REAL, max(seconds, SHORTEST_SECONDS), REPEAT_SECONDS)
        try:
            yield
        finally:
            left, _ = signal.setitimer(signal.ITIMER_REAL, 0)  # Before anything else can be interrupted.
            with self._lock:
                signal.setitimer(signal.ITIMER_REAL, 0)  # A thread may have set it meanwhile.
                self.left = self._left if self._pauses else left
                self._begin_anew()

    @contextmanager
    def deferred(self) -> Iterator[float]:
        """Inside nothing is interrupted, nor wants for memory; what was due is raised at the end. Gives the
        seconds that are left, 0 without a limit. For an exchange that must not be cut in two, and keeps to
        those seconds itself.
        """
        self._deferring = threading.current_thread() is threading.main_thread()
        try:
            with self._memory.reserve():
                yield signal.getitimer(signal.ITIMER_REAL)[0]
        finally:
            self._deferring, is_due, self._is_due = False, self._is_due, False
            if is_due:
                raise TestTimeoutError

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Time spent inside costs nothing. May be nested and used by several threads at once."""
        with self._lock:
            limit = self._limits
            self._pauses += 1
            if self._pauses == 1:
                self._left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            yield
        finally:
            self._resume(limit)

    def spend(self, seconds: float) -> None:
        """Charges time that was measured elsewhere, such as what the candidate's program ran for."""
        with self._lock:
            left, _ = signal.getitimer(signal.ITIMER_REAL)
            if self._pauses:
                self._left = max(self._left - seconds, SHORTEST_SECONDS)
            elif left:
                signal.setitimer(signal.ITIMER_REAL, max(left - seconds, SHORTEST_SECONDS), REPEAT_SECONDS)

    def _begin_anew(self) -> None:
        self._limits += 1
        self._pauses, self._left = 0, 0.0

    def _resume(self, limit: int) -> None:
        """A thread may come to this when the test that it belongs to has ended."""
        with self._lock:
            if limit != self._limits:
                return
            self._pauses -= 1
            if self._pauses == 0 and self._left:
                signal.setitimer(signal.ITIMER_REAL, self._left, REPEAT_SECONDS)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if not self._deferring:
            raise TestTimeoutError
        self._is_due = True
