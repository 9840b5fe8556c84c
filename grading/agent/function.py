"""Serves the functions and classes of a candidate's module to the judge, each test in a process of its own.

The parent connects to the judge before any of the candidate's code runs. For each test it forks a child,
which imports the module and answers the judge's requests (`objects`); the parent only carries lines, puts the
test's number before each answer, and tells how a child ended. At `end` it kills whatever the test has left
running and forks the next child at once, so that importing overlaps with the judge's own work.

Judge to parent: lines of JSON, and the line `end`. Parent to judge: `<number> <line of JSON>`. A child's
first line is {"loaded": true}, or {"failed": traceback} if its module cannot be imported. {"ended": how} is
the parent's own.
"""

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from . import wire
from .objects import Objects

CONNECT_SECONDS = 15.0
FAILURE_CHARACTERS = 2000
_CHUNK = 256 * 1024
_SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER: what a test leaves behind becomes the parent's child, and can be found."""
LEARNED = 200
"""At most so many modules of the standard library are imported ahead because a first import needed them."""


def connect(port: int) -> socket.socket:
    """The judge listens before the container is made; waiting is for a machine that has lost its breath."""
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            judge = socket.create_connection(("127.0.0.1", port), timeout=CONNECT_SECONDS)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            judge.settimeout(None)
            judge.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return judge


def serve(judge: socket.socket, module: str, folder: str) -> None:
    """Until the judge hangs up."""
    _adopt_orphans()
    relay = _Relay(judge)
    number = 0
    while True:
        child = _Child.fork(judge, module, folder)
        is_over = relay.carry(child, number)
        child.kill()
        _end_descendants()
        if is_over:
            return
        if number == 0:
            _import_ahead(relay.first)
        number += 1


class _Child:
    """The process of one test, and this side of the line to it."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid, self.line = pid, line
        self._how = ""

    @classmethod
    def fork(cls, judge: socket.socket, module: str, folder: str) -> "_Child":
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            judge.close()
            ours.close()
            _be_the_child(theirs, module, folder)
        theirs.close()
        ours.setblocking(False)
        return cls(pid, ours)

    def kill(self) -> str:
        """How it ended: 'ended with exit code 3', 'was ended by signal 9 (SIGKILL)'."""
        if not self._how:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._how = _how(os.waitpid(self.pid, 0)[1])
            self.line.close()
        return self._how

    def ending(self) -> str:
        """Like `kill`, for one that has closed its line: it may be ending by itself just now."""
        deadline = time.monotonic() + 0.2
        while not self._how and time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._how = _how(status)
                self.line.close()
            else:
                time.sleep(0.001)
        return self.kill()


class _Relay:
    """Carries lines between the judge and one child after the other."""

    def __init__(self, judge: socket.socket) -> None:
        self._judge = judge
        self._inbox = bytearray()
        self.first = b""
        """The first line of the first child."""

    def carry(self, child: _Child, number: int) -> bool:
        """Until the judge ends the test; True if it hung up."""
        prefix = b"%d " % number
        outbox, answers, alive = bytearray(), bytearray(), True
        poll = select.poll()
        poll.register(self._judge, select.POLLIN)
        poll.register(child.line, select.POLLIN)
        while True:
            while (end := self._inbox.find(b"\n")) >= 0:
                line = bytes(self._inbox[: end + 1])
                del self._inbox[: end + 1]
                if line == b"end\n":
                    return False
                outbox += line
            if alive:
                poll.modify(child.line, select.POLLIN | (select.POLLOUT if outbox else 0))
            for descriptor, events in poll.poll():
                if descriptor == self._judge.fileno():
                    data = self._judge.recv(_CHUNK)
                    if not data:
                        return True
                    self._inbox += data
                elif events & (select.POLLIN | select.POLLHUP | select.POLLERR):
                    data = _received(child.line)
                    answers += data
                    self._pass_on(answers, prefix)
                    if not data or len(answers) > wire.LINE_BYTES:
                        alive = False
                        poll.unregister(child.line)
                        ended = wire.dump({"ended": child.ending()})
                        self._judge.sendall(prefix + ended)
                elif outbox:
                    del outbox[: _sent(child.line, outbox)]

    def _pass_on(self, answers: bytearray, prefix: bytes) -> None:
        """Whole lines only, so that a child that is killed cannot leave half of one."""
        while (end := answers.find(b"\n")) >= 0:
            self._judge.sendall(prefix + answers[: end + 1])
            self.first = self.first or bytes(answers[: end + 1])
            del answers[: end + 1]


def _be_the_child(line: socket.socket, module: str, folder: str) -> None:
    """Never returns."""
    try:
        os.setsid()
        gc.enable()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _answer_all(line, module, folder)
    except BaseException:  # noqa: BLE001 - there is nobody above who could.
        traceback.print_exc()
    finally:
        _flush()
        os._exit(1)


def _answer_all(line: socket.socket, module: str, folder: str) -> None:
    before = set(sys.modules)
    try:
        objects = Objects(load(module, folder))
    except BaseException as error:  # noqa: BLE001 - whatever importing their code raises.
        _flush()
        line.sendall(wire.dump({"failed": _failure(error)}))
        return
    _flush()
    learned = sorted((set(sys.modules) - before) & sys.stdlib_module_names)[:LEARNED]
    line.sendall(wire.dump({"loaded": True, "modules": learned}))
    for request in line.makefile("rb"):
        answer = objects.answer(wire.load(request))
        _flush()
        try:
            data = wire.dump(answer)
        except wire.WireError as error:
            data = wire.dump({"refused": str(error)})
        line.sendall(data)


def load(module: str, folder: str) -> Any:
    """Imports the candidate's module from their folder. A file of theirs goes before a module of the same
    name that was imported ahead.
    """
    own = {entry.name.partition(".")[0] for entry in Path(folder).iterdir()}
    for name in [name for name in sys.modules if name.partition(".")[0] in own]:
        del sys.modules[name]
    sys.path.insert(0, folder)
    sys.argv = [f"{folder}/{module}.py"]
    importlib.invalidate_caches()
    return importlib.import_module(module)


def _failure(error: BaseException) -> str:
    """The traceback without our own frames, its end if it is long."""
    trace = error.__traceback__
    ours = (str(Path(__file__).parent), "<frozen importlib")
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(ours):
        trace = trace.tb_next
    text = "".join(traceback.format_exception(type(error), error, trace)).strip()
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - into the log that the candidate reads.
    return text[-FAILURE_CHARACTERS:].encode(errors="replace").decode()


def _import_ahead(first: bytes) -> None:
    """What the first child had to import of the standard library, the next ones find imported."""
    with contextlib.suppress(Exception):
        for name in wire.load(first)["modules"][:LEARNED]:
            if name in sys.stdlib_module_names:
                importlib.import_module(name)
        gc.freeze()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def _received(line: socket.socket) -> bytes:
    try:
        return line.recv(_CHUNK)
    except OSError:
        return b""


def _sent(line: socket.socket, data: bytearray) -> int:
    try:
        return line.send(data)
    except OSError:
        return 0


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else "?"
    return f"was ended by signal {-code} ({name})"


def _adopt_orphans() -> None:
    ctypes = importlib.import_module("ctypes")
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def _end_descendants() -> None:
    """Whatever a test has started goes with it."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            for orphan in _children():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(orphan, signal.SIGKILL)
            time.sleep(0.001)


def _children() -> list[int]:
    me = str(os.getpid())
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = Path(entry.path, "stat").read_text().rpartition(")")[2].split()
                if fields[1] == me:
                    found.append(int(entry.name))
    return found
