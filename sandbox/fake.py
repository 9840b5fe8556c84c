"""Pods that execute nothing, for the tests of everything above. They keep the rules of `sandbox.contract`.

A script stands for the judge. It is called with b"" when the pod is taken, and then with each whole line
that is written to the judge; it yields what the judge (or any member) then does: lines as bytes or str, or
an `Event`. A list of lists does the same without looking: its first list is said at the start, the next
ones after each write.
"""

import contextlib
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.errors import PodError, SandboxError
from sandbox.hardening import members
from sandbox.spec import Ended, Ending, Event, Line, Output, PodSpec

Said = bytes | str | Event
Script = Callable[["FakePod", bytes], Iterable[Said]] | Sequence[Sequence[Said]]

KILLED = Ending(exit_code=137, killed_by_us=True)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What one candidate container is going to do."""

    stdout: bytes = b""
    stderr: bytes = b""
    ending: Ending | None = None
    """None: it runs until it is killed."""
    is_told: bool = True
    """Whether its end is told of before somebody kills it."""


@dataclass(frozen=True, kw_only=True)
class Start:
    """A candidate container that was asked for."""

    files: Mapping[str, bytes]
    command: tuple[str, ...]
    environment: Mapping[str, str]
    stdin: bytes | None


@dataclass
class FakePods:
    """Gives a `FakePod` for each `take`. `candidates` is used up one by one.

    After the last they run until killed.
    """

    script: Script = ()
    candidates: Sequence[Candidate] = ()
    error: SandboxError | None = None
    """Raised by `take`, as if the engine had failed."""
    taken: list["FakePod"] = field(default_factory=list)

    @contextlib.contextmanager
    def take(self, spec: PodSpec) -> Iterator["FakePod"]:
        """As `Pods.take`."""
        if self.error is not None:
            raise self.error
        pod = FakePod(spec, self.script, deque(self.candidates))
        self.taken.append(pod)
        pod.open()
        try:
            yield pod
        finally:
            pod.closed = True


class FakePod:
    """Remembers what was asked of it: `written` (member -> bytes), `starts`, `spares`, `closed`."""

    def __init__(self, spec: PodSpec, script: Script, candidates: deque[Candidate]) -> None:
        self.spec = spec
        self.run_id = secrets.token_hex(16)
        self.started: dict[str, float] = {}
        self.written: dict[str, bytes] = {}
        self.starts: list[Start] = []
        self.spares = 0
        self.closed = False
        self._script, self._candidates = script, candidates
        self._said = 0
        self._events: deque[Event] = deque()
        self._outputs: dict[str, bytes] = {}
        self._running: Candidate | None = None
        self._candidate_output = Output()

    def open(self) -> None:
        """Let the judge say its first lines."""
        for member in members(self.spec):
            if member is not self.spec.candidate:
                self.started[member.name] = time.monotonic()
        self._tell(b"")

    def write(self, member: str, data: bytes) -> None:
        """As `Pod.write`."""
        if member not in {self.spec.judge.name, *(service.name for service in self.spec.services)}:
            raise PodError(f"The pod has no member {member!r} that can be written to.")
        before = self.written.get(member, b"")
        self.written[member] = before + data
        if member == self.spec.judge.name:
            *lines, _ = (before.rpartition(b"\n")[2] + data).split(b"\n")
            for line in lines:
                self._tell(line)

    def end(self, member: str, ending: Ending) -> None:
        """Let a member end by itself now."""
        self._events.append(Ended(member=member, ending=ending))

    def is_fit(self) -> bool:
        """As `Pod.is_fit`: an end that the script told of has come."""
        return not any(isinstance(event, Ended) for event in self._events)

    def spare_candidate(self, *, count: int = 1, wait: bool = False) -> None:
        """As `Pod.spare_candidate`; `spares` is how many wait."""
        del wait
        if self.spec.candidate is None:
            raise PodError("This pod has no candidate.")
        self.spares = max(self.spares, count)

    def start_candidate(
        self,
        files: Mapping[str, bytes],
        *,
        command: tuple[str, ...] | None = None,
        environment: Mapping[str, str] | None = None,
        stdin: bytes | None = None,
        more_to_come: bool = False,
    ) -> None:
        """As `Pod.start_candidate`; remembers its arguments in `starts`."""
        if self.spec.candidate is None:
            raise PodError("This pod has no candidate.")
        del more_to_come
        self.kill_candidate()
        self.spares = max(0, self.spares - 1)
        given = {**self.spec.candidate.environment, **(environment or {})}
        command = command or self.spec.candidate.command
        self.starts.append(Start(files=dict(files), command=command, environment=given, stdin=stdin))
        self._running = self._candidates.popleft() if self._candidates else Candidate()
        self._candidate_output = Output(stdout=self._running.stdout, stderr=self._running.stderr)
        name = self.spec.candidate.name
        self.started[name] = time.monotonic()
        if self._running.ending is not None and self._running.is_told:
            self._events.append(Ended(member=name, ending=self._running.ending))

    def continue_candidate(
        self, files: Mapping[str, bytes], *, command: tuple[str, ...], stdin: bytes | None = None
    ) -> None:
        """As `Pod.continue_candidate`; remembers its arguments in `starts`, too."""
        self.starts.append(Start(files=dict(files), command=command, environment={}, stdin=stdin))

    def dismiss_candidate(self, *, patience_seconds: float = 0.0) -> None:
        """As `Pod.dismiss_candidate`: it ends at once."""
        del patience_seconds
        self.kill_candidate()

    def discard_candidate(self) -> None:
        """As `Pod.discard_candidate`."""
        self.kill_candidate()

    def kill_candidate(self) -> Ending | None:
        """As `Pod.kill_candidate`."""
        if self._running is None or self.spec.candidate is None:
            return None
        ending, self._running = self._running.ending or KILLED, None
        name = self.spec.candidate.name
        self._events = deque(
            event for event in self._events if not (isinstance(event, Ended) and event.member == name)
        )
        return ending

    def output(self, member: str) -> Output:
        """As `Pod.output`."""
        if self.spec.candidate and member == self.spec.candidate.name:
            return self._candidate_output
        if member not in self.started:
            raise PodError(f"The pod has no member {member!r}.")
        return Output(stdout=self._outputs.get(member, b""))

    def next_event(self, timeout_seconds: float) -> Event | None:
        """As `Pod.next_event`, without ever waiting."""
        del timeout_seconds
        return self._events.popleft() if self._events else None

    def _tell(self, line: bytes) -> None:
        if callable(self._script):
            said: Iterable[Said] = self._script(self, line)
        else:
            said = self._script[self._said] if self._said < len(self._script) else ()
            self._said += 1
        for item in said:
            self._events.append(self._event(item))

    def _event(self, item: Said) -> Event:
        if isinstance(item, str):
            item = item.encode()
        event = Line(member=self.spec.judge.name, data=item) if isinstance(item, bytes) else item
        if isinstance(event, Line):
            self._outputs[event.member] = self._outputs.get(event.member, b"") + event.data + b"\n"
        return event
