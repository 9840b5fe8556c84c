"""One running container of a pod, with the thread that reads its output until it ends."""

import queue
import threading
import time
from collections.abc import Callable

from sandbox.capture import Capture, Lines, LineTooLongError
from sandbox.engine import Engine, Processes, Stream
from sandbox.errors import PodError, SandboxError
from sandbox.events import EventQueue
from sandbox.hardening import Run, create_arguments, host_arguments
from sandbox.spec import ContainerSpec, Ended, Ending, Line, Output, Role

_STDOUT = 1
_SIGKILLED = 137
_NEWS_SECONDS = 2.0
"""How long the engine may take to notice that a program has ended; then its container is killed after all."""
_PARTING_SECONDS = 0.5
"""How long a judge that has ended may wait for its removal before the engine is asked how it ended: after its
last word nobody wants to know. A service ends by itself only when something is wrong.
"""
_GRACE_SECONDS = 30.0
"""How long the engine may take to report the end of a container that was killed."""


class Member:
    """A container from its creation to its removal. `start` may be called once.

    A `spare` one, which waits for its work, tells nobody of its end until it is adopted.
    """

    def __init__(
        self, engine: Engine, spec: ContainerSpec, run: Run, *, events: EventQueue, spare: bool = False
    ) -> None:
        self.spec = spec
        self.ending: Ending | None = None
        self.started = 0.0
        self._engine, self._run, self._events = engine, run, events
        self._streams = {number: Capture(spec.limits.output_bytes) for number in (1, 2)}
        self._lines = Lines()
        self._overflow = self._killed = self._full = False
        self._parting = threading.Event()
        self._silent = threading.Event()
        self._spare = spare
        self._adoption = threading.Lock()
        self._kill_answered = threading.Event()
        self._identifier = ""
        self._stream: Stream | None = None
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name=f"sandbox-{spec.name}-out", daemon=True)
        self._writer = threading.Thread(target=self._write_all, name=f"sandbox-{spec.name}-in", daemon=True)
        self._killer = threading.Thread(target=self._stop, name=f"sandbox-{spec.name}-kill", daemon=True)

    @property
    def identifier(self) -> str:
        """The container's id; empty before `start`."""
        return self._identifier

    @property
    def runs(self) -> bool:
        """Whether its output has not come to an end, as far as is known here."""
        return self._reader.is_alive() and not self._silent.is_set() and not self._overflow

    def adopt(self) -> bool:
        """Let a spare one's end be told from now on. False: it has come already, and it is of no use."""
        with self._adoption:
            self._spare = False
            return self.runs

    def start(self, *, holder: str | None, wait_seconds: float) -> None:
        """Create, attach to and start the container. `wait_seconds`: the longest it may run."""
        self._wait_seconds = wait_seconds
        arguments = create_arguments(self.spec, self._run, holder=holder)
        host = host_arguments(self.spec, self._run, holder=holder)
        self._identifier = self._engine.create(arguments, host)
        self._stream = self._engine.attach(self._identifier)
        self._engine.start(self._identifier)
        self.started = time.monotonic()
        self._reader.start()
        self._writer.start()

    def write(self, data: bytes) -> None:
        """Send bytes to standard input, without waiting for them to be read.

        Raises PodError if the container has ended.
        """
        if not self._writer.is_alive():
            raise PodError(f"{self.spec.name} has ended and reads nothing any more.")
        self._outbox.put(data)

    def close_input(self) -> None:
        """End of file on standard input, after what was written before."""
        self._outbox.put(None)

    def output(self) -> Output:
        """What was captured so far."""
        out, err = self._streams[1], self._streams[2]
        return Output(
            stdout=out.value(), stderr=err.value(), truncated=self._overflow or out.truncated or err.truncated
        )

    def kill(self) -> Ending:
        """SIGKILL; return how it ended, which may be earlier and by itself.

        Whether it had run out of processes is known only here: they are counted just before the kill. A
        program that met the limit and gave up by itself shows only in its exit code and its output.
        """
        if self.ending is None:
            processes = self._processes()
            self._full = processes is not None and processes.count >= self.spec.limits.processes
            has_ended = processes is not None and processes.alive <= self._own_processes
            if has_ended:
                self._reader.join(_NEWS_SECONDS)
            self._killed = True
            try:
                self._killed = self._engine.kill(self._identifier) and not has_ended
            finally:
                self._kill_answered.set()
        self._reader.join(_GRACE_SECONDS)
        if self.ending is None:
            raise PodError(f"{self.spec.name} was killed, but its end was not reported.")
        return self.ending

    def is_silent(self, timeout_seconds: float) -> bool:
        """Whether its output comes to an end in time: then it has ended, and not only closed it.

        The engine ends the stream when the container does; and a candidate's first process, which is not the
        candidate's, holds it open until then.
        """
        return self._silent.wait(timeout_seconds)

    @property
    def removed(self) -> bool:
        """Whether `remove` has been called."""
        return self._parting.is_set()

    def remove(self, *, patience_seconds: float = 0.0) -> None:
        """Remove the container and let its reader go.

        What has not ended by itself after `patience_seconds` is killed, which costs more.
        """
        self._parting.set()
        self.is_silent(patience_seconds)
        if self._identifier:
            self._engine.remove(self._identifier)
        self._outbox.put(None)
        if self._stream is not None:
            self._stream.close()
        for thread in (self._reader, self._writer, self._killer):
            if thread.is_alive():
                thread.join(_GRACE_SECONDS)

    @property
    def _own_processes(self) -> int:
        """How many are ours and not the program's: where those are all, it has ended, even if the engine does
        not know it yet.
        """
        return int(self.spec.role is Role.CANDIDATE)  # The first process, which waits for the others.

    def _processes(self) -> Processes | None:
        """How many it has; None if that is not known: it has ended, or the engine's host has no `ps`."""
        try:
            return self._engine.processes(self._identifier)
        except SandboxError:
            return None

    def _write_all(self) -> None:
        """A program that ends without reading its input has done nothing wrong: the rest is dropped."""
        assert self._stream is not None  # noqa: S101 - told to the type checker: `start` has set it.
        try:
            while (data := self._outbox.get()) is not None:
                self._stream.write(data)
        except PodError:
            return
        self._stream.close_input()

    def _stop(self) -> None:
        """Kill a flood; not in the reader's thread: a kill is over only when all output has been read."""
        try:
            self._engine.kill(self._identifier)
        except SandboxError as error:
            self._events.put(self._identifier, error)

    def _read(self) -> None:
        try:
            self._follow()
            with self._adoption:
                self._silent.set()
            if self._is_over():
                return  # Nobody asks any more how it ended.
            self.ending = self._ended()
            self._outbox.put(None)
            self._tell(Ended(member=self.spec.name, ending=self.ending))
        except SandboxError as error:
            if not self.removed:
                self._tell(error)

    def _is_over(self) -> bool:
        """Whether it is being removed, as a judge is a moment after it has ended."""
        return self._parting.wait(_PARTING_SECONDS if self.spec.role is Role.JUDGE else 0.0)

    def _tell(self, event: Ended | SandboxError) -> None:
        if not self._spare:
            self._events.put(self._identifier, event)

    def _follow(self) -> None:
        assert self._stream is not None  # noqa: S101 - told to the type checker: `start` has set it.
        for number, data in self._stream.frames():
            if self._overflow:
                continue  # Killed: what is still in the pipe is of no interest.
            self._streams[number].add(data)
            if not self._accept(number, data):
                self._overflow = True
                self._killer.start()

    def _accept(self, number: int, data: bytes) -> bool:
        if self.spec.role is Role.CANDIDATE:
            return sum(stream.total for stream in self._streams.values()) <= self.spec.limits.output_bytes
        if number == _STDOUT:
            return self._each_line(data, lambda line: Line(member=self.spec.name, data=line))
        return True

    def _each_line(self, data: bytes, event: Callable[[bytes], Line]) -> bool:
        try:
            for line in self._lines.add(data):
                self._events.put(self._identifier, event(line))
        except LineTooLongError:
            return False
        return True

    def _ended(self) -> Ending:
        """An engine that has answered a kill knows the end already, and is asked only once."""
        if not (self._killed and self._kill_answered.wait(_GRACE_SECONDS)):
            self._engine.wait(self._identifier, timeout_seconds=self._wait_seconds)
        state = self._engine.state(self._identifier)
        if state.running:
            self._engine.wait(self._identifier, timeout_seconds=_GRACE_SECONDS)
            state = self._engine.state(self._identifier)
        return Ending(
            exit_code=state.exit_code,
            out_of_memory=state.out_of_memory,
            out_of_processes=self._full,
            output_overflow=self._overflow,
            killed_by_us=self._overflow or (self._killed and state.exit_code == _SIGKILLED),
        )
