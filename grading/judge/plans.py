"""What a query plan says about the work done: counted, so the same on every machine."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .failing import fail
from .serverlog import Begun, Planned, Record

Node = dict[str, Any]
Row = tuple[Any, ...]

DISCARDED = ("Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")


@dataclass(frozen=True)
class Plan:
    """As `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)` gives it; `root` is the outermost node as PostgreSQL
    prints it.
    """

    root: Node

    @property
    def shared_blocks(self) -> int:
        """Blocks of tables and indexes that the whole query touched, in memory or not. PostgreSQL's root node
        sums them up.
        """
        return int(self.root.get("Shared Hit Blocks", 0) + self.root.get("Shared Read Blocks", 0))

    @property
    def temp_blocks(self) -> int:
        """Blocks spilled to disk and read back."""
        return int(self.root.get("Temp Read Blocks", 0) + self.root.get("Temp Written Blocks", 0))

    @property
    def rows(self) -> int:
        """Rows that went through the plan: for each node, those it produced and those it threw away, times
        its loops.
        """
        return round(sum(_rows(node) for node in self.nodes()))

    @property
    def indexes(self) -> frozenset[str]:
        """Names of the indexes that the plan uses."""
        return frozenset(node["Index Name"] for node in self.nodes() if "Index Name" in node)

    @property
    def node_types(self) -> list[str]:
        """'Seq Scan', 'Hash Join' ..., outermost first."""
        return [node["Node Type"] for node in self.nodes()]

    def nodes(self) -> Iterator[Node]:
        """Every node, depth first."""
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.get("Plans", [])))


@dataclass(frozen=True)
class Run:
    """One execution of a statement: its answer and its work. Nothing about it differed from any other
    execution of the judge's under that role.
    """

    rows: list[Row]
    columns: tuple[str, ...]
    plan: Plan
    """Of the statement itself."""
    inner: tuple[Plan, ...] = field(default=(), repr=False)
    """Of what functions inside it ran, while it was planned and while it ran."""
    shared_blocks: int = 0
    """Blocks of tables and indexes touched, by functions too."""

    @property
    def rows_read(self) -> int:
        """`Plan.rows` of the statement and of everything inside it."""
        return self.plan.rows + sum(plan.rows for plan in self.inner)

    @property
    def temp_blocks(self) -> int:
        return self.plan.temp_blocks

    @property
    def indexes(self) -> frozenset[str]:
        return self.plan.indexes.union(*(plan.indexes for plan in self.inner))


def run_of_log(records: Iterable[Record], *, text: str, rows: list[Row], columns: tuple[str, ...]) -> Run:
    """The run that a session's records tell of. Fails the test if they hold no plan.

    A function that PostgreSQL calls while it plans a statement is a statement of its own in the log; what a
    statement runs inside itself is part of it, and of its blocks.
    """
    statements: dict[int, list[Planned]] = defaultdict(list)
    number = 0
    for record in records:
        if isinstance(record, Begun):
            number = record.statement
        else:
            statements[number].append(record)
    plans = [planned for each in statements.values() for planned in each]
    own = next((planned for planned in reversed(plans) if planned.text == text), plans[-1] if plans else None)
    if own is None:
        fail("The statement has no plan: its work cannot be counted.")
    return Run(
        rows,
        columns,
        Plan(own.root),
        tuple(Plan(planned.root) for planned in plans if planned is not own),
        sum(max(Plan(planned.root).shared_blocks for planned in each) for each in statements.values()),
    )


def _rows(node: Node) -> float:
    loops = node.get("Actual Loops", 0)
    return float((node.get("Actual Rows", 0) + sum(node.get(key, 0) for key in DISCARDED)) * loops)
