"""The line to the worker, as the process for tests has it: the supervisor is at its other end, and passes on.
Everything else in that process speaks to the worker through this.

The real standard output is moved away before any author's code is imported: what a test prints goes to
standard error (the staff's log) and cannot break the framing.
"""

import itertools
import os
import threading
from typing import BinaryIO, Self

from .framing import Message, decode, encode
from .memory import Memory


class WorkerGoneError(Exception):
    """The worker closed the line."""


class Channel:
    """One after the other until `listen`; requests as well, by any thread, from then on."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink
        self.memory = Memory()
        """What is said here is not cut short for want of it."""
        self._lock = threading.Lock()
        self._ids = itertools.count()
        self._answers: dict[int, _Answer] = {}
        self.ended = threading.Event()
        """Set while the candidate's program has come to its end by itself."""
        self.closed = threading.Event()
        """Set when the worker wants the trailer."""

    @classmethod
    def take_over_standard_streams(cls) -> Self:
        """Keeps descriptors 0 and 1; leaves /dev/null and standard error in their place."""
        source = os.fdopen(os.dup(0), "rb", buffering=1024 * 1024)
        sink = os.fdopen(os.dup(1), "wb", buffering=0)
        with open(os.devnull, "rb") as null:  # noqa: PTH123
            os.dup2(null.fileno(), 0)
        os.dup2(2, 1)
        return cls(source, sink)

    def read(self) -> Message:
        """The next message. Only before `listen`."""
        line = self._source.readline()
        if not line.endswith(b"\n"):
            raise WorkerGoneError
        return decode(line)

    def read_bytes(self, count: int) -> bytes:
        data = self._source.read(count)
        if len(data) != count:
            raise WorkerGoneError
        return data

    def listen(self, *, first_request: int = 0) -> None:
        """From now on a thread of its own reads what the worker says. `first_request`: its number."""
        self._ids = itertools.count(first_request)
        threading.Thread(target=self._listen, name="channel", daemon=True).start()

    def send(self, message: Message) -> None:
        with self.memory.reserve(), self._lock:
            _write_all(self._sink, encode(message))

    def ask(self, operation: str, **fields: object) -> Message:
        """The worker's answer to a request. Blocks; a test's timer may interrupt it."""
        number, answer = next(self._ids), _Answer()
        self._answers[number] = answer
        self.send({"type": "request", "id": number, "op": operation, **fields})
        answer.arrived.wait()
        return answer.message

    def _listen(self) -> None:
        while first := self._source.read(1):  # One byte takes no memory: there may be none.
            with self.memory.reserve():
                self._take(decode(first + self._source.readline()))
        # Without a worker there is nobody to judge for, and the main thread may be anywhere.
        os._exit(3)

    def _take(self, message: Message) -> None:
        match message["type"]:
            case "response":
                if message.get("started"):
                    self.ended.clear()
                answer = self._answers.pop(message["id"])
                answer.message = message
                answer.arrived.set()
            case "ended":
                self.ended.set()
            case "close":
                self.closed.set()


class _Answer:
    def __init__(self) -> None:
        self.arrived = threading.Event()
        self.message: Message = {}


def _write_all(sink: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[sink.write(view) :]
