"""Where an installation keeps its rows, on a small disk of its own, and how that is taken away from it."""

import os
import sqlite3
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from tests.failures.patience import WAIT_SECONDS, until
from tests.servers import Server, postgres_server

DISK_MEGABYTES = 96
_NOBODY = 65534
_BUSY_SECONDS = 1
"""How long a transaction takes at the most on which somebody still works."""
_SLOT = "keeps_the_log"
"""A replication slot: as long as there is one, PostgreSQL removes nothing of its log."""

_KEEPER = 'mount -t tmpfs -o "$1" tmpfs "$0" && echo mounted && read _; umount --lazy "$0"; rmdir "$0"'


@contextmanager
def small_disk() -> Iterator[Path]:
    """A disk of its own, so that it can be full without anybody else's being.

    Not in pytest's folder, which pytest could not remove. A process of its own keeps it, and removes it when
    its input ends: that comes to pass also when the tests' process is killed.
    """
    disk = Path(tempfile.mkdtemp(prefix="disk-"))
    options = f"size={DISK_MEGABYTES}m,mode=0700,uid={_NOBODY},gid={_NOBODY}"
    with subprocess.Popen(
        ["sh", "-c", _KEEPER, str(disk), options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as keeper:
        assert keeper.stdout is not None
        if keeper.stdout.readline() != "mounted\n":
            raise RuntimeError("A small disk for the tests could not be mounted. Only root can do that.")
        yield disk
    if disk.exists():
        raise RuntimeError(f"{disk} could not be removed.")


@contextmanager
def postgres(disk: Path) -> Iterator["Postgres"]:
    """A PostgreSQL whose data lie on this disk."""
    folder = disk / "postgres"
    folder.mkdir(mode=0o700)
    os.chown(folder, _NOBODY, _NOBODY)
    with postgres_server(folder) as server:
        yield Postgres(disk, server)


class Storage(ABC):
    """A database and its disk."""

    def __init__(self, disk: Path) -> None:
        self.disk = disk

    @property
    @abstractmethod
    def url(self) -> str:
        """What DATABASE_URL must be."""

    @abstractmethod
    def is_free(self) -> bool:
        """Whether nobody is in the middle of a transaction that keeps others from writing gradings."""

    @abstractmethod
    def away(self) -> AbstractContextManager[None]:
        """While it lasts nobody can store anything; afterwards all is there that was stored before."""

    @abstractmethod
    def full(self) -> AbstractContextManager[None]:
        """While it lasts not one transaction more can be stored."""

    @contextmanager
    def _ballast(self) -> Iterator[None]:
        """Not a byte is left on the disk."""
        ballast = self.disk / "ballast"
        try:
            with ballast.open("wb", buffering=0) as file:
                for size in (1024 * 1024, 4096):
                    with suppress(OSError):
                        while True:
                            file.write(b"\1" * size)
            yield
        finally:
            ballast.unlink()


class SqliteFile(Storage):
    """SQLite, which has no server."""

    def __init__(self, disk: Path) -> None:
        super().__init__(disk)
        self._path = disk / "touchstone.sqlite3"

    @property
    def url(self) -> str:
        return f"sqlite:///{self._path}"

    def is_free(self) -> bool:
        with suppress(sqlite3.OperationalError), self._locked(_BUSY_SECONDS):
            return True
        return False

    def away(self) -> AbstractContextManager[None]:
        """Locked by us: whoever wants to write waits for as long as the product lets it, and then fails."""
        return self._locked()

    @contextmanager
    def full(self) -> Iterator[None]:
        """Its log starts at nothing, so every page that is written needs disk. Our connection stays open:
        with the last one the log would be removed, and there would be room again.
        """
        with self._connected() as connection:
            truncate = "PRAGMA wal_checkpoint(TRUNCATE)"
            until(lambda: connection.execute(truncate).fetchone()[0] == 0, "SQLite's log is empty")
            with self._ballast():
                yield

    @contextmanager
    def _locked(self, seconds: float = WAIT_SECONDS) -> Iterator[None]:
        """Nobody else may write. Raises sqlite3.OperationalError if somebody else does for so long."""
        with self._connected(seconds) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.rollback()

    def _connected(self, seconds: float = WAIT_SECONDS) -> "closing[sqlite3.Connection]":
        return closing(sqlite3.connect(self._path, timeout=seconds))


class Postgres(Storage):
    """PostgreSQL, which may be killed and started again as well."""

    def __init__(self, disk: Path, server: Server) -> None:
        super().__init__(disk)
        self._server = server

    @property
    def url(self) -> str:
        return self._server.url

    def is_free(self) -> bool:
        with suppress(psycopg.errors.LockNotAvailable), self._connected() as connection:
            connection.execute(f"SET lock_timeout = '{_BUSY_SECONDS}s'")
            with connection.transaction():
                connection.execute("LOCK TABLE grading_grading IN EXCLUSIVE MODE")
            return True
        return False

    @contextmanager
    def away(self) -> Iterator[None]:
        self._server.kill()
        try:
            yield
        finally:
            self._server.start()

    @contextmanager
    def full(self) -> Iterator[None]:
        """Tables that cannot grow are not enough: a row may fit into a page that is there. So the log is used
        up as well, which PostgreSQL does not survive. A slot keeps it from writing over what it has written.
        """
        with self._connected() as connection:
            connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", [_SLOT])
        try:
            with self._ballast():
                until(self._has_given_up, "PostgreSQL has no room for its log")
                yield
        finally:
            self._server.start()
            with self._connected() as connection:
                connection.execute("SELECT pg_drop_replication_slot(%s)", [_SLOT])

    def _has_given_up(self) -> bool:
        """Has it write until its log needs more disk."""
        with suppress(psycopg.Error), self._connected() as connection:
            while True:
                connection.execute("SELECT pg_logical_emit_message(true, '', '')")
                connection.execute("SELECT pg_switch_wal()")
        return not self._server.is_running

    def _connected(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self.url, autocommit=True)
