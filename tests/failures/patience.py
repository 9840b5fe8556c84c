"""Waiting for what must come to be true, on a machine that may be busy."""

import time
from collections.abc import Callable
from typing import Any

WAIT_SECONDS = 240.0
"""How long anything may take on a busy machine once what it needs is there again."""
_POLL_SECONDS = 0.05


def until(condition: Callable[[], Any], what: str, explain: Callable[[], str] = str) -> Any:
    """Waits for something to become true and returns it."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, f"After {WAIT_SECONDS:g} s still not so: {what}. {explain()}"
        time.sleep(_POLL_SECONDS)
    return value
