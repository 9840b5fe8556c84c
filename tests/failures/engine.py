"""A Docker engine of one's own, which may be stopped, killed and started again without disturbing anybody.

It lives in namespaces of its own for processes, mounts and network, so its bridge does not meet that of the
engine of this machine, and when the first process of the namespaces dies, nothing of it is left. Needs root.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import docker

from tests.failures.processes import WITH_US

START_SECONDS = 60.0
STOP_SECONDS = 40.0
_POLL_SECONDS = 0.05
_ATTEMPTS = 3
"""After a hard kill, a start may fail over what is left of the killed one's containerd; the next does not."""

_FIRST_PROCESS = """
import os, signal, subprocess
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
print("ready", flush=True)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # The kernel then buries the orphans of killed daemons.
while True:
    signal.pause()
"""


class SecondEngine:
    """A context manager: namespaces, daemon and data live as long as it does."""

    def __init__(self) -> None:
        if os.geteuid() != 0:
            raise RuntimeError("A second Docker engine for the tests can only be started by root.")
        self._folder = Path(tempfile.mkdtemp(prefix="engine-"))  # Short: a socket's path has 107 characters.
        self._namespaces = self._unshare()
        self._daemon: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """What DOCKER_HOST must be."""
        return f"unix://{self._folder}/docker.sock"

    @property
    def is_running(self) -> bool:
        """Whether the daemon's process lives."""
        return self._daemon is not None and self._daemon.poll() is None

    def __enter__(self) -> "SecondEngine":
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Starts the daemon, on what the last one left, and waits until it answers."""
        for _attempt in range(_ATTEMPTS):
            (self._folder / "docker.pid").unlink(missing_ok=True)
            self._daemon = self._launch()
            if self._comes_up():
                return
            self.kill()
        log = (self._folder / "log").read_text(errors="replace").splitlines()[-15:]
        raise RuntimeError("\n".join(["The second Docker engine did not start:", *log]))

    def stop(self) -> None:
        """SIGTERM, as an operator does it: it stops its containers and ends."""
        assert self._daemon is not None
        for daemon in _children(self._daemon.pid):
            os.kill(daemon, signal.SIGTERM)
        self._daemon.wait(STOP_SECONDS)

    def kill(self) -> None:
        """SIGKILL to the daemon and its containerd. The containers go on without them."""
        assert self._daemon is not None
        for daemon in _children(self._daemon.pid):
            for child in (*_children(daemon), daemon):
                if child == daemon or _is_called(child, "containerd"):
                    os.kill(child, signal.SIGKILL)
        self._daemon.wait(STOP_SECONDS)

    def close(self) -> None:
        """Ends everything and removes the data."""
        if self.is_running:
            with suppress(subprocess.TimeoutExpired):
                self.stop()
        self._namespaces.kill()  # And with its first process the kernel ends the whole namespace.
        self._namespaces.communicate()
        if self._daemon is not None:
            self._daemon.wait(STOP_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def load(self, images: Iterable[str]) -> None:
        """Copies images, by their tags, from the engine of this machine."""
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saving:
            subprocess.run(
                ["docker", "--host", self.address, "load"],
                stdin=saving.stdout,
                stdout=subprocess.DEVNULL,
                check=True,
            )
        if saving.returncode:
            raise RuntimeError(f"docker save ended with {saving.returncode}")

    @contextmanager
    def client(self) -> Iterator[docker.DockerClient]:
        client = docker.DockerClient(base_url=self.address)
        try:
            yield client
        finally:
            client.close()

    def _unshare(self) -> "subprocess.Popen[str]":
        command = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
        process = subprocess.Popen(
            [*WITH_US, *command, sys.executable, "-c", _FIRST_PROCESS], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            process.kill()
            raise RuntimeError("The namespaces for a second Docker engine could not be made.")
        return process

    def _launch(self) -> "subprocess.Popen[bytes]":
        command = ["dockerd", "--host", self.address, "--pidfile", f"{self._folder}/docker.pid"]
        command += ["--data-root", f"{self._folder}/data", "--exec-root", f"{self._folder}/run"]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen([*self._inside(), *command], stdout=log, stderr=log)

    def _inside(self) -> list[str]:
        first = _children(self._namespaces.pid)[0]
        return ["nsenter", "--target", str(first), "--net", "--mount", "--pid", "--"]

    def _comes_up(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.is_running:
            if self._answers():
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def _answers(self) -> bool:
        """Asked by hand: Docker's client leaves its socket open when nobody answers."""
        with suppress(OSError), closing(socket.socket(socket.AF_UNIX)) as plug:
            plug.settimeout(START_SECONDS)
            plug.connect(self.address.removeprefix("unix://"))
            plug.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in plug.recv(64)
        return False


def _children(pid: int) -> list[int]:
    """The processes that any thread of this one has started and that still live."""
    tasks = Path("/proc", str(pid), "task")
    with suppress(OSError):
        return [int(child) for task in tasks.iterdir() for child in (task / "children").read_text().split()]
    return []


def _is_called(pid: int, name: str) -> bool:
    with suppress(OSError):
        return Path("/proc", str(pid), "comm").read_text().strip() == name
    return False
