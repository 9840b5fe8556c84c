"""What the judge knows of the run it is in. Fixtures find it in pytest's configuration."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .channel import Channel
from .memory import Memory
from .remote import Remote
from .solution import Solution
from .timer import Timer

if TYPE_CHECKING:
    from .readiness import Probe  # With an HTTP client: only a service is worth the import.


@dataclass
class Run:
    """`seed` and `files` arrive with `go`, when everything else has long been ready."""

    channel: Channel
    timer: Timer
    kind: str
    suite: Path
    """The folder of the test files; also pytest's root."""
    tests: tuple[str, ...]
    """The manifest's ids, in its order."""
    test_seconds: float
    run_id: str
    services: Mapping[str, Any] = field(default_factory=dict)
    """By name ('postgres', 'redis', 'rabbitmq'): what its fixture module's `connect` returned, authenticated.
    """
    probe: "Probe | None" = None
    remote: Remote | None = None
    """The candidate's functions (kind function)."""
    solution: Solution | None = None
    """Their module, as the suite imports it."""
    start_seconds: float = 0.0
    is_resumed: bool = False
    """Whether an earlier process for tests of this run has died."""
    decided: frozenset[str] = frozenset()
    """Tests that were decided by then, by the manifest's ids."""
    first_request: int = 0
    seed: int = 0
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def memory(self) -> Memory:
        return self.channel.memory

    def random_for(self, test: str) -> random.Random:
        """The same numbers for the same seed and test, whatever ran before."""
        return random.Random(f"{self.seed}/{test}")  # noqa: S311


RUN = pytest.StashKey[Run]()


def run_of(config: pytest.Config) -> Run:
    return config.stash[RUN]


def seconds_of(item: pytest.Item) -> float:
    """The test's own limit: `@pytest.mark.timeout(n)`, else the pack's."""
    marker = item.get_closest_marker("timeout")
    seconds: Any = marker.args[0] if marker and marker.args else run_of(item.config).test_seconds
    return float(seconds)
