"""What the judge keeps of one test's calls of the candidate's functions. A thread that is late holds on to
its own test's, and can spoil no other.
"""

import threading
from dataclasses import dataclass, field
from typing import Any


class StaleError(RuntimeError):
    """A thread asks whose test has ended."""


@dataclass(eq=False)
class Turn:
    """One test's conversation with the process that serves it."""

    number: int
    is_loaded: bool = False
    """Whether the process has imported the module."""
    is_used: bool = False
    is_over: bool = False
    is_exchanging: bool = False
    dead: str = ""
    """Why the process can answer nothing any more."""
    objection: str = ""
    """Why this test has failed already, whatever it makes of it."""
    taken_bytes: int = 0
    taken_parts: int = 0
    """Of all answers together."""
    calls: int = 0
    open_calls: int = 0
    released: list[int] = field(default_factory=list)
    """Handles that nobody holds any more."""
    lock: Any = field(default_factory=threading.RLock)
    """Whoever asks has it; a function of the test that is called meanwhile may ask, too."""

    def check(self) -> None:
        if self.is_over:
            raise StaleError("a thread of an earlier test asks")
