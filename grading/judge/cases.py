"""Puts the cases of one test together: a parametrised test is one line of the manifest, and passes only
whole.
"""

from dataclasses import dataclass, field

import pytest

from .framing import Message
from .memory import TOO_MUCH, is_shortage
from .messages import DETAIL_CHARACTERS, public_message, shorten
from .raised import is_theirs
from .run import run_of, seconds_of
from .timer import TestTimeoutError


@dataclass
class Case:
    """One pytest item in set-up, call and tear-down. The first thing that goes wrong counts."""

    outcome: str = "passed"
    message: str = ""
    detail: str = ""
    seconds: float = 0.0
    awarded: float = 1.0
    """The share of the points that the test granted, 0 to 1."""
    interrupted: bool = False
    """Whether it was stopped where it stood, perhaps in the middle of an exchange."""

    def take(self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
        self.seconds += call.duration
        if run_of(item.config).memory.is_exceeded and self.outcome == "passed":
            self.outcome, self.message, self.detail = "failed", TOO_MUCH, report.longreprtext[:1000]
        if self.outcome != "passed" or (report.passed and not hasattr(report, "wasxfail")):
            return
        error = call.excinfo.value if call.excinfo else None
        self.interrupted = isinstance(error, TestTimeoutError) or is_shortage(error)
        self.outcome = _outcome(call.when, error, report)
        self.message = _message(item, error) if error else "The test was not run."
        self.detail = shorten(report.longreprtext, DETAIL_CHARACTERS)


CASE = pytest.StashKey[Case]()


@dataclass
class Tally:
    """The finished cases of one test of the manifest."""

    expected: int
    cases: list[Case] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return len(self.cases) == self.expected

    def record(self, test: str) -> Message:
        """The first case that did not pass stands for the test; of several awards the lowest counts."""
        shown = next((case for case in self.cases if case.outcome != "passed"), self.cases[0])
        return {
            "type": "result",
            "test": test,
            "outcome": shown.outcome,
            "awarded": min(case.awarded for case in self.cases),
            "seconds": round(sum(case.seconds for case in self.cases), 4),
            "message": shown.message,
            "detail": shown.detail,
        }


def manifest_id(item: pytest.Item) -> str:
    """The item's id without its parameters."""
    return item.nodeid.partition("[")[0]


def _message(item: pytest.Item, error: BaseException) -> str:
    suite = run_of(item.config).suite
    hidden = suite.name == "hidden"
    return public_message(error, seconds=seconds_of(item), hidden=hidden, tests=suite.parent)


def _outcome(when: str, error: BaseException | None, report: pytest.TestReport) -> str:
    if isinstance(error, TestTimeoutError):
        return "timeout"
    if is_shortage(error):
        return "failed"
    if report.skipped or hasattr(report, "wasxfail"):
        return "skipped"
    if when == "call" or (when == "setup" and _blames_the_candidate(error)):
        return "failed"
    return "error"


def _blames_the_candidate(error: BaseException | None) -> bool:
    """A fixture that asserts, or cannot reach the service, found a fault of the submission's."""
    from_http = type(error).__module__.startswith("httpx")
    return from_http or is_theirs(error) or isinstance(error, AssertionError | pytest.fail.Exception)
