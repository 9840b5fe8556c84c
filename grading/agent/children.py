"""The processes that a module's tests run in: forked ahead, told to import, killed, and cleaned up after.

A fork of an interpreter takes a millisecond, and the fork's own first steps another: too much for each test.
So they are made while the container waits for its files, and rest until they are told what to import. They
run nothing but our own code until then, as their parent does.
"""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

AHEAD = 2
"""How many import for the tests after this one."""
_ENDING_SECONDS = 0.2
_LIST_BYTES = 64 * 1024


class Child:
    """The process of one test, and this side of the line to it."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid, self.line = pid, line
        self._how = ""

    def tell(self, order: bytes) -> None:
        """One that is gone already is found out when its line is read."""
        with contextlib.suppress(OSError):
            self.line.sendall(order)
        self.line.setblocking(False)

    def kill(self) -> str:
        """How it ended: 'ended with exit code 3', 'was ended by signal 9 (SIGKILL)'."""
        if not self._how:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._take(os.waitpid(self.pid, 0)[1])
        return self._how

    def ending(self) -> str:
        """Like `kill`, for one that has closed its line: it may be ending by itself just now."""
        deadline = time.monotonic() + _ENDING_SECONDS
        while not self._how and time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._take(status)
            else:
                time.sleep(0.001)
        return self.kill()

    def _take(self, status: int) -> None:
        """It was waited for."""
        self._how = _how(status)
        self.line.close()


class Children:
    """Those of the tests to come, in the order in which they were forked."""

    def __init__(self, judge: socket.socket, work: Callable[[socket.socket], None]) -> None:
        """`work` is what a child does with its end of the line; it never returns."""
        self._judge, self._work = judge, work
        self._resting: list[Child] = []
        self._importing: list[Child] = []
        self._running: Child | None = None
        """The one whose test it is, or was."""
        self._order = b""

    def rest(self) -> None:
        """One more that waits."""
        self._resting.append(self._fork())

    def begin(self, order: bytes) -> None:
        """From now on they are told this before anything else."""
        self._order = order

    def prepare(self, wanted: int) -> None:
        """One more imports, if there are not enough that do. `wanted`: how many could be of use."""
        if len(self._importing) < min(AHEAD, wanted):
            self._importing.append(self._next())

    def take(self) -> Child:
        """The next test's."""
        self._running = self._importing.pop(0) if self._importing else self._next()
        return self._running

    def end_resting(self) -> None:
        """For a parent that has learned something, which new ones will know."""
        resting, self._resting = self._resting, []
        for child in resting:
            child.kill()

    def end_orphans(self) -> None:
        """Whatever a test has started goes with it."""
        kept = {child.pid for child in (*self._importing, *self._resting)}
        while orphans := [pid for pid in _children() if pid not in kept]:
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)

    def end(self) -> None:
        """Everything."""
        importing, self._importing = self._importing, []
        for child in importing:
            child.kill()
        self.end_resting()
        self.end_orphans()

    def _next(self) -> Child:
        child = self._resting.pop(0) if self._resting else self._fork()
        child.tell(self._order)
        return child

    def _fork(self) -> Child:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            others = [*self._resting, *self._importing, *([self._running] if self._running else [])]
            for line in (self._judge, ours, *(child.line for child in others)):
                line.close()
            self._work(theirs)
        theirs.close()
        return Child(pid, ours)


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else "?"
    return f"was ended by signal {-code} ({name})"


def _children() -> list[int]:
    try:
        listed = os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY)
    except FileNotFoundError:  # A kernel without CONFIG_PROC_CHILDREN.
        me = str(os.getpid())
        found = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return [int(entry.name) for entry in found if _parent(entry) == me]
    try:
        return [int(pid) for pid in os.read(listed, _LIST_BYTES).split()]
    finally:
        os.close(listed)


def _parent(process: Path) -> str:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[1]
    except OSError:
        return ""
