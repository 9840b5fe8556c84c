"""The judge's first process, which lives on when the one that runs the tests dies.

Clients written in C end their process when there is no memory to be had, and what a candidate's program
answers decides how much they want. So the tests run in a process of their own. What it and the worker say
passes through here, where it is sealed. If that process dies, the test that ran has failed and a fresh one
goes on with those that are left: it collects the suite anew, connects to the services anew, and is given the
same seed. Before `go` nothing is the program's doing: an end that comes then is the judge's.

There is but one thread here, so that a process can be forked at any time, and no more is held than one
message.
"""

import json
import os
import select
from collections.abc import Callable
from typing import BinaryIO

from .child import PORT_BYTES, Child
from .framing import Message, Sealer, encode
from .progress import HEAD_BYTES, Progress, type_of

POLL_SECONDS = 1.0
"""How soon an end is seen that leaves the line open, in the hands of a process that a test has made."""
STRAY_ENDS = 2
"""So often the process for tests may die while no test runs."""
WORKER_GONE = 3
BY_SIGNAL = 128


class Supervisor:
    """One per judge. `body` is what the process for tests does, on its standard streams."""

    def __init__(self, body: Callable[[], None], source: int, sink: BinaryIO) -> None:
        self._body, self._source, self._sink = body, source, sink
        self._prepare: Message = {}
        self._progress = Progress(())
        self._sealer: Sealer | None = None
        self._go = b""
        """What a process for tests is told of it: the key is not for them."""
        self._raw_bytes = 0
        """Of the suite's tar, still to be passed on as it is."""
        self._line = bytearray()
        """What the worker is saying: before `go` all of it, later its beginning."""
        self._listener: Child | None = None
        """To whom that is passed on."""
        self._child: Child | None = None
        self._is_first = True
        self._has_failed = False
        """Whether the worker has been told that no result counts."""
        self._stray_ends = 0
        self._exit_code: int | None = None

    def run(self) -> int:
        """The judge's exit code."""
        try:
            while self._exit_code is None:
                self._step()
        except BrokenPipeError:
            return WORKER_GONE
        return self._exit_code

    def _step(self) -> None:
        """Reads no more of the worker than the process for tests takes."""
        child = self._child
        sources, sinks = ([], [child.input]) if child and child.outbox else ([self._source], [])
        outputs = [child.output] if child else []
        readable, writable, _ = select.select([*sources, *outputs], sinks, [], POLL_SECONDS)
        if child and writable:
            child.write()
        if child and child.output in readable:
            for line in child.read():
                self._on_line(child, line)
        if self._source in readable:
            self._from_worker(os.read(self._source, PORT_BYTES))
        if child and (child.is_silent or not readable) and (ending := child.ending()) is not None:
            child.close()
            self._on_end(child, ending)

    def _from_worker(self, data: bytes) -> None:
        if not data:
            self._exit_code = WORKER_GONE
        while data:
            if self._raw_bytes and self._child:
                size = min(len(data), self._raw_bytes)
                self._child.outbox += data[:size]
                self._raw_bytes -= size
            else:
                size = data.find(b"\n") + 1 or len(data)
                self._take(data[:size])
            data = data[size:]

    def _take(self, piece: bytes) -> None:
        """At most one line of the worker's."""
        if not self._line:
            self._listener = self._child if self._child and self._child.has_go else None
        if self._listener is not None and self._listener is self._child:
            self._listener.outbox += piece
        self._line += piece[: max(0, HEAD_BYTES - len(self._line))] if self._go else piece
        if piece.endswith(b"\n"):
            line = bytes(self._line)
            self._line.clear()
            self._on_worker_line(line)

    def _on_worker_line(self, line: bytes) -> None:
        if self._go:
            self._progress.hear_worker(line)
            self._close()
        elif self._prepare:
            go = json.loads(line)
            self._sealer = Sealer(bytes.fromhex(go.pop("key")), self._prepare["run_id"])
            self._go = encode(go)
        else:
            self._prepare = json.loads(line)
            self._progress = Progress(tuple(self._prepare["tests"]))
            self._raw_bytes = self._prepare["tar_bytes"]
            self._start(self._prepare)
        self._let_go()

    def _start(self, prepare: Message) -> None:
        self._child = Child(self._body, foreign=self._sink.fileno())
        self._child.outbox += encode(prepare)

    def _start_again(self) -> None:
        """The suite lies where the first process unpacked it."""
        self._is_first = False
        resumed = {"decided": self._progress.decided, "first_request": self._progress.next_request}
        self._start({**self._prepare, "tar_bytes": 0, "resumed": resumed})

    def _let_go(self) -> None:
        """Starts the tests, once nothing is under way that an earlier process has asked for."""
        child = self._child
        is_due = self._go and not self._line and not self._progress.open_requests
        if child is None or not child.is_ready or child.has_go or not is_due:
            return
        child.has_go = True
        child.outbox += self._go
        if self._progress.ended:
            child.outbox += encode({"type": "ended"})

    def _on_line(self, child: Child, line: bytes) -> None:
        """What the process for tests has said."""
        match type_of(line):
            case "ready":
                child.is_ready = True
                self._let_go()
                if not self._is_first:
                    return
            case "failed" if not self._is_first:
                return  # Its end follows, and says as much.
            case "failed":
                self._has_failed = True
        if self._progress.hear_tests(line):
            self._say(line)

    def _on_end(self, child: Child, ending: int) -> None:
        """The process for tests has ended."""
        self._child = None
        if not self._go or self._has_failed:
            self._exit_code = ending if ending >= 0 else BY_SIGNAL - ending
            return
        record = self._progress.lose(ending)
        if record is not None:
            self._say(encode(record))
        elif not self._progress.finished:
            self._stray_ends += 1
        if self._progress.finished or not self._progress.left:
            self._finish()
        elif child.has_go and self._stray_ends < STRAY_ENDS:
            self._start_again()
        else:
            for record in self._progress.give_up(ending):
                self._say(encode(record))
            self._finish()

    def _finish(self) -> None:
        if not self._progress.finished:
            self._progress.finished = True
            self._say(encode({"type": "finished", "broken": ""}))
        self._close()

    def _close(self) -> None:
        """The trailer, when the worker wants it; the process for tests ends with this one."""
        if self._progress.finished and self._progress.closed and self._exit_code is None:
            self._say(encode({"type": "trailer", "count": len(self._progress.decided)}))
            self._exit_code = 0

    def _say(self, line: bytes) -> None:
        text = line.removesuffix(b"\n")
        for frame in self._sealer.seal_text(text.decode()) if self._sealer else (line,):
            view = memoryview(frame)
            while view:
                view = view[self._sink.write(view) :]
