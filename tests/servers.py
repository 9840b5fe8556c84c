"""A PostgreSQL and a Redis for the tests of a grown-up installation, from the sandbox images, on a free port
of loopback.
"""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import docker
import psycopg
import redis
from docker.errors import DockerException
from docker.models.containers import Container

from sandbox.engine import Engine
from sandbox.images import Images, shipped

PASSWORD = "for-tests-only"
START_SECONDS = 60.0
_INITIALISE = (
    "initdb --pgdata /tmp/data --username touchstone --auth trust --encoding UTF8 --no-sync >/dev/null"
    " && exec postgres -D /tmp/data -p {port} -c listen_addresses=127.0.0.1 -c fsync=off"
    " -c unix_socket_directories=/tmp"
)
_PATH = "PATH=/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin"


def free_port() -> int:
    """A TCP port of loopback that nothing listens on at this moment."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres() -> Iterator[str]:
    """A fresh PostgreSQL; gives its DATABASE_URL."""
    port = free_port()
    url = f"postgresql://touchstone@127.0.0.1:{port}/postgres"

    def answers() -> None:
        psycopg.connect(url, connect_timeout=2).close()

    with _server("postgres", _INITIALISE.format(port=port), answers, psycopg.OperationalError):
        yield url


@contextmanager
def redis_server() -> Iterator[str]:
    """A fresh Redis; gives its URL."""
    port = free_port()
    url = f"redis://:{PASSWORD}@127.0.0.1:{port}/0"

    def answers() -> None:
        with closing(redis.Redis.from_url(url)) as client:
            client.ping()

    command = (
        f"exec redis-server --bind 127.0.0.1 --port {port} --requirepass {PASSWORD} --save '' --dir /tmp"
    )
    with _server("redis", command, answers, redis.exceptions.ConnectionError):
        yield url


@contextmanager
def _server(
    image: str, command: str, answers: Callable[[], None], not_yet: type[Exception]
) -> Iterator[None]:
    """Runs `command` in a container of a shipped image, as nobody in particular, on the host's loopback."""
    try:
        client = docker.from_env()
        with Engine() as engine:
            found = Images(engine).find_or_build(shipped(image))
    except DockerException as error:
        raise RuntimeError(f"These tests need a Docker engine, and none answers: {error}") from error
    container = client.containers.run(
        found,
        entrypoint=["sh", "-c", command],
        user="65534:65534",
        environment=[_PATH],
        network_mode="host",
        labels={"touchstone.tests": "server"},
        detach=True,
    )
    try:
        _wait(answers, not_yet, container)
        yield
    finally:
        container.remove(force=True, v=True)
        client.close()


def _wait(answers: Callable[[], None], not_yet: type[Exception], container: Container) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            answers()
        except not_yet as error:
            container.reload()
            if time.monotonic() > deadline or container.status == "exited":
                log = container.logs(tail=20).decode(errors="replace")
                raise RuntimeError(f"The server for the tests did not start: {error}\n{log}") from error
            time.sleep(0.1)
        else:
            return
