"""The processes of an installation that are its own: workers, and what does the web process's part."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.pod import default_owner
from tests.failures.patience import WAIT_SECONDS

ROOT = Path(__file__).resolve().parents[2]
WITH_US = ("setpriv", "--pdeathsig", "KILL")
"""Before a command: what is started so ends with the tests' process, even when that is killed."""


@dataclass(frozen=True)
class Worker:
    """A worker process, started as `manage.py serve` starts one."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @classmethod
    def start(cls, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> "Worker":
        """`arguments`: what comes after `python -m`."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*WITH_US, sys.executable, "-m", *arguments],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(process, log)

    @property
    def name(self) -> str:
        return default_owner(self.process.pid)

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    @property
    def left_processes(self) -> bool:
        """Whether anything that it started still runs."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    @property
    def written(self) -> int:
        """How many bytes it has written."""
        return self.log.stat().st_size

    def says(self, *texts: str, since: int = 0) -> bool:
        """Whether it has written any of these, after so many bytes."""
        log = self.log.read_bytes()[since:].decode(errors="replace")
        return any(text in log for text in texts)

    def last_words(self) -> str:
        return (
            f"--- {self.log.name} {'lives' if self.lives else 'is gone'}\n"
            f"{self.log.read_text(errors='replace')[-6000:]}"
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Every thread stands still, as in a machine that is suspended."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """As an operator does it, who expects status 0; by force if it does not end."""
        if self.lives:
            self.process.terminate()
            try:
                assert self.process.wait(WAIT_SECONDS) == 0, self.last_words()
            finally:
                self.kill()


class Client:
    """What the web process does to the queue. Like a web process, it lives through all that happens."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [*WITH_US, sys.executable, "-m", "tests.failures.client"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, operation: str, **arguments: Any) -> Any:
        """Raises RuntimeError with the other side's traceback."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": operation, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "failed" in answer:
            raise RuntimeError(answer["failed"])
        return answer["done"]

    def close(self) -> None:
        self._process.communicate(timeout=WAIT_SECONDS)


class Clock:
    """A time of day for workers that are started with its environment: it can be set while they run.

    What measures durations goes on as it is, as when a machine's clock is set.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.environment = {"TOUCHSTONE_TEST_CLOCK": str(path)}
        self.jump(0)

    def jump(self, hours: int) -> None:
        """To so many hours ahead of the true time."""
        unfinished = self._path.with_suffix(".part")
        unfinished.write_text(str(hours * 3600))
        unfinished.rename(self._path)
