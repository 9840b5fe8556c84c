"""A process with bounds, for code that reads hostile bytes: one file to read, one pipe to answer.

It is a bare interpreter (`python -I -S`: no site packages, no user's settings) without an environment. The
kernel limits its memory, CPU time, files, output to disk and children; the caller's clock limits how long it
is waited for. Whatever becomes of it, the caller only sees an answer that ends.
"""

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENTRY = Path(__file__).with_name("confined.py")
MIB = 1024 * 1024
READ_BYTES = 1 * MIB


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What the process may use; -1 lifts a limit of the kernel. It opens nothing once it has begun."""

    memory_bytes: int = 512 * MIB
    """Address space: the interpreter's own is about 30 MiB."""
    cpu_seconds: int = 10
    seconds: float = 20.0
    """By the caller's clock, from the start to the last byte."""
    open_files: int = 0
    written_bytes: int = 0
    processes: int = 0
    """Children. The kernel counts them per user, and does not count root's."""

    def limits(self) -> str:
        """As `confined` takes them."""
        values = (
            self.memory_bytes,
            self.cpu_seconds,
            self.open_files,
            self.written_bytes,
            self.processes,
        )
        return ",".join(map(str, values))


class Answer:
    """The end of the pipe that the process writes to."""

    def __init__(self, descriptor: int, deadline: float) -> None:
        self._descriptor, self._deadline = descriptor, deadline
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)

    def read(self, length: int) -> bytes:
        """So many bytes; fewer if the answer has ended or time is up."""
        chunks: list[bytes] = []
        while length > 0 and (chunk := self._chunk(min(length, READ_BYTES))):
            chunks.append(chunk)
            length -= len(chunk)
        return b"".join(chunks)

    def _chunk(self, length: int) -> bytes:
        left = self._deadline - time.monotonic()
        if left <= 0 or not self._poll.poll(left * 1000):
            return b""
        return os.read(self._descriptor, length)


@contextmanager
def answer_of(module: str, data: bytes, *arguments: str, bounds: Bounds) -> Iterator[Answer]:
    """What `module`'s `main(arguments)` writes to standard output while it reads `data` from standard input.

    On exit the process is killed, with all that it may have started.
    """
    deadline = time.monotonic() + bounds.seconds
    with tempfile.TemporaryFile() as source:
        source.write(data)
        source.seek(0)
        with subprocess.Popen(
            [sys.executable, "-I", "-S", str(ENTRY), str(ROOT), module, bounds.limits(), *arguments],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
        ) as process:
            assert process.stdout is not None  # noqa: S101 - told to the type checker.
            try:
                yield Answer(process.stdout.fileno(), deadline)
            finally:
                # Not waited for yet, so the number is still this group's.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
