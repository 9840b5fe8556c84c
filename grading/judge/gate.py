"""Tables that are shut for a while: what cannot be read meanwhile was not read."""

import threading
from types import TracebackType
from typing import Any

import psycopg
from psycopg import sql

from .failing import fail

LOOK_SECONDS = 0.005
WAITING = """
    SELECT count(*) FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
    WHERE NOT l.granted AND l.locktype = 'relation' AND a.usename = %s AND l.relation = ANY (%s::oid[])
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
"""


class Gate:
    """Inside the block nobody gets anything out of these tables. Who tries is seen and let in: `reached`.

    The judge's own reading of them would wait as well, so there must be none in the block.
    """

    def __init__(
        self,
        holder: psycopg.Connection[Any],
        watcher: psycopg.Connection[Any],
        tables: tuple[str, ...],
        role: str,
    ) -> None:
        self._holder, self._watcher, self._tables, self._role = holder, watcher, tables, role
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._fault: psycopg.Error | None = None
        self.reached = False
        """The program wanted to read or write one of the tables meanwhile."""

    def __enter__(self) -> "Gate":
        names = sql.SQL(", ").join(sql.Identifier(*table.split(".")) for table in self._tables)
        query = "SELECT array_agg(name::regclass::oid) FROM unnest(%s::text[]) AS name"
        quoted = [sql.Identifier(*table.split(".")).as_string(self._holder) for table in self._tables]
        row = self._holder.execute(query, [quoted]).fetchone()
        assert row is not None
        self._relations = row[0]
        self._holder.execute("BEGIN")
        try:
            self._holder.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names))
        except psycopg.errors.LockNotAvailable:
            self._holder.close()
            self._watcher.close()
            told = "The program keeps a transaction open in which it has used"
            fail(f"{told} {', '.join(self._tables)}.")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._holder.close()
        self._watcher.close()
        if self._fault is not None:
            raise self._fault

    def _watch(self) -> None:
        """Opens the gate when somebody stands before it, or when the block ends."""
        try:
            while not (over := self._ended.wait(LOOK_SECONDS)) and not self._waiting():
                pass
            self.reached = not over or self._waiting()
            self._holder.execute("ROLLBACK")
        except psycopg.Error as error:
            self._fault = error

    def _waiting(self) -> bool:
        row = self._watcher.execute(WAITING, [self._role, self._relations]).fetchone()
        return row is not None and row[0] > 0
