"""What a role made PostgreSQL do while something ran: counted by the server as it began, never read from a
text.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType

from .serverlog import Begun, Place, ServerLog

HARMLESS = frozenset(
    (
        *("SELECT", "SHOW", "SET", "RESET", "PREPARE", "DEALLOCATE", "DEALLOCATE ALL"),
        *("BEGIN", "START TRANSACTION", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET CONSTRAINTS"),
        *("DISCARD ALL", "DISCARD PLANS", "DISCARD SEQUENCES", "DISCARD TEMP"),
        *("LISTEN", "UNLISTEN", "NOTIFY", "CLOSE CURSOR", "CLOSE CURSOR ALL"),
    )
)
"""The server's tags of statements that are nobody's work as long as they touch no table: `SELECT 1`, a lock.
"""
CATALOGUES = ("pg_catalog.", "information_schema.")


@dataclass(frozen=True)
class Call:
    """A statement that the server began, whether it ended well or not."""

    command: str
    """The server's tag: 'SELECT', 'UPDATE', 'FETCH' ..."""
    tables: frozenset[str]
    """What it touches outside the catalogue, views with what is behind them: 'products', 'other.products'."""
    inside: bool
    """It was run by a function or block of another one."""
    database: str


class Work:
    """Counts from when it is made; `with` ends the count at the end of the block."""

    def __init__(self, log: ServerLog, role: str) -> None:
        self._log, self._role = log, role
        self._start: Place = log.here()
        self._end: tuple[Call, ...] | None = None

    def __enter__(self) -> "Work":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._end = self._read()

    @property
    def calls(self) -> tuple[Call, ...]:
        """Everything but what is harmless, in order for each session."""
        return self._read() if self._end is None else self._end

    def count(self, *tables: str) -> int:
        """How many calls; those that touch one of these tables, if some are named."""
        return sum(1 for call in self.calls if not tables or call.tables.intersection(tables))

    @property
    def tables(self) -> Mapping[str, int]:
        """Table -> how many calls touched it."""
        found: dict[str, int] = defaultdict(int)
        for call in self.calls:
            for table in call.tables:
                found[table] += 1
        return found

    def _read(self) -> tuple[Call, ...]:
        begun = (
            record for record in self._log.since(self._start, user=self._role) if isinstance(record, Begun)
        )
        return tuple(calls(begun))


def calls(begun: Iterable[Begun]) -> Iterator[Call]:
    """The calls of these records, without what is harmless."""
    statements: dict[tuple[str, int], list[Begun]] = defaultdict(list)
    for record in begun:
        statements[record.session, record.statement].append(record)
    for records in statements.values():
        yield from _calls(records)


def _calls(records: list[Begun]) -> Iterator[Call]:
    """Of one statement: it has steps, one of which is the statement itself. What touches tables is a call
    each; where nothing does, the statement is one call, unless it is harmless.
    """
    steps: dict[int, list[Begun]] = defaultdict(list)
    for record in records:
        steps[record.step].append(record)
    found = [
        Call(step[0].command, frozenset(_tables(step)), number > 0, step[0].database)
        for number, step in enumerate(steps.values())
    ]
    working = [call for call in found if call.tables]
    yield from working or [call for call in found if call.command not in HARMLESS][:1]


def _tables(step: list[Begun]) -> Iterator[str]:
    for record in step:
        if record.table and not record.table.startswith(CATALOGUES):
            yield record.table.removeprefix("public.")
