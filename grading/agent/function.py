"""Serves the functions and classes of a candidate's module to the judge, each test in a process of its own.

The parent connects to the judge before any of the candidate's code runs. For each test it has a child
(`children`), which imports the module and answers the judge's requests (`objects`); the parent only carries
lines, puts the test's number before each answer, and tells how a child ended. At `end` it kills whatever the
test has left running. The children of the next tests import while this one's runs.

`PROTOCOL.md` says what the lines are. A child's first line is {"loaded": true}, or {"failed": traceback} if
its module cannot be imported. {"ended": how} is the parent's own.

Parent to child: first {"module", "folder", "environment"}, which tells it to import; then the judge's lines.
"""

import contextlib
import gc
import importlib
import importlib.util
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import wire
from .children import Child, Children
from .conversation import Conversation, flush
from .objects import Objects

CONNECT_SECONDS = 15.0
TESTS, END = b"tests ", b"end "
FAILURE_CHARACTERS = 2000
_CHUNK = 256 * 1024
_SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER: what a test leaves behind becomes the parent's child, and can be found."""
LEARNED = 200
"""At most so many modules of the standard library are imported ahead because a first import needed them."""
_SAMPLE = "import re\n\nclass A:\n    def f(self, x):\n        return [y for y in x if y]\n"


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
            _adopt_orphans()
            return judge


def no_children(judge: socket.socket) -> Children:
    """None yet; they may be forked ahead of `serve` (`Children.rest`)."""
    return Children(judge, _be_the_child)


def serve(
    judge: socket.socket, ready: Children, module: str, folder: str, environment: Mapping[str, str]
) -> None:
    """Until the judge hangs up."""
    ready.begin(wire.dump({"module": module, "folder": folder, "environment": dict(environment)}))
    relay = _Relay(judge, ready)
    child = ready.take()
    number = 0
    while not relay.carry(child, number):
        child.kill()
        ready.end_orphans()
        if number == 0 and _import_ahead(relay.first):
            ready.end_resting()
        child = ready.take()
        number += 1
    child.kill()
    ready.end()


class _Relay:
    """Carries lines between the judge and one child after the other."""

    def __init__(self, judge: socket.socket, ready: Children) -> None:
        self._judge, self._ready = judge, ready
        self._inbox = bytearray()
        self._was_asked = False
        self._left = 1
        """How many tests may come, with the one that runs."""
        self.first = b""
        """The first line of the first child."""

    def carry(self, child: Child, number: int) -> bool:
        """Until the judge ends the test; True if it hung up."""
        prefix, self._was_asked = b"%d " % number, False
        outbox, answers, alive, waits = bytearray(), bytearray(), True, False
        poll = select.poll()
        poll.register(self._judge, select.POLLIN)
        poll.register(child.line, select.POLLIN)
        while True:
            while (end := self._inbox.find(b"\n")) >= 0:
                line = bytes(self._inbox[: end + 1])
                del self._inbox[: end + 1]
                if line.startswith(END):
                    self._left = int(line.removeprefix(END))
                    return False
                if line.startswith(TESTS):
                    self._left = int(line.removeprefix(TESTS))
                    continue
                outbox += line
                self._was_asked = True
            if alive and outbox:
                del outbox[: _sent(child.line, outbox)]
            if alive and bool(outbox) != waits:
                waits = bool(outbox)
                poll.modify(child.line, select.POLLIN | (select.POLLOUT if waits else 0))
            for descriptor, events in poll.poll():
                if descriptor == self._judge.fileno():
                    data = _received(self._judge)
                    if not data:
                        return True
                    self._inbox += data
                elif events & (select.POLLIN | select.POLLHUP | select.POLLERR):
                    data = _received(child.line)
                    answers += data
                    self._pass_on(answers, prefix)
                    if self._was_asked and data:
                        self._ready.prepare(self._left - 1)
                    if not data or len(answers) > wire.LINE_BYTES:
                        alive = False
                        poll.unregister(child.line)
                        ended = wire.dump({"ended": child.ending()})
                        self._tell(prefix + ended)

    def _pass_on(self, answers: bytearray, prefix: bytes) -> None:
        """Whole lines only, so that a child that is killed cannot leave half of one."""
        while (end := answers.find(b"\n")) >= 0:
            self._tell(prefix + answers[: end + 1])
            self.first = self.first or bytes(answers[: end + 1])
            del answers[: end + 1]

    def _tell(self, line: bytes) -> None:
        """A judge that has hung up says so when it is listened to."""
        with contextlib.suppress(ConnectionError):
            self._judge.sendall(line)


def _be_the_child(line: socket.socket) -> None:
    """Never returns."""
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with open(os.devnull, "rb") as null:  # noqa: PTH123 - cheaper, and each test pays.
            os.dup2(null.fileno(), 0)
        _answer_all(line)
    except ConnectionError:
        pass  # Nobody asks any more.
    except BaseException:  # noqa: BLE001 - there is nobody above who could.
        traceback.print_exc()
    finally:
        flush()
        os._exit(1)


def _answer_all(line: socket.socket) -> None:
    conversation = Conversation(line)
    _stretch()
    if not (order := conversation.read()):
        os._exit(0)  # It was not needed.
    told = wire.load(order)
    os.environ.update(told["environment"])
    before = set(sys.modules)
    try:
        objects = Objects(load(told["module"], told["folder"]), conversation.ask)
    except BaseException as error:  # noqa: BLE001 - whatever importing their code raises.
        flush()
        line.sendall(wire.dump({"failed": _failure(error)}))
        return
    flush()
    learned = sorted((set(sys.modules) - before) & sys.stdlib_module_names)[:LEARNED]
    line.sendall(wire.dump({"loaded": True, "modules": learned}))
    conversation.serve(objects)


def _stretch() -> None:
    """Memory that is the parent's is copied when it is first written to. Who rests does that now for what an
    import touches, which halves the import's time.
    """
    compile(_SAMPLE, "sample", "exec")
    importlib.util.find_spec("there_is_no_such_module")


def load(module: str, folder: str) -> Any:
    """Imports the candidate's module from their folder. A file of theirs goes before a module of the same
    name that was imported ahead.
    """
    own = {name.partition(".")[0] for name in os.listdir(folder)}  # noqa: PTH208 - a tenth of the time.
    for name in [name for name in sys.modules if name.partition(".")[0] in own]:
        del sys.modules[name]
    sys.path.insert(0, folder)
    sys.argv = [f"{folder}/{module}.py"]
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


def _import_ahead(first: bytes) -> bool:
    """What the first child had to import of the standard library, the next ones find imported. Whether there
    was anything.
    """
    names: list[str] = []
    with contextlib.suppress(Exception):
        names = [name for name in wire.load(first)["modules"][:LEARNED] if name in sys.stdlib_module_names]
        for name in names:
            importlib.import_module(name)
        gc.freeze()
    return bool(names)


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


def _adopt_orphans() -> None:
    ctypes = importlib.import_module("ctypes")
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
