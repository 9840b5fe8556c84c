"""What the judge's first process knows of the suite, from what worker and tests say through it: enough to go
on with a fresh process for tests where one has died.
"""

import json
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from .framing import Message

LOST = "What your program did ended the process that runs the tests. This test has failed; the others go on."
NOT_RESUMED = "This test could not be run any more: an earlier one had ended the process that runs them."

HEAD_BYTES = 4096
"""Of a line: enough for its type and number, which come first, and for the whole of any that has more to
tell.
"""
_TYPE = re.compile(rb'\{"type":"(\w+)"')
_NUMBER = re.compile(rb'"id":(\d+)')


@dataclass
class Progress:
    """`tests` are the manifest's, in its order."""

    tests: tuple[str, ...]
    decided: list[str] = field(default_factory=list)
    running: str = ""
    began: float = 0.0
    has_started: bool = False
    """Whether the worker knows that the suite runs, or why it does not."""
    finished: bool = False
    closed: bool = False
    """Whether the worker wants the trailer."""
    ended: bool = False
    """Whether the candidate's program has come to its end by itself."""
    open_requests: set[int] = field(default_factory=set)
    next_request: int = 0

    @property
    def left(self) -> list[str]:
        decided = set(self.decided)
        return [test for test in self.tests if test not in decided]

    def hear_worker(self, head: bytes) -> None:
        """The beginning of a line on its way to the tests."""
        match type_of(head):
            case "response":
                self.open_requests.discard(_number(head))
                if b'"started":true' in head:
                    self.ended = False
            case "ended":
                self.ended = True
            case "close":
                self.closed = True

    def hear_tests(self, line: bytes) -> bool:
        """A line of the process for tests. Whether it is for the worker, who need not hear all of it."""
        match type_of(line):
            case "begins":
                self.running, self.began = json.loads(line)["test"], time.monotonic()
                return False
            case "result":
                self.decided.append(json.loads(line)["test"])
                self.running = ""
            case "request":
                number = _number(line)
                self.open_requests.add(number)
                self.next_request = number + 1
            case "started" | "not_started":
                is_news, self.has_started = not self.has_started, True
                return is_news
            case "finished":
                self.finished = True
        return True

    def lose(self, ending: int) -> Message | None:
        """The record of the test that ran when its process ended so; None if none did."""
        test, self.running = self.running, ""
        if not test:
            return None
        self.decided.append(test)
        detail = f"The process that ran this test {_how(ending)}."
        return _record(test, "failed", LOST, detail, time.monotonic() - self.began)

    def give_up(self, ending: int) -> Iterator[Message]:
        """The records of all that are left, when a fresh process has ended so."""
        for test in self.left:
            self.decided.append(test)
            detail = f"The process that was to go on {_how(ending)}."
            yield _record(test, "error", NOT_RESUMED, detail, 0.0)


def type_of(line: bytes) -> str:
    found = _TYPE.match(line)
    return found[1].decode() if found else ""


def _number(line: bytes) -> int:
    found = _NUMBER.search(line, 0, HEAD_BYTES)
    return int(found[1]) if found else -1


def _record(test: str, outcome: str, message: str, detail: str, seconds: float) -> Message:
    record = {"test": test, "outcome": outcome, "awarded": 0.0, "seconds": round(seconds, 4)}
    return {"type": "result", **record, "message": message, "detail": detail}


def _how(ending: int) -> str:
    """`ending`: an exit code, or a signal's number below zero."""
    if ending >= 0:
        return f"ended itself with exit code {ending}"
    number = -ending
    known = number in set(signal.Signals)
    return f"was ended by signal {number}" + (f" ({signal.Signals(number).name})" if known else "")
