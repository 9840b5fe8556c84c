"""A whole installation to break: its servers, its workers and its engine, each a process of its own.

Embedded (SQLite and a folder as broker) or grown up (PostgreSQL and Redis). Its data lies on a small disk of
its own, which can be filled up.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis

from assessments.management.commands.serve import worker_command
from sandbox.hardening import MEMBER_LABEL, OWNER_LABEL, RUN_LABEL
from sandbox.pod import default_owner
from tests.failures.engine import SecondEngine
from tests.servers import Server, lasting_redis, postgres_server

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS = 240.0
"""How long anything may take on a busy machine once what it needs is there again."""
DISK_MEGABYTES = 96
_POLL_SECONDS = 0.05
_NOBODY = 65534

Row = dict[str, Any]


def until(condition: Callable[[], Any], what: str, explain: Callable[[], str] = str) -> Any:
    """Waits for something to become true and returns it."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, f"After {WAIT_SECONDS:g} s still not so: {what}. {explain()}"
        time.sleep(_POLL_SECONDS)
    return value


@dataclass(frozen=True)
class Worker:
    """A worker process, started as `manage.py serve` starts one."""

    process: "subprocess.Popen[bytes]"
    log: Path

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

    def says(self, *texts: str) -> bool:
        """Whether it has written any of these."""
        log = self.log.read_text(errors="replace")
        return any(text in log for text in texts)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Every thread stands still, as in a machine that is suspended."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """As an operator does it; by force if it does not end."""
        if self.lives:
            self.process.terminate()
            try:
                self.process.wait(WAIT_SECONDS)
            finally:
                self.kill()


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


class Client:
    """What the web process does to the queue. Like a web process, it lives through all that happens."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.failures.client"],
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


class Installation:
    """Use `embedded` or `grown_up` to make one."""

    def __init__(
        self,
        *,
        engine: SecondEngine,
        folder: Path,
        disk: Path,
        database: Server | None = None,
        broker: Server | None = None,
    ) -> None:
        self.engine, self.disk, self.database, self.broker = engine, disk, database, broker
        self.data = disk if database is None else folder / "data"
        self._folder, self._gates = folder, folder / "gates"
        self._gates.mkdir()
        self.workers: list[Worker] = []
        self._started = 0
        self.environment = {
            **os.environ,
            "DOCKER_HOST": engine.address,
            "TOUCHSTONE_DATA_DIR": str(self.data),
            "TOUCHSTONE_TEST_GATES": str(self._gates),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
        }
        for name, server in (("DATABASE_URL", database), ("TOUCHSTONE_BROKER_URL", broker)):
            self.environment.pop(name, None)
            if server is not None:
                self.environment[name] = server.url
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env=self.environment,
            check=True,
        )
        self.client = Client(self.environment)

    def close(self) -> None:
        """Stops every process; nothing may be left on the engine then."""
        for worker in self.workers:
            worker.thaw()
            worker.stop()
        self.client.close()

    # Workers

    def worker(self, **extra: str) -> Worker:
        """Starts one more and waits until it takes work. Only the first one ticks."""
        command = worker_command()
        command[command.index("-A") + 1] = "tests.failures.worker"
        schedule = command.index("--schedule")
        command[schedule + 1] = str(self._folder / "schedule")
        if any(worker.lives for worker in self.workers):
            del command[schedule : schedule + 2]
            command.remove("--beat")
        self._started += 1
        log = self._folder / f"worker-{self._started}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env={**self.environment, **extra},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        worker = Worker(process, log)
        self.workers.append(worker)
        until(lambda: worker.says(" ready.") or not worker.lives, "a worker is ready", worker.log.read_text)
        assert worker.lives, log.read_text()
        return worker

    def a_worker(self) -> Worker:
        """One that lives; started if there is none."""
        living = [worker for worker in self.workers if worker.lives]
        return living[0] if living else self.worker()

    def only(self, kept: Worker) -> None:
        """Stops all others."""
        for worker in self.workers:
            if worker is not kept:
                worker.stop()

    # Gates

    @contextmanager
    def gate(self, *names: str) -> Iterator[Callable[[], None]]:
        """Closes gates; the function it gives waits until a grading stands at each. They open at the end."""
        for name in names:
            (self._gates / name).touch()

        def wait() -> None:
            for name in names:
                until((self._gates / f"{name}.held").exists, f"a grading is at '{name}'", self.logs)

        try:
            yield wait
        finally:
            for name in names:
                (self._gates / name).unlink(missing_ok=True)
                (self._gates / f"{name}.held").unlink(missing_ok=True)

    def open(self, name: str) -> None:
        """Lets go of the grading that stands at this gate; returns when it has left."""
        (self._gates / f"{name}.held").unlink()
        passed = self._gates / f"{name}.passed"
        until(passed.exists, f"a grading has passed '{name}'", self.logs)
        passed.unlink()

    def count(self, what: str, pk: str) -> int:
        """How often a grading was 'started' or 'told' of."""
        path = self._gates / what
        return path.read_text().splitlines().count(pk) if path.exists() else 0

    # Gradings

    def request(self, pack: str = "tiny-cache", **options: Any) -> list[str]:
        ids: list[str] = self.client.do("request", pack=pack, **options)
        return ids

    def rows(self, ids: Sequence[str]) -> list[Row]:
        rows: list[Row] = self.client.do("rows", ids=list(ids))
        return rows

    def logs(self) -> str:
        """The end of what each worker wrote."""
        return "\n".join(
            f"--- {worker.log.name} {'lives' if worker.lives else 'is gone'}\n"
            f"{worker.log.read_text(errors='replace')[-6000:]}"
            for worker in self.workers[-3:]
        )

    # The disk

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Not a byte is left for the database and, if it is a folder, the broker."""
        ballast = self.disk / "ballast"
        if self.database is None:  # What its log has room for would need no disk.
            with closing(sqlite3.connect(self.data / "touchstone.sqlite3")) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        try:
            with ballast.open("wb", buffering=0) as file:
                for size in (1024 * 1024, 4096):
                    try:
                        while True:
                            file.write(b"\1" * size)
                    except OSError:
                        continue
            if self.database is not None:
                _use_up_log(self.database.url)
            yield
        finally:
            ballast.unlink()
        if self.database is not None and not self.database.is_running:
            self.database.start()  # It gave up, as PostgreSQL does without room for its log.

    # Broker, database and clock

    def empty_broker(self) -> None:
        """No message is left, and nobody knows of it."""
        if self.broker is None:
            for message in (self.data / "broker" / "messages").iterdir():
                message.unlink(missing_ok=True)  # A worker may have been faster.
            return
        with closing(redis.Redis.from_url(self.broker.url)) as client:
            client.flushall()

    @contextmanager
    def locked_database(self) -> Iterator[None]:
        """Nobody else may write to the SQLite file."""
        with closing(sqlite3.connect(self.data / "touchstone.sqlite3")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.rollback()

    def clock(self) -> "Clock":
        return Clock(self._folder / "clock")

    # The engine

    def kill_member(self, member: str) -> None:
        """Kills a container of the run that was begun last, past the worker."""
        run = (self._gates / "runs").read_text().splitlines()[-1]
        with self.engine.client() as client:
            [found] = [
                container
                for container in client.containers.list(filters={"label": f"{RUN_LABEL}={run}"})
                if container.labels[MEMBER_LABEL] == member
            ]
            found.kill()

    def left_on_engine(self, *, owners: Sequence[str] | None = None) -> list[str]:
        """Containers and volumes of pods; of these owners, or of all."""
        with self.engine.client() as client:
            found = [
                (item.attrs["Config"]["Labels"] or {}, item.name)
                for item in client.containers.list(
                    all=True, filters={"label": RUN_LABEL}, ignore_removed=True
                )
            ]
            found += [
                (item.attrs["Labels"] or {}, item.name)
                for item in client.volumes.list(filters={"label": RUN_LABEL})
            ]
        return [
            f"{name} of {labels.get(OWNER_LABEL)}"
            for labels, name in found
            if owners is None or labels.get(OWNER_LABEL) in owners
        ]


def _use_up_log(url: str) -> None:
    """Has PostgreSQL write until its log needs more disk, which it does not survive."""
    with suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE ballast (number integer)")
        while True:
            connection.execute("INSERT INTO ballast VALUES (1)")
            connection.execute("SELECT pg_switch_wal()")


@contextmanager
def small_disk() -> Iterator[Path]:
    """A disk of its own, so that it can be full without anybody else's being.

    Not in pytest's folder: pytest could not remove what a killed run left mounted there.
    """
    disk = Path(tempfile.mkdtemp(prefix="disk-"))
    options = f"size={DISK_MEGABYTES}m,mode=0700,uid={_NOBODY},gid={_NOBODY}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
        disk.rmdir()


@contextmanager
def embedded(engine: SecondEngine, folder: Path) -> Iterator[Installation]:
    """SQLite, and a folder as broker."""
    with small_disk() as disk:
        yield from _running(Installation(engine=engine, folder=folder, disk=disk))


@contextmanager
def grown_up(engine: SecondEngine, folder: Path) -> Iterator[Installation]:
    """PostgreSQL and Redis."""
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk())
        (disk / "postgres").mkdir(mode=0o700)
        os.chown(disk / "postgres", _NOBODY, _NOBODY)
        database = stack.enter_context(postgres_server(disk / "postgres"))
        broker = stack.enter_context(lasting_redis())
        made = Installation(engine=engine, folder=folder, disk=disk, database=database, broker=broker)
        yield from _running(made)


def _running(installation: Installation) -> Iterator[Installation]:
    try:
        yield installation
    finally:
        installation.close()
