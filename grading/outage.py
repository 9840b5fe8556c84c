"""Parts that only help, such as a cache or a broker, and what is done without them.

Nobody's work may fail or wait because of such a part. So it is asked in a thread of its own, for half a
second at the most, whatever hangs: a name that does not resolve, a server that accepts and never answers. One
that failed is left alone for a while, so that not every request waits for it again, and is told of once.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

ANSWER_SECONDS = 0.4
REST_SECONDS = 10.0
MOST_HANGING = 16
"""Threads that still wait for an answer that nobody waits for any more."""

Answer = TypeVar("Answer")


class OutError(Exception):
    """The part does not answer, or did not a moment ago."""


class Helper:
    """Such a part. Thread-safe. `name` begins a sentence for those who run the installation."""

    def __init__(self, name: str, meaning: str = "", *, rest_seconds: float = REST_SECONDS) -> None:
        """`meaning`: a sentence on what is different while it is out."""
        self.name, self._meaning, self._rest_seconds = name, meaning, rest_seconds
        self._lock = threading.Lock()
        self._error = ""
        self._try_at = 0.0
        self._hanging = 0

    @property
    def fault(self) -> str:
        """What is wrong while it does not answer, else nothing."""
        return f"{self.name} does not answer ({self._error}). {self._meaning}".strip() if self._error else ""

    def may_try(self) -> bool:
        """Whether it may be asked. Of those who ask while it is out, one may, when it has rested."""
        with self._lock:
            if not self._error:
                return True
            now = time.monotonic()
            if now < self._try_at:
                return False
            self._try_at = now + self._rest_seconds
            return True

    def failed(self, error: Exception) -> None:
        words = f"{type(error).__name__}: {error}"[:300]
        with self._lock:
            is_news, self._error = not self._error, words
            self._try_at = time.monotonic() + self._rest_seconds
        if is_news:
            log.error("%s does not answer; work goes on without it: %s", self.name, words)

    def answered(self) -> None:
        if not self._error:
            return
        with self._lock:
            is_news, self._error = bool(self._error), ""
        if is_news:
            log.warning("%s answers again", self.name)

    def ask(self, question: Callable[[], Answer], *, faults: tuple[type[Exception], ...]) -> Answer:
        """What `question` returns, within ANSWER_SECONDS. Raises OutError if it raises one of `faults`, takes
        longer, or need not be tried; and whatever else it raises.
        """
        if self._hanging >= MOST_HANGING or not self.may_try():
            raise OutError(self.fault)
        errand = _Errand(question)
        with self._lock:
            self._hanging += 1
        threading.Thread(target=self._run, args=(errand,), name=f"ask {self.name}", daemon=True).start()
        try:
            answer = errand.wait(ANSWER_SECONDS)
        except Exception as error:
            if not isinstance(error, (TimeoutError, *faults)):
                raise
            self.failed(error)
            raise OutError(self.fault) from error
        self.answered()
        return answer

    def _run(self, errand: "_Errand[Answer]") -> None:
        try:
            errand.run()
        finally:
            with self._lock:
                self._hanging -= 1


class _Errand(Generic[Answer]):
    """A question that one thread asks and another waits for."""

    def __init__(self, question: Callable[[], Answer]) -> None:
        self._question = question
        self._done = threading.Event()
        self._answers: list[Answer] = []
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._answers.append(self._question())
        except Exception as error:  # noqa: BLE001 - it is raised again by the one who waits.
            self._error = error
        finally:
            self._done.set()

    def wait(self, seconds: float) -> Answer:
        if not self._done.wait(seconds):
            raise TimeoutError(f"no answer within {seconds:g} s")
        if self._error is not None:
            raise self._error
        return self._answers[0]


CACHE = Helper(
    "The cache (TOUCHSTONE_CACHE_URL)",
    "Until it does, each web process counts for itself what limits a rate.",
)
BROKER = Helper(
    "The broker (TOUCHSTONE_BROKER_URL)",
    "Until it does, workers look for gradings by themselves, once a second.",
)


def faults() -> tuple[str, ...]:
    """What this process knows of parts that do not answer."""
    return tuple(helper.fault for helper in (CACHE, BROKER) if helper.fault)
