"""The database backend `config.postgresql`.

libpq waits for ever for a server that holds its connections and says nothing (a machine that is frozen, a
process that is stopped). Here a statement may fail after a while with an OperationalError, as after any other
loss of the connection, which is then given up.
"""

from types import ModuleType
from typing import Any, TypeVar

import psycopg
from django.db.backends.postgresql import base
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

Answer = TypeVar("Answer")


class BoundedConnection(psycopg.Connection[Any]):
    """Each wait for the server is bounded by `answer_seconds`, if that is set."""

    answer_seconds: float | None = None
    """Of every connection of this process. Web processes set it; workers and migrations may wait for long."""

    def wait(self, gen: PQGen[Answer], interval: float = 0.1, timeout: float | None = None) -> Answer:
        try:
            return super().wait(gen, interval=interval, timeout=timeout or self.answer_seconds)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                # The answer may still come, and would be taken for that to the next statement.
                self.pgconn.finish()
            raise


_psycopg = ModuleType("psycopg with bounded connections")
_psycopg.__dict__.update({**vars(psycopg), "connect": BoundedConnection.connect})


class DatabaseWrapper(base.DatabaseWrapper):
    Database = _psycopg
