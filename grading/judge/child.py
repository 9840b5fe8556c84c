"""The process for tests, as the judge's first process sees it."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

PORT_BYTES = 64 * 1024
READINESS_TO_DIE = "1000"
"""When a container's memory is used up, the kernel ends this process rather than the first one."""


class Child:
    """Runs from the moment it is made. `body` is what it does, on its standard streams."""

    def __init__(self, body: Callable[[], None], *, foreign: int) -> None:
        """Forks: only where there is no other thread. `foreign`: a descriptor that is not for it."""
        its_input, self.input = os.pipe()
        self.output, its_output = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            os.dup2(its_input, 0)
            os.dup2(its_output, 1)
            for end in (its_input, its_output, self.input, self.output, foreign):
                os.close(end)
            _become(body)
        os.close(its_input)
        os.close(its_output)
        os.set_blocking(self.input, False)
        os.set_blocking(self.output, False)
        self.outbox = bytearray()
        """On its way to it."""
        self._received = bytearray()
        self.is_ready = self.has_go = False
        self.is_silent = False
        """Whether its line has come to an end."""

    def write(self) -> None:
        """Some of the outbox. What a dead one does not want is thrown away."""
        try:
            del self.outbox[: os.write(self.input, self.outbox[:PORT_BYTES])]
        except BrokenPipeError:
            self.outbox.clear()

    def read(self) -> Iterator[bytes]:
        """The lines that are whole now."""
        try:
            data = os.read(self.output, PORT_BYTES)
        except BlockingIOError:
            return
        self.is_silent = not data
        searched = len(self._received)
        self._received += data
        while (end := self._received.find(b"\n", searched) + 1) > 0:
            line = bytes(self._received[:end])
            del self._received[:end]
            searched = 0
            yield line

    def ending(self) -> int | None:
        """Its exit code, or the number of the signal that ended it below zero. None while it runs."""
        pid, status = os.waitpid(self._pid, 0 if self.is_silent else os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def close(self) -> None:
        """It reads no more from us, which ends it."""
        os.close(self.input)
        os.close(self.output)


def _become(body: Callable[[], None]) -> None:
    """Does nothing else in this process, whatever comes of it."""
    code = 1
    try:
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(READINESS_TO_DIE)
        body()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        os._exit(code)
