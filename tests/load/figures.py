"""What was measured: seconds by operation, and everything that went wrong."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

PERCENTILES = (50, 95, 99)


@dataclass
class Figures:
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """By operation, of what was answered as it should be."""
    errors: Counter[str] = field(default_factory=Counter)
    """'save: 503' with how often."""
    resets: int = 0
    """Requests that met a connection which the server closed."""
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    """Candidates whose last acknowledged edit is not there, or who have fewer revisions than answers."""

    def lines(self) -> Iterator[str]:
        head = "".join(f"{f'p{percent} ms':>10}" for percent in PERCENTILES)
        yield f"{'operation':<12}{'answers':>9}{head}{'worst ms':>10}"
        for operation, seconds in sorted(self.seconds.items()):
            row = "".join(f"{1000 * percentile(seconds, percent):>10.0f}" for percent in PERCENTILES)
            yield f"{operation:<12}{len(seconds):>9}{row}{1000 * max(seconds):>10.0f}"
        yield f"errors: {sum(self.errors.values())}"
        for what, number in sorted(self.errors.items()):
            yield f"  {what}: {number}"
        yield f"connections reset: {self.resets}"
        yield f"acknowledged edits: {self.acknowledged}, lost: {len(self.lost)}"
        yield from (f"  {one}" for one in self.lost)


def percentile(values: list[float], percent: float) -> float:
    """The smallest value that so many per cent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
