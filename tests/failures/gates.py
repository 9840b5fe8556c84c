"""Gates: a worker's thread stands still at one for as long as a test needs to do something to it.

A gate is a file in a folder that both know. Whoever closes it makes '<gate>.<number>.closed', with a number
that is never used again, so nobody minds what is left of an earlier one. The first thread that comes by takes
it by renaming it to '.held', goes on when that is gone, and leaves '.passed'.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from tests.failures.patience import until

_POLL_SECONDS = 0.02


def come_by(folder: Path, gate: str) -> None:
    """The worker's side: takes the gate if it is closed, and returns when it is open."""
    for closed in folder.glob(f"{gate}.*.closed"):
        held = closed.with_suffix(".held")
        try:
            closed.rename(held)
        except FileNotFoundError:  # Another thread was faster, or it has been opened.
            continue
        while held.exists():
            time.sleep(_POLL_SECONDS)
        held.with_suffix(".passed").touch()


class Gates:
    """The test's side. Use `closed_gates` to make it."""

    def __init__(self, folder: Path, names: Sequence[str], explain: Callable[[], str]) -> None:
        self._closed = {name: folder / f"{name}.{uuid4().hex}.closed" for name in names}
        self._explain = explain
        for path in self._closed.values():
            path.touch()

    def wait(self) -> None:
        """Returns when a thread stands at each."""
        for name, path in self._closed.items():
            until(path.with_suffix(".held").exists, f"a grading is at '{name}'", self._explain)

    def let_go(self) -> None:
        """Opens them all; returns when those who stood there have left."""
        self.open()
        for name, path in self._closed.items():
            until(path.with_suffix(".passed").exists, f"a grading has passed '{name}'", self._explain)

    def open(self) -> None:
        """Opens them all; does not ask whether anybody who stood there still lives."""
        for path in self._closed.values():
            path.unlink(missing_ok=True)
            path.with_suffix(".held").unlink(missing_ok=True)


@contextmanager
def closed_gates(folder: Path, *names: str, explain: Callable[[], str] = str) -> Iterator[Gates]:
    """They open at the end, if not before. `explain` says more when nobody comes by."""
    gates = Gates(folder, names, explain)
    try:
        yield gates
    finally:
        gates.open()
