"""Waiting for something to happen. No test passes or fails because a thing took long."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 20.0
"""For an answer that may have to wait for something else; far more than any needs."""


def wait(predicate: Callable[[], object], seconds: float) -> None:
    """Until it is true, or the time is over."""
    deadline = time.monotonic() + seconds
    while not predicate() and time.monotonic() < deadline:
        time.sleep(0.02)
