"""PostgreSQL's server, from its socket.

It stands behind a unix socket that only it and the judge can reach. Every connection insists on SCRAM, in
which both sides prove that they know the password, and on the peer being the user who owns the socket's
folder (libpq's `requirepeer` wants a user's name, and here there are only numbers).
"""

import os
import socket
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import psycopg
from psycopg import sql

from .serverlog import ServerLog

RETRY_SECONDS = 0.02
CONNECT_SECONDS = 5
CANDIDATE = "candidate"

Query = str | sql.Composable

WATCHER_PATH = "pg_catalog"
EXPLAINED = "-c local_preload_libraries=auto_explain"
"""Of every session in which the judge runs the candidate's SQL: the server writes its plans into the log."""

_MARK = "DO $$ BEGIN RAISE LOG '{}'; END $$"


class ImpostorError(Exception):
    """Something else than the pack's server answers at its socket."""


@dataclass
class Server:
    """One per run: where the server is, and an owner's connection made before any candidate ran."""

    socket_dir: str
    passwords: dict[str, str]
    databases: tuple[str, ...]
    watcher: psycopg.Connection[Any] = field(init=False)
    log: ServerLog = field(init=False)

    def __post_init__(self) -> None:
        self.log = ServerLog(Path(self.socket_dir) / "log", self._mark)

    def _mark(self, text: str) -> None:
        self.watcher.execute(untyped(_MARK.format(text)))

    def connect(
        self, database: str, role: str, *, seconds: float = 0, path: str = "", explained: bool = False
    ) -> psycopg.Connection[Any]:
        """Over the unix socket, autocommit. `seconds` limits each statement and its wait for locks; 0 does
        not. `path` is the session's search_path; '' leaves it.
        """
        milliseconds = round(seconds * 1000)
        options = f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}"
        if explained:
            options = f"{options} {EXPLAINED}"
        connection = psycopg.connect(
            host=self.socket_dir,
            dbname=database,
            user=role,
            password=self.passwords[role],
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            require_auth="scram-sha-256",
            options=f"{options} -c search_path={path}" if path else options,
            prepare_threshold=None,
        )
        self._check_peer(connection)
        return connection

    def _check_peer(self, connection: psycopg.Connection[Any]) -> None:
        owner = Path(self.socket_dir).stat().st_uid
        with socket.socket(fileno=os.dup(connection.fileno())) as end:
            _, uid, _ = struct.unpack("3i", end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        if uid != owner:
            connection.close()
            raise ImpostorError(f"PostgreSQL's socket is served by user {uid}, not {owner}.")


def connect(settings: dict[str, Any], *, deadline: float) -> Server:
    """Connects as the owner, retrying until `deadline` (monotonic seconds)."""
    passwords = {"owner": settings["owner_password"], CANDIDATE: settings["candidate_password"]}
    server = Server(settings["socket_dir"], passwords, tuple(settings["databases"]))
    while True:
        try:
            server.watcher = server.connect(server.databases[0], "owner", path=WATCHER_PATH)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return server


def untyped(query: Query) -> Any:
    """psycopg wants literal strings; packs build theirs, and the submission's text is no literal either."""
    return cast("Any", query)
