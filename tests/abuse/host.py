"""What a grading leaves on the engine and on its host, and what this process and the engine use.

The host is looked at only if the engine runs on it: a remote engine tells its containers and volumes only.
"""

import contextlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.engine import Engine
from sandbox.hardening import OWNER_LABEL
from sandbox.spec import MIB

SETTLE_SECONDS = 20.0
"""How long threads and processes may take to be gone after the report."""
POLL_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class Leftovers:
    """What should not be there any more."""

    containers: Sequence[str] = ()
    volumes: Sequence[str] = ()
    processes: Sequence[str] = ()
    """Process ids on the host that run as one of the pods' users."""
    mounts: Sequence[str] = ()
    files: Sequence[str] = ()
    """In the folder for temporary files, of one of the pods' users."""
    users: int
    """How many user ids were looked for."""

    def any(self) -> list[str]:
        return [*self.containers, *self.volumes, *self.processes, *self.mounts, *self.files]


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What is in use. Numbers of the engine are 0 where they cannot be read."""

    threads: int
    files: int
    memory_bytes: int
    disk_free_bytes: int
    engine_files: int = 0
    engine_memory_bytes: int = 0

    def excess(self, start: "Baseline") -> list[str]:
        """What has grown beyond its tolerance since `start`.

        This process keeps a few idle connections to the engine. The engine and the disk serve others at the
        same time, so that only an attack's own order of magnitude shows there.
        """
        grown = {
            "threads": (self.threads - start.threads, 0),
            "open files": (self.files - start.files, 24),
            "memory": (self.memory_bytes - start.memory_bytes, 96 * MIB),
            "disk": (start.disk_free_bytes - self.disk_free_bytes, 2048 * MIB),
            "the engine's files": (self.engine_files - start.engine_files, 400),
            "the engine's memory": (self.engine_memory_bytes - start.engine_memory_bytes, 512 * MIB),
        }
        return [f"{name}: {more:+}" for name, (more, allowed) in grown.items() if more > allowed]


class Host:
    """The engine, and its host if that is here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        address = os.environ.get("DOCKER_HOST", "")
        self._is_here = not address or address.startswith("unix:")

    def baseline(self) -> Baseline:
        files, memory = _engine_use() if self._is_here else (0, 0)
        return Baseline(
            threads=threading.active_count(),
            files=_open_files("self"),
            memory_bytes=_resident_bytes("self"),
            disk_free_bytes=shutil.disk_usage("/").free,
            engine_files=files,
            engine_memory_bytes=memory,
        )

    def settled(self, start: Baseline) -> Baseline:
        """As soon as nothing is in excess, or at the end of its patience."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while (found := self.baseline()).excess(start) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        return found

    def leftovers(self, owner: str, users: Sequence[int]) -> Leftovers:
        """What is left of the pods of this owner, whose members ran as these users."""
        label = f"{OWNER_LABEL}={owner}"
        containers = [str(found["Id"]) for found in self._engine.containers(label)]
        volumes = [str(found["Name"]) for found in self._engine.volumes(label)]
        if not self._is_here:
            return Leftovers(containers=containers, volumes=volumes, users=len(users))
        return Leftovers(
            containers=containers,
            volumes=volumes,
            processes=_processes(users),
            mounts=_mounts(users),
            files=_files(users),
            users=len(users),
        )


def _processes(users: Sequence[int]) -> list[str]:
    """A killed process may need a moment to be reaped."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while (found := list(_of_users(users))) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return found


def _of_users(users: Sequence[int]) -> list[str]:
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdecimal() and folder.stat().st_uid in users:
                found.append(f"process {folder.name}")
    return found


def _mounts(users: Sequence[int]) -> list[str]:
    """A container's tmpfs names its user among its options."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line for line in lines if any(f"uid={user}," in line for user in users)]


def _files(users: Sequence[int]) -> list[str]:
    found = []
    for path in Path(tempfile.gettempdir()).iterdir():
        with contextlib.suppress(OSError):
            if path.lstat().st_uid in users:
                found.append(str(path))
    return found


def _engine_use() -> tuple[int, int]:
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if folder.name.isdecimal() and (folder / "comm").read_text().strip() == "dockerd":
                return _open_files(folder.name), _resident_bytes(folder.name)
    return 0, 0


def _open_files(process: str) -> int:
    return sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())


def _resident_bytes(process: str) -> int:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
