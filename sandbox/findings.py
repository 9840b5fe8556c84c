"""What a look at the engine found: one value for each thing that was looked at."""

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at. A sentence for a person; `remedy` says what to do, '' if nothing."""

    subject: str
    level: Level
    sentence: str
    remedy: str = ""
