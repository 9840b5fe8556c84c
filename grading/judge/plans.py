"""What a query plan says about the work done: counted, so the same on every machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Node = dict[str, Any]

DISCARDED = ("Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")


@dataclass(frozen=True)
class Plan:
    """`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)`; `root` is the outermost node as PostgreSQL prints it."""

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


def _rows(node: Node) -> float:
    loops = node.get("Actual Loops", 0)
    return float((node.get("Actual Rows", 0) + sum(node.get(key, 0) for key in DISCARDED)) * loops)
