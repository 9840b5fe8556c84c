"""The connection to the candidate's functions, as lines with the number of the test that each belongs to.

What comes over it may be anything, and none of it is believed.
"""

import select
import socket
import threading
import time
from collections.abc import Callable

from ..agent import wire
from .framing import Message

POLL_SECONDS = 0.02
LISTEN_SECONDS = 0.1
"""So often whoever waits looks whether it is still to."""
PORT_BYTES = 256 * 1024
_DIGITS = 9


class GarbageError(Exception):
    """What came is no line of the protocol; nothing after it can be read."""


class Line:
    """One connection, accepted once. Its listener is there from the beginning."""

    def __init__(self, port: int) -> None:
        self._listener: socket.socket | None = socket.create_server(("127.0.0.1", port), backlog=1)
        self._socket: socket.socket | None = None
        self._received = bytearray()

    def accept(self, deadline: float, ended: threading.Event) -> bool:
        """False if nobody came in time, or before `ended`. Nobody else can connect afterwards."""
        listener, self._listener = self._listener, None
        assert listener is not None
        with listener:
            while time.monotonic() < deadline and not ended.is_set():
                if select.select([listener], [], [], POLL_SECONDS)[0]:
                    self._socket, _ = listener.accept()
                    self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    return True
        return False

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def send(self, data: bytes, deadline: float) -> None:
        self._timed(_left(deadline)).sendall(data)

    def next(self, deadline: float, number: int, check: Callable[[], None]) -> tuple[int, bytes]:
        """The next line: the number of its test, `number` or an earlier one, and its text. `check` raises
        whatever ends the waiting.

        Raises OSError, EOFError, TimeoutError or GarbageError.
        """
        digits, _, rest = self._whole(deadline, check).partition(b" ")
        if not digits.isdigit() or len(digits) > _DIGITS or int(digits) > number:
            raise GarbageError
        return int(digits), rest

    def _whole(self, deadline: float, check: Callable[[], None]) -> bytes:
        searched = 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            if searched > wire.LINE_BYTES + _DIGITS:
                raise GarbageError
            data = self._receive(deadline, check)
            if not data:
                raise EOFError("closed")
            self._received += data
        if time.monotonic() > deadline:
            raise TimeoutError
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line

    def _receive(self, deadline: float, check: Callable[[], None]) -> bytes:
        while True:
            check()
            line = self._timed(min(_left(deadline), LISTEN_SECONDS))
            try:
                return line.recv(PORT_BYTES)
            except TimeoutError:
                continue

    def _timed(self, seconds: float) -> socket.socket:
        assert self._socket is not None
        self._socket.settimeout(seconds)
        return self._socket


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def load(text: bytes) -> Message:
    """What a line says. Raises WireError."""
    message = wire.load(text)
    if not isinstance(message, dict):
        raise wire.WireError("is not an answer")
    return message
