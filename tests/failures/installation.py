"""A whole installation to break: its servers, its workers and its engine, each a process of its own.

Embedded (SQLite and a folder as broker) or grown up (PostgreSQL and Redis).
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import redis

from assessments.management.commands.serve import worker_command
from sandbox.hardening import MEMBER_LABEL, OWNER_LABEL, RUN_LABEL
from tests.failures.engine import SecondEngine
from tests.failures.gates import Gates, closed_gates
from tests.failures.patience import until
from tests.failures.processes import ROOT, Client, Clock, Worker
from tests.failures.storage import SqliteFile, Storage, postgres, small_disk
from tests.servers import Server, lasting_redis

Row = dict[str, Any]


class Installation:
    """Use `embedded` or `grown_up` to make one."""

    def __init__(
        self, *, engine: SecondEngine, folder: Path, storage: Storage, broker: Server | None = None
    ) -> None:
        """`broker`: None for a folder, which lies on the disk of the storage."""
        self.engine, self.storage, self.broker = engine, storage, broker
        self.data = storage.disk / "data"
        self.data.mkdir()
        self._folder, self._gates = folder, folder / "gates"
        self._gates.mkdir()
        self.workers: list[Worker] = []
        self.environment = {
            **os.environ,
            "DOCKER_HOST": engine.address,
            "DATABASE_URL": storage.url,
            "TOUCHSTONE_DATA_DIR": str(self.data),
            "TOUCHSTONE_TEST_GATES": str(self._gates),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
        }
        self.environment.pop("TOUCHSTONE_BROKER_URL", None)
        if broker is not None:
            self.environment["TOUCHSTONE_BROKER_URL"] = broker.url
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env=self.environment,
            check=True,
        )
        self.client = Client(self.environment)

    def close(self) -> None:
        """Stops every process; nothing may be left on the engine then."""
        with ExitStack() as stack:
            stack.callback(self.client.close)
            for worker in self.workers:
                stack.callback(worker.stop)
                worker.thaw()

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
        log = self._folder / f"worker-{len(self.workers) + 1}.log"
        worker = Worker.start(command, {**self.environment, **extra}, log)
        self.workers.append(worker)
        until(lambda: worker.says(" ready.") or not worker.lives, "a worker is ready", worker.last_words)
        assert worker.lives, worker.last_words()
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

    @contextmanager
    def frozen(self, worker: Worker) -> Iterator[None]:
        """It stands still, and not in the middle of a transaction, where it would hold up everybody."""

        def stands_alone() -> bool:
            worker.freeze()
            if not self.storage.is_free():
                worker.thaw()
                return False
            return True

        try:
            until(stands_alone, "the worker holds nothing of the database", self.logs)
            yield
        finally:
            worker.thaw()

    # Gates

    def gates(self, *names: str) -> AbstractContextManager[Gates]:
        """Closes gates of the workers."""
        return closed_gates(self._gates, *names, explain=self.logs)

    def count(self, what: str, pk: str) -> int:
        """How often a grading was 'started' or 'told' of."""
        return self._noted(what).count(pk)

    def _noted(self, what: str) -> list[str]:
        path = self._gates / what
        return path.read_text().splitlines() if path.exists() else []

    # Gradings

    def request(self, pack: str = "tiny-cache", **options: Any) -> list[str]:
        ids: list[str] = self.client.do("request", pack=pack, **options)
        return ids

    def rows(self, ids: Sequence[str]) -> list[Row]:
        rows: list[Row] = self.client.do("rows", ids=list(ids))
        return rows

    def logs(self) -> str:
        """The end of what each worker wrote."""
        return "\n".join(worker.last_words() for worker in self.workers[-3:])

    # Broker and clock

    def empty_broker(self) -> None:
        """No message is left, and nobody knows of it."""
        if self.broker is None:
            for message in (self.data / "broker" / "messages").iterdir():
                message.unlink(missing_ok=True)  # A worker may have been faster.
            return
        with closing(redis.Redis.from_url(self.broker.url)) as client:
            client.flushall()

    def clock(self) -> Clock:
        return Clock(self._folder / "clock")

    # The engine

    def kill_member(self, member: str, pk: str) -> None:
        """Kills a container of the pod that this grading was let into last, past the worker."""
        run = [line.split()[1] for line in self._noted("runs") if line.startswith(pk)][-1]
        labels = [f"{RUN_LABEL}={run}", f"{MEMBER_LABEL}={member}"]
        with self.engine.client() as client:
            [found] = client.containers.list(filters={"label": labels})
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


@contextmanager
def embedded(engine: SecondEngine, folder: Path) -> Iterator[Installation]:
    """SQLite, and a folder as broker."""
    with small_disk() as disk:
        yield from _running(Installation(engine=engine, folder=folder, storage=SqliteFile(disk)))


@contextmanager
def grown_up(engine: SecondEngine, folder: Path) -> Iterator[Installation]:
    """PostgreSQL and Redis."""
    with small_disk() as disk, postgres(disk) as storage, lasting_redis() as broker:
        yield from _running(Installation(engine=engine, folder=folder, storage=storage, broker=broker))


def _running(installation: Installation) -> Iterator[Installation]:
    try:
        yield installation
    finally:
        installation.close()
