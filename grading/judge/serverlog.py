"""What PostgreSQL's server wrote down while something ran, read beside its socket.

pgaudit writes a line as a statement begins, for each table that it touches, whatever text, view, function or
cursor it comes by and however it ends; auto_explain writes the plan of what the judge's own sessions ran. All
of it goes through one pipe in its order, so when a mark of the judge's has arrived, what was written before
has arrived too. Only a superuser could switch any of it off, and nobody here is one. Each record names the
function of the server that wrote it: a message that a program makes up is not taken for one.

The log is bounded. When more was written than is kept, nothing is guessed: the test fails.
"""

import csv
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from .failing import fail

SPAN_BYTES = 8 * 2**20
"""The most that may be written while something is counted. The server keeps a little more."""
FREE_BYTES = 2 * SPAN_BYTES
"""So much room must there be when a count begins: then nothing is lost that would not be seen as too much."""
MARK_SECONDS = 20.0
PAUSE_SECONDS = 0.002

_PART = re.compile(
    rb"(?P<session>[0-9a-f]+\.[0-9a-f]+) (?P<user>\S*) (?P<database>\S*) (?P<kind>[A-Z]+):  (?P<text>.*)"
)
_NAME = re.compile(r'"(?:[^"]|"")*"|[^."]+')
T = TypeVar("T")

_TOO_MUCH = "The program did more in PostgreSQL than can be counted: its work is not known."


@dataclass(frozen=True)
class Begun:
    """A line of pgaudit: a statement, or a step inside one, touches a table (or none, then `table` is '')."""

    session: str
    database: str
    statement: int
    """Counts the statements of a session."""
    step: int
    """Counts the statements inside a statement, itself the first."""
    command: str
    table: str


@dataclass(frozen=True)
class Planned:
    """A plan of auto_explain, written as its execution ended."""

    session: str
    text: str
    root: dict[str, Any] = field(repr=False)


Record = Begun | Planned


@dataclass(frozen=True)
class Place:
    """A position in the log."""

    name: str
    offset: int


class ServerLog:
    """`mark` has the server write a text of the judge's into its log."""

    def __init__(self, folder: Path, mark: Callable[[str], object]) -> None:
        self._folder, self._mark = folder, mark

    def here(self) -> Place:
        """Where the log ends now."""
        self._wait(self._has_room)
        return self._marked()

    def since(self, start: Place, *, user: str) -> list[Record]:
        """What sessions of this role have done since. Fails the test if that was more than the log holds."""
        return list(_records(self._between(start, self._marked()), user))

    def _between(self, start: Place, end: Place) -> bytes:
        parts, left = [], SPAN_BYTES
        for name in [name for name in self._names() if start.name <= name <= end.name]:
            with (self._folder / name).open("rb") as file:
                file.seek(start.offset if name == start.name else 0)
                to = end.offset if name == end.name else None
                parts.append(file.read(left + 1 if to is None else min(to - file.tell(), left + 1)))
            left -= len(parts[-1])
            if left < 0:
                break
        if left < 0 or not (self._folder / start.name).exists():
            fail(_TOO_MUCH)
        return b"".join(parts)

    def _marked(self) -> Place:
        token = f"touchstone {secrets.token_hex(16)}"
        self._mark(token)
        return self._wait(lambda: self._find(token.encode()))

    def _find(self, token: bytes) -> Place | None:
        """The end of the line that holds it; it is in one of the newest files."""
        for name in reversed(self._names()[-3:]):
            data = (self._folder / name).read_bytes()
            at = data.find(token)
            end = data.find(b"\n", at) if at >= 0 else -1
            if end >= 0:
                return Place(name, end + 1)
        return None

    def _names(self) -> list[str]:
        return sorted(path.name for path in self._folder.glob("*.log"))

    def _has_room(self) -> bool:
        there = os.statvfs(self._folder)
        return there.f_bavail * there.f_frsize >= FREE_BYTES

    def _wait(self, found: Callable[[], T | None]) -> T:
        deadline = time.monotonic() + MARK_SECONDS
        while not (value := found()):
            if time.monotonic() > deadline:
                fail(_TOO_MUCH)
            time.sleep(PAUSE_SECONDS)
        return value


def _records(data: bytes, user: str) -> Iterator[Record]:
    """A record has several parts, each with the line's prefix, the last of which is its LOCATION. A line
    break inside a part is followed by a tab.
    """
    first: re.Match[bytes] | None = None
    for part in data.replace(b"\n\t", b"\r\t").split(b"\n"):
        found = _PART.fullmatch(part)
        if found is None or found["user"] != user.encode():
            first = None
        elif found["kind"] == b"LOG":
            first = found
        elif found["kind"] == b"LOCATION" and first is not None and first["session"] == found["session"]:
            yield from _record(first, found["text"])
            first = None


def _record(first: re.Match[bytes], location: bytes) -> Iterator[Record]:
    session, database = first["session"].decode(), first["database"].decode()
    text = first["text"].removeprefix(b"00000: ").decode(errors="replace")
    if location.startswith(b"log_audit_event, pgaudit.c:"):
        _, number, step, _, command, kind, name, *_ = next(csv.reader([text.removeprefix("AUDIT: ")]))
        if kind != "FUNCTION":  # What it runs is told by itself.
            yield Begun(session, database, int(number), int(step), command, _plain(name))
    elif location.startswith(b"explain_ExecutorEnd, auto_explain.c:"):
        told = json.loads(text[text.index("{") :])
        yield Planned(session, told.get("Query Text", ""), told["Plan"])


def _plain(name: str) -> str:
    """'schema.table' as they are called, without quotes."""
    parts = (part[1:-1].replace('""', '"') if part[0] == '"' else part for part in _NAME.findall(name))
    return ".".join(parts)


def process_of(session: str) -> int:
    """The process that serves a session, as `pg_backend_pid()` gives it."""
    return int(session.partition(".")[2], 16)
