"""The line of one test's process: questions, answers, and calls of the test's functions between them."""

import contextlib
import os
import socket
import sys
import threading
from typing import Any

from . import wire
from .objects import Objects


class Conversation:
    """Strictly one after the other: whoever is asked may ask back before it answers."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._requests = line.makefile("rb")
        self._objects: Objects | None = None
        self._open: list[int] = []
        """Numbers of the questions that are not answered yet, the innermost last."""
        self._lock = threading.RLock()

    def read(self) -> bytes:
        """The next line; empty at the end."""
        return self._requests.readline()

    def serve(self, objects: Objects) -> None:
        """Until nobody asks any more."""
        self._objects = objects
        while request := self.read():
            self._answer(wire.load(request))

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Calls a function of the test and gives the reply. From whatever thread, one at a time."""
        with self._lock:
            if not self._open:
                raise RuntimeError("a function of the test can be called only while the test waits")
            flush()
            self._line.sendall(wire.dump({**message, "q": self._open[-1]}))
            while line := self.read():
                told: dict[str, Any] = wire.load(line)
                if "reply" in told:
                    return told
                self._answer(told)
            os._exit(0)  # Nobody asks any more.

    def _answer(self, request: dict[str, Any]) -> None:
        assert self._objects is not None  # noqa: S101 - told to the type checker.
        self._open.append(request["q"])
        answer = self._objects.answer(request)
        self._open.pop()
        answer["q"] = request["q"]
        flush()
        try:
            data = wire.dump(answer)
        except wire.WireError as error:
            data = wire.dump({"q": request["q"], "refused": error.code})
        self._line.sendall(data)


def flush() -> None:
    """What the candidate's code has printed comes before what it answers."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
