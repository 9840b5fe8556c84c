"""What a block of code asks of the table of gradings: each statement with its plan and the work it made.

SQLite counts the steps of its virtual machine, PostgreSQL the rows that each node of the plan looked at: both
say how the cost grows, and neither depends on how busy the machine is.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

TABLE = "grading_grading"
STEPS_PER_ROW = 25
"""Of SQLite's virtual machine, for a row that is looked at; generous."""
SMALL = (
    "grading_queued",
    "grading_group",
    "grading_own",
    "grading_owner",
    "grading_oldest",
    "grading_announced",
    "grading_running",
    "grading_one_runs_per_owner",
)
"""Indexes of what is queued or running: they hold no row that is finished, so all of one may be read."""


@dataclass
class Asked:
    """The statements of a block, with what is wrong with each."""

    statements: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    rows: int = 0
    """Looked at by the statement that looked at most."""
    worst: str = ""
    """That statement."""

    def note(self, sql: str, rows: int, faults: list[str]) -> None:
        self.statements.append(sql)
        if rows >= self.rows:
            self.rows, self.worst = rows, sql
        self.faults += [f"{fault}\n  {sql}" for fault in faults]


@contextmanager
def asked() -> Iterator[Asked]:
    """Looks at every statement of the block that touches the gradings."""
    found = Asked()
    look = _on_sqlite if connection.vendor == "sqlite" else _on_postgresql

    def watch(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not many and TABLE in sql and sql.startswith(("SELECT", "UPDATE")):
            found.note(sql, *look(sql, params, context["cursor"].db))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield found


def _on_sqlite(sql: str, params: Any, on: Any) -> tuple[int, list[str]]:
    raw, steps = on.connection, 0

    def count() -> None:
        nonlocal steps
        steps += STEPS_PER_ROW

    bound = sql.replace("%s", "?").replace("%%", "%"), params or ()
    plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {bound[0]}", bound[1])]
    if sql.startswith("SELECT"):
        raw.set_progress_handler(count, STEPS_PER_ROW)
        raw.execute(*bound).fetchall()
        raw.set_progress_handler(None, 0)
    return steps // STEPS_PER_ROW, [line for line in plan if _reads_all(line)]


def _reads_all(line: str) -> bool:
    """'SCAN grading_grading', without an index of those that are small."""
    return line.startswith("SCAN") and TABLE in line and not line.endswith(SMALL) and "INDEX" not in line


def _on_postgresql(sql: str, params: Any, on: Any) -> tuple[int, list[str]]:
    analyse = "ANALYZE, " if sql.startswith("SELECT") else ""
    with on.cursor() as cursor:
        cursor.cursor.execute(f"EXPLAIN ({analyse}FORMAT JSON) {sql}", params)
        plan = cursor.fetchone()[0]
    tree = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    nodes = [node for node in _nodes(tree) if node.get("Relation Name") == TABLE or "Index Name" in node]
    rows = [
        int(
            (node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)) * node.get("Actual Loops", 1)
        )
        for node in nodes
    ]
    scans = [f"{node['Node Type']} on {TABLE}" for node in nodes if "Seq Scan" in node["Node Type"]]
    return max(rows, default=0), scans


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)
