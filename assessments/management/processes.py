"""Long-running children of one command: started together, watched, and stopped together."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

GRACE_SECONDS = 8.0


@dataclass(frozen=True, kw_only=True)
class Child:
    """A process and the file that its output goes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_lines(self, count: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


class Processes:
    """A context manager: what was started in it does not outlive it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> Child:
        """Starts `command` in a session of its own, so that a Ctrl-C on the terminal reaches only us."""
        log = self._folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        child = Child(name=name, process=process, log=log)
        self._children.append(child)
        return child

    def dead(self) -> Child | None:
        """The first child that has ended by itself, if any."""
        return next((child for child in self._children if child.process.poll() is not None), None)

    def stop(self) -> list[Child]:
        """Asks every child to end, the last started first, and ends by force what is left after a grace.

        Returns those that were stopped.
        """
        for child in reversed(self._children):
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for child in self._children:
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(child, signal.SIGKILL)
                child.process.wait()
        stopped, self._children = self._children, []
        return stopped


def _signal(child: Child, number: int) -> None:
    # The whole session: a web server's own children must not stay behind if it dies first.
    with suppress(ProcessLookupError):
        if number == signal.SIGKILL:
            os.killpg(child.process.pid, number)
        else:
            child.process.send_signal(number)
