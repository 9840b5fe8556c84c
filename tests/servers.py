"""A PostgreSQL and a Redis for the tests of a grown-up installation, from the sandbox images, on a free port
of loopback.
"""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import docker
import psycopg
import redis
from docker.errors import DockerException
from docker.models.containers import Container

from sandbox.engine import Engine
from sandbox.images import Images, shipped

PASSWORD = "for-tests-only"
START_SECONDS = 60.0
_DATA = "/tmp/data"  # noqa: S108 - in a container of its own.
_NOBODY = 65534
_INITIALISE = (
    "[ -d {data}/base ] || initdb --pgdata {data} --username touchstone --auth trust --encoding UTF8"
    " --no-sync --wal-segsize 1 >/dev/null; rm -f {data}/postmaster.pid; exec postgres -D {data} -p {port}"
    " -c listen_addresses=127.0.0.1 -c fsync=off -c unix_socket_directories=/tmp"
)
_PATH = "PATH=/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin"


def free_port() -> int:
    """A TCP port of loopback that nothing listens on at this moment."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A server in a container: it may be stopped, killed and started again, with its data, on its port."""

    def __init__(
        self, url: str, container: Container, answers: Callable[[], None], not_yet: type[Exception]
    ) -> None:
        self.url = url
        self._container, self._answers, self._not_yet = container, answers, not_yet

    @property
    def is_running(self) -> bool:
        self._container.reload()
        return bool(self._container.status == "running")

    def stop(self) -> None:
        """As an operator does it."""
        self._container.stop()

    def kill(self) -> None:
        """As a loss of power does it."""
        self._container.kill()

    def start(self) -> None:
        """Also the first time; waits until it answers."""
        self._container.start()
        self.wait()

    def wait(self) -> None:
        """Returns when it answers. Raises RuntimeError with the server's last words if it does not."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._answers()
            except self._not_yet as error:
                if time.monotonic() > deadline or not self.is_running:
                    log = self._container.logs(tail=20).decode(errors="replace")
                    raise RuntimeError(f"The server for the tests did not start: {error}\n{log}") from error
                time.sleep(0.1)
            else:
                return


@contextmanager
def postgres() -> Iterator[str]:
    """A fresh PostgreSQL; gives its DATABASE_URL."""
    with postgres_server() as server:
        yield server.url


@contextmanager
def redis_server() -> Iterator[str]:
    """A fresh Redis; gives its URL."""
    with lasting_redis() as server:
        yield server.url


@contextmanager
def postgres_server(folder: Path | None = None) -> Iterator[Server]:
    """A fresh PostgreSQL with its data in `folder`, on the engine's machine; by default in its container."""
    port = free_port()
    url = f"postgresql://touchstone@127.0.0.1:{port}/postgres"

    def answers() -> None:
        psycopg.connect(url, connect_timeout=2).close()

    command = _INITIALISE.format(data=_DATA, port=port)
    with _server("postgres", url, command, answers, psycopg.OperationalError, folder) as server:
        yield server


@contextmanager
def lasting_redis() -> Iterator[Server]:
    """A fresh Redis that still knows what it was told when it is started again."""
    port = free_port()
    url = f"redis://:{PASSWORD}@127.0.0.1:{port}/0"

    def answers() -> None:
        with closing(redis.Redis.from_url(url)) as client:
            client.ping()

    command = (
        f"exec redis-server --bind 127.0.0.1 --port {port} --requirepass {PASSWORD}"
        " --save '' --appendonly yes --appendfsync no --dir /tmp"
    )
    with _server("redis", url, command, answers, redis.exceptions.ConnectionError) as server:
        yield server


@contextmanager
def _server(
    image: str,
    url: str,
    command: str,
    answers: Callable[[], None],
    not_yet: type[Exception],
    folder: Path | None = None,
) -> Iterator[Server]:
    """Runs `command` in a container of a shipped image, as nobody in particular, on the host's loopback."""
    try:
        client = docker.from_env()
        with Engine() as engine:
            found = Images(engine).find_or_build(shipped(image))
    except DockerException as error:
        raise RuntimeError(f"These tests need a Docker engine, and none answers: {error}") from error
    container = client.containers.create(
        found,
        entrypoint=["sh", "-c", command],
        user=f"{_NOBODY}:{_NOBODY}",
        environment=[_PATH],
        network_mode="host",
        labels={"touchstone.tests": "server"},
        volumes=[f"{folder}:{_DATA}"] if folder else [],
    )
    try:
        server = Server(url, container, answers, not_yet)
        server.start()
        yield server
    finally:
        container.remove(force=True, v=True)
        client.close()
