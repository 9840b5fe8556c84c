"""A whole installation of its own, on loopback only, that ends with the block: what `make run` starts."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import free_port, postgres, redis_server

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 900.0
"""With images to build. Without, some ten."""
STOP_SECONDS = 120.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Installation:
    url: str
    folder: Path
    environment: Mapping[str, str]
    process: "subprocess.Popen[str]"

    def invite(self, number: int, slug: str) -> list[str]:
        """Paths of that many invitations."""
        command = [sys.executable, "-m", "tests.load.seed", str(number), slug]
        said = subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return said.stdout.split()

    def web_cpu_seconds(self) -> float:
        """What the processes of the web server have used, user and system."""
        [server] = [pid for pid in _children(self.process.pid) if "config.web_server" in _command(pid)]
        return sum(_cpu_seconds(pid) for pid in (server, *_children(server)))


@contextmanager
def running(*, grown_up: bool) -> Iterator[Installation]:
    """SQLite and a folder as broker; or PostgreSQL, and Redis as broker and cache."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="touchstone-load-")))
        environment = {**os.environ, "TOUCHSTONE_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
        for name in ("DATABASE_URL", "TOUCHSTONE_BROKER_URL", "TOUCHSTONE_CACHE_URL"):
            environment.pop(name, None)
        if grown_up:
            environment["DATABASE_URL"] = stack.enter_context(postgres())
            broker = stack.enter_context(redis_server())
            environment["TOUCHSTONE_BROKER_URL"] = broker
            environment["TOUCHSTONE_CACHE_URL"] = broker.removesuffix("/0") + "/1"
        port = free_port()
        environment["TOUCHSTONE_BASE_URL"] = url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "manage.py", "serve", "--port", str(port)]
        process = stack.enter_context(_process(command, environment))
        _wait_for(process, f"Touchstone answers at {url}")
        yield Installation(url=url, folder=folder, environment=environment, process=process)


@contextmanager
def _process(command: Sequence[str], environment: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=STOP_SECONDS)


def _wait_for(process: "subprocess.Popen[str]", words: str) -> None:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if words in line:
            return
    raise RuntimeError("The installation did not start:\n" + "".join(said))


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
