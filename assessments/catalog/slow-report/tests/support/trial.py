"""Runs a submission: its indexes are made once in each database, its report is run read-only, as `candidate`.

The rows of a report and its work are those of one execution, `postgres.run`: there is none that only counts. What
counts as one statement, and as CREATE INDEX, is decided by PostgreSQL's own grammar.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

import pytest
from compare import difference
from expected import COLUMNS, Row, expected_rows
from psycopg.errors import DatabaseError, QueryCanceled

REPORT_SECONDS = 10
"""A run of the report is ended after this time: no score, only an end."""
INDEX_SECONDS = 50
MAX_ROWS = 2000

SETTINGS = """
    SET statement_timeout = '{seconds}s';
    SET default_transaction_read_only = on;
    SET plan_cache_mode = force_custom_plan;
    SET TimeZone = '{time_zone}';
    SET search_path = public
"""
INDEXES = """
    SELECT c.relname, pg_relation_size(c.oid), i.indexprs IS NOT NULL
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = 'public'::regnamespace
"""
PROBES = {
    "sample": (date(2025, 4, 2), "BER"),
    "small": (date(2025, 7, 2), "BER"),
    "large": (date(2025, 2, 11), "BER"),
}
"""Where the work is counted: the day and region of the report, by database."""


@dataclass(frozen=True)
class Work:
    """What one run of the report took, from its plan."""

    blocks: int
    rows: int
    indexes: frozenset[str]


@dataclass
class Memory:
    """What is done once for all tests of a run. A failure is kept as its message."""

    indexes: dict[str, dict[str, int] | str] = field(default_factory=dict)
    work: dict[str, Work | str] = field(default_factory=dict)


class Trial:
    """One submission, seen by one test."""

    def __init__(self, postgres: Any, statements: Callable[[str], list[str]], memory: Memory) -> None:
        self._postgres, self._statements, self._memory = postgres, statements, memory

    def query(self) -> str:
        """The report's one statement; fails the test if query.sql holds anything else."""
        found = self._statements("query.sql")
        assert found, "query.sql holds no statement."
        assert len(found) == 1, f"query.sql must hold exactly one statement; it holds {len(found)}."
        assert re.match(r"(select|with)\b", found[0], re.I), (
            f"query.sql must hold one SELECT (or WITH ... SELECT); it begins with: {found[0][:60]}"
        )
        return found[0]

    def index_statements(self) -> list[str]:
        """indexes.sql, statement by statement; fails the test if one is anything but CREATE INDEX."""
        found = self._statements("indexes.sql")
        for statement in found:
            assert re.match(r"create\s+index\b", statement, re.I), (
                f"indexes.sql may hold only CREATE INDEX statements; one begins with: {statement[:60]}"
            )
        return found

    def indexes(self, database: str) -> dict[str, int]:
        """Bytes of the submission's indexes in a database, by name. They are made when first asked for."""
        return _kept(self._memory.indexes, database, partial(self._make_indexes, database))

    def report(self, database: str, day: date, region: str, *, time_zone: str = "UTC") -> Any:
        """One run of the report: its rows, the names of its columns, its work."""
        self.indexes(database)
        connection = self._postgres.connect(database, role="candidate")
        connection.execute(SETTINGS.format(seconds=REPORT_SECONDS, time_zone=time_zone))
        try:
            return self._postgres.run(
                self.query(), [day, region], connection=connection, max_rows=MAX_ROWS
            )
        except QueryCanceled:
            raise AssertionError(_took_too_long(database)) from None
        except DatabaseError as error:
            raise AssertionError(f"query.sql: {error.diag.message_primary or error}") from None
        finally:
            connection.close()

    def check(self, database: str, day: date, region: str, *, time_zone: str = "UTC") -> Any:
        """Fails the test unless the report is right; returns its run."""
        run = self.report(database, day, region, time_zone=time_zone)
        assert run.columns == tuple(COLUMNS), (
            f"The columns must be {', '.join(COLUMNS)}; they are {', '.join(run.columns)}."
        )
        wrong = difference(run.rows, expected_rows(self._postgres, database, day, region))
        assert wrong is None, f"The report of {day} for {region} is wrong: {wrong}."
        return run

    def check_all(self, scenarios: Iterable[tuple[str, date, str]], *, time_zone: str = "UTC") -> None:
        for scenario in scenarios:
            self.check(*scenario, time_zone=time_zone)

    def check_order(self, database: str, day: date, region: str) -> None:
        keys = [row[:2] for row in self.check(database, day, region).rows]
        assert keys == sorted(keys), f"The rows come in this order of (rank, customer_id): {keys[:12]}"

    def work(self, database: str) -> Work:
        """What the report takes in a database, if its answer there is right; otherwise the test fails."""
        return _kept(self._memory.work, database, partial(self._measure, database))

    def _measure(self, database: str) -> Work:
        run = self.check(database, *PROBES[database])
        return Work(run.shared_blocks, run.rows_read, run.indexes)

    def _make_indexes(self, database: str) -> dict[str, int]:
        self.query()
        statements = self.index_statements()
        fetch = partial(self._postgres.fetch, INDEXES, database=database)
        run = partial(self._postgres.execute, database=database, role="candidate")
        before = {row[0] for row in fetch()}
        run(f"SET statement_timeout = '{INDEX_SECONDS}s'")
        self._postgres.apply(statements, only=["CREATE INDEX"], database=database)
        made = [row for row in fetch() if row[0] not in before]
        if any(has_expression for _, _, has_expression in made):
            run("ANALYZE parcels, scans, charges")
        return {name: size for name, size, _ in made}


def _kept(kept: dict[str, Any], key: str, make: Callable[[], Any]) -> Any:
    """Makes a value once; when that failed, fails every test that asks for it with the same words."""
    if key not in kept:
        try:
            kept[key] = make()
        except (AssertionError, pytest.fail.Exception) as error:
            kept[key] = str(error).partition("\nassert ")[0]
    value = kept[key]
    if isinstance(value, str):
        pytest.fail(value, pytrace=False)
    return value


def _took_too_long(database: str) -> str:
    return f"The report took longer than {REPORT_SECONDS} s in the {database} database and was ended."


@pytest.fixture(scope="session")
def memory() -> Memory:
    return Memory()


@pytest.fixture
def trial(postgres: Any, statements: Callable[[str], list[str]], memory: Memory) -> Trial:
    return Trial(postgres, statements, memory)
