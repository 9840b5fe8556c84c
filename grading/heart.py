"""The claims that this process holds, kept alive by one thread's heartbeat, their news by another."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from grading import queue
from grading.queue import Claim
from grading.report import Result


class Held:
    """Thread-safe. A claim is in here from the moment it is taken until it is answered for."""

    def __init__(self) -> None:
        self._claims: dict[Claim, list[Result]] = {}
        """With what has been decided since it was last published."""
        self._lock = threading.Lock()

    @contextmanager
    def holding(self, claim: Claim) -> Iterator[None]:
        """Keeps the claim alive while the block runs, or until `done`."""
        with self._lock:
            self._claims[claim] = []
        try:
            yield
        finally:
            self.done(claim)

    def done(self, claim: Claim) -> None:
        with self._lock:
            self._claims.pop(claim, None)

    def renew(self, now: datetime) -> None:
        """One heartbeat. Claims that are no longer good learn it here (`claim.lost`)."""
        with self._lock:
            claims = list(self._claims)
        for claim in claims:
            queue.renew(claim, now=now)

    def tell(self, claim: Claim, result: Result) -> None:
        """Notes what a test has come to, for the next `publish`."""
        with self._lock:
            if (news := self._claims.get(claim)) is not None:
                news.append(result)

    def publish(self, now: datetime) -> None:
        """Stores what was told. To do that for each test at once would make the next one wait."""
        with self._lock:
            news = {claim: results for claim, results in self._claims.items() if results}
            self._claims.update({claim: [] for claim in news})
        for claim, results in news.items():
            queue.store_results(claim, results, now=now)

    def look(self) -> None:
        """Claims that are no longer good learn it here, too, and sooner: one question for all of them."""
        with self._lock:
            claims = list(self._claims)
        if claims:
            queue.find_lost(claims)
