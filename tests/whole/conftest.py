"""A running installation in a folder of its own, embedded or grown up; and a Chromium to use it."""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docker import engine
from tests.servers import free_port, postgres, redis_server

__all__ = ["engine"]

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 240.0
STOP_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Where it answers, and how to run a command of manage.py in it."""

    url: str
    manage: Callable[..., str]


@pytest.fixture(scope="module", params=["embedded", "grown_up"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, engine: object
) -> Iterator[Installation]:
    """`manage.py serve` on SQLite and a folder as broker, then on PostgreSQL and Redis."""
    folder = tmp_path_factory.mktemp(request.param)
    with ExitStack() as servers:
        environment = {"TOUCHSTONE_DATA_DIR": str(folder)}
        if request.param == "grown_up":
            environment["DATABASE_URL"] = servers.enter_context(postgres())
            environment["TOUCHSTONE_BROKER_URL"] = servers.enter_context(redis_server())
        yield from _serve(environment)


def _serve(environment: Mapping[str, str]) -> Iterator[Installation]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    everything = {**os.environ, **environment, "TOUCHSTONE_BASE_URL": url, "PYTHONUNBUFFERED": "1"}
    everything.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)

    def manage(*arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=everything, check=True, capture_output=True, text=True
        ).stdout

    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        cwd=ROOT,
        env=everything,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = _Said(process)
    try:
        said.wait_for(re.escape(f"Touchstone answers at {url}"))
        yield Installation(url=url, manage=manage)
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == 0, said.text()
        said.wait_for("Stopped")
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)


class _Said:
    """What a process has printed, read by a thread of its own: a silent process must not stop a test."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._lines: list[str] = []
        self._news: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(process,), daemon=True).start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self._news.put(line)
        self._news.put(None)

    def text(self) -> str:
        return "".join(self._lines)

    def wait_for(self, pattern: str) -> None:
        while not re.search(pattern, self.text()):
            line = self._news.get(timeout=START_SECONDS)
            assert line is not None, f"The server ended without saying {pattern!r}:\n{self.text()}"
            self._lines.append(line)
