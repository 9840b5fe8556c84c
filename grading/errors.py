"""What can go wrong in grading, grouped by whose fault it is.

`PackError`: the author's, found when the pack is read; `FaultyPackError`: the author's, found when it is run.
`RejectedUpload` and `ArchiveError`: the sender's. A failure of ours is a `PlatformError` (or one of the
sandbox's errors): it is retried and never scored.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class GradingError(Exception):
    """Base of every error of this package."""


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong with a pack. `line` counts from 1; 0 means that the fault belongs to the file as a
    whole.
    """

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}"


class PackError(GradingError):
    """A pack that cannot be used. `faults` says why, one by one."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class RejectedUpload(GradingError):  # noqa: N818 - named for the verdict that it becomes.
    """Files that are not accepted. The message is written for the person who sent them."""

    @property
    def message(self) -> str:
        return str(self)


class ArchiveError(RejectedUpload):
    """A tar or zip that is not accepted. `entry` names the member, or is empty when it is the archive as a
    whole.
    """

    def __init__(self, message: str, *, entry: str = "") -> None:
        self.entry = entry
        super().__init__(f"{printable(entry)}: {message}" if entry else message)


class PlatformError(GradingError):
    """Something on our side failed; the submission is not to blame."""


AUTHORS = "The challenge itself is at fault:"
"""How the text of a `FaultyPackError` begins, so that it is told from a failure of the platform."""


class FaultyPackError(PlatformError):
    """A pack that is well formed and cannot be run all the same: a test that cannot be imported, a fixture
    that does not exist, SQL that PostgreSQL refuses. Neither the submission nor the platform is to blame.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join([AUTHORS, *map(str, self.faults)]))


def printable(name: str) -> str:
    """A name as it may be shown: control and direction characters escaped, at most 120 characters."""
    shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in name)
    return shown if len(shown) <= 120 else shown[:117] + "..."
