"""Places in PostgreSQL where the judge can hold what the service does."""

from concurrent.futures import Future
from typing import Any

from patience import PATIENCE_SECONDS, wait

PRODUCT_READS, COMMIT = 730_511_001, 730_511_003
"""The locks of the doors; the one of the room behind a door is the next number."""

# Locks of one 64-bit number: the service may use pairs of numbers for purposes of its own.
WAITING = """
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND classid = 0 AND objid = %s AND objsubid = 1 AND NOT granted
"""


class Gate:
    """A place in PostgreSQL where the service's statements can be held. services/postgres/schema.sql tells how.

    `product_reads` holds a statement after it has taken its snapshot; `commit` holds a write that has done
    everything but commit.
    """

    def __init__(self, postgres: Any, door: int) -> None:
        self._postgres, self._door, self._room = postgres, door, door + 1
        self._holder = postgres.connect()

    def close(self) -> None:
        """Who comes now is held."""
        for lock in (self._room, self._door):
            self._holder.execute("SELECT pg_advisory_lock(%s)", [lock])

    def let_others_pass(self) -> None:
        """Who is held stays; who comes now walks past."""
        self._holder.execute("SELECT pg_advisory_unlock(%s)", [self._door])

    def open(self) -> None:
        self._holder.execute("SELECT pg_advisory_unlock_all()")

    def hold(self, answer: Future[Any], what: str) -> None:
        """Returns when something is held here, or the answer came without passing here."""
        wait(lambda: self.held() or answer.done(), PATIENCE_SECONDS)
        assert self.held() or answer.done(), f"{what} neither reached PostgreSQL nor was answered."

    def held(self) -> int:
        """How many statements wait here."""
        return self._postgres.fetch(WAITING, [self._room])[0][0]
