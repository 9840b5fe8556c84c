"""The life of a pod: judge, services, candidate; and the removal of everything, whatever happens.

Start order: the judge (its container holds the network namespace), then the services side by side, and the
candidate last, when its user asks for it: nothing is left to squat. A candidate that is killed goes first, so
that the judge can speak to the end. What a program does is a value (`Ending`); what Docker does not do is a
SandboxError.

A candidate's container may be started ahead as a spare: it waits in trusted code until its files come. At
most one container at a time runs the candidate's program. Each has a user id of its own.
"""

import contextlib
import os
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from sandbox.delivery import WAITING, delivery
from sandbox.engine import Engine
from sandbox.errors import PodError, SandboxError
from sandbox.events import EventQueue
from sandbox.hardening import (
    RUN_LABEL,
    Run,
    allocate_uids,
    members,
    socket_volume,
    socket_volume_arguments,
)
from sandbox.member import Member
from sandbox.spec import ContainerSpec, Ending, Event, Output, PodSpec

_Item = TypeVar("_Item")

LEASE_MARGIN_SECONDS = 120
"""A pod's leftovers may be reaped this long after the end of the time it asked for."""

_REMOVAL_ATTEMPTS = 5
_LOOK_SECONDS = 0.05
_THREADS = 6
"""Of one pod, at the most, while it makes and removes containers side by side."""


def default_owner(pid: int | None = None) -> str:
    """Name of this process, or of another one on this host: '<host>:<pid>'."""
    return f"{socket.gethostname()}:{pid or os.getpid()}"


class Pods:
    """Makes pods on one engine. Thread-safe; one per worker process."""

    def __init__(
        self, engine: Engine, *, owner: str | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._engine, self._clock = engine, clock
        self.owner = owner or default_owner()

    @contextlib.contextmanager
    def take(self, spec: PodSpec) -> Iterator["Pod"]:
        """Give a pod whose judge and services have been started (not: are ready).

        On exit everything is killed and removed, and the removal is checked. Raises SandboxError kinds only.
        """
        run = Run(
            id=secrets.token_hex(16),
            owner=self.owner,
            expires=int(self._clock() + spec.seconds + LEASE_MARGIN_SECONDS),
            uids=allocate_uids([member.name for member in members(spec)]),
        )
        pod = Pod(self._engine, spec, run)
        try:
            pod.open()
            yield pod
        finally:
            pod.close()


class Pod:
    """A running pod. One thread uses it at a time."""

    def __init__(self, engine: Engine, spec: PodSpec, run: Run) -> None:
        self._engine, self._spec, self._run = engine, spec, run
        self._events = EventQueue()
        self._members: dict[str, Member] = {}
        self._candidate: Member | None = None
        self._spares: deque[Future[Member]] = deque()
        self._made: list[Member] = []
        """Every container that was asked for."""
        self._gone: list[Future[None]] = []
        """Removals that were begun."""
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sandbox-pod")
        self._dismissal: Future[None] | None = None
        self._last_output = Output()
        self._started: dict[str, float] = {}

    @property
    def run_id(self) -> str:
        """32 hexadecimal digits."""
        return self._run.id

    @property
    def started(self) -> Mapping[str, float]:
        """Member -> when it was last started (the candidate: given its files), on the monotonic clock."""
        return MappingProxyType(self._started)

    def open(self) -> None:
        """Start the judge and the services. Called by `Pods.take`."""
        volumes = [
            socket_volume_arguments(name, self._run, judge=self._spec.judge.name) for name in self._volumes()
        ]
        self._each(self._engine.create_volume, volumes)
        judge = self._begin(self._spec.judge, holder=None)
        self._each(lambda service: self._begin(service, holder=judge.identifier), self._spec.services)

    def close(self) -> None:
        """Kill and remove everything, what the candidate runs first; check that it is gone.

        Called by `Pods.take`. Raises PodError if something stays.
        """
        self._events.close()
        self.dismiss_candidate()
        wait(self._gone)
        wait(self._spares)
        self._each(_remove_quietly, [member for member in self._made if not member.removed])
        self._each(self._remove_volume, self._volumes())
        self._threads.shutdown()
        remove_run(self._engine, self._run.id, volumes=bool(self._volumes()))

    def is_fit(self) -> bool:
        """Whether judge, services and spares all run, as far as is known without asking the engine."""
        made = [spare for spare in self._spares if spare.done()]
        if any(spare.exception() or not spare.result().runs for spare in made):
            return False
        return all(member.runs for member in self._members.values())

    def write(self, member: str, data: bytes) -> None:
        """Write to the standard input of the judge or a service. Raises PodError if it has ended."""
        if member not in self._members:
            raise PodError(f"The pod has no member {member!r} that can be written to.")
        self._members[member].write(data)

    def spare_candidate(self, *, count: int = 1, wait: bool = False) -> None:
        """Begin to start containers that wait for the next `start_candidate`, until there are `count`.

        `wait`: until they have been started; SandboxError if that failed. Otherwise it happens beside
        whatever comes next, and a failure only means that there is no spare.
        """
        self._candidate_spec()
        while len(self._spares) < count:
            self._spares.append(self._threads.submit(self._begin_candidate, spare=True))
        if wait:
            for spare in self._spares:
                spare.result()

    def start_candidate(
        self,
        files: Mapping[str, bytes],
        *,
        command: tuple[str, ...] | None = None,
        environment: Mapping[str, str] | None = None,
        stdin: bytes | None = None,
        more_to_come: bool = False,
    ) -> None:
        """Start the program in a fresh container with these files in `WORK`; an earlier one is killed first.

        `command` replaces the spec's, `environment` is added to it. Standard input is empty, or exactly
        `stdin`. A spare is used up, if there is one. With `more_to_come` its command is to become `WAITING`,
        and standard input stays open for `continue_candidate`.
        """
        spec = self._candidate_spec()
        if more_to_come:
            stdin = b""
        data = delivery(files, command or spec.command, environment=environment or {}, stdin=stdin)
        self.discard_candidate()
        self._candidate = candidate = self._take_spare() or self._begin_candidate(spare=False)
        candidate.write(data)
        if not more_to_come:
            candidate.close_input()
        self._started[spec.name] = time.monotonic()

    def continue_candidate(
        self, files: Mapping[str, bytes], *, command: tuple[str, ...], stdin: bytes | None = None
    ) -> None:
        """Deliver more files to the container that waits again, and what it is to become.

        Nothing of this was to be had inside before. One that has ended meanwhile reads nothing.
        """
        if self._candidate is None:
            raise PodError("There is no candidate that could go on.")
        with contextlib.suppress(PodError):
            self._candidate.write(delivery(files, command, environment={}, stdin=stdin))
            self._candidate.close_input()
        self._started[self._candidate_spec().name] = time.monotonic()

    def kill_candidate(self) -> Ending | None:
        """Kill the candidate's program; return how it ended. None: there is none, or it was dismissed.

        Its `Ended`, if it has not been read yet, will not be reported by `next_event` any more. The container
        is removed in the background.
        """
        if self._candidate is None or self._dismissal is not None:
            self.discard_candidate()
            return None
        candidate = self._candidate
        try:
            ending = candidate.kill()
        finally:
            self._last_output = candidate.output()
            self._candidate = None
            self._retire(candidate)
        return ending

    def dismiss_candidate(self, *, patience_seconds: float = 0.0) -> None:
        """Begin to end the candidate's program; `discard_candidate` then waits for that.

        It may end by itself for `patience_seconds`, and is killed then.
        """
        if self._candidate is not None and self._dismissal is None:
            self._dismissal = self._retire(self._candidate, patience_seconds)

    def discard_candidate(self) -> None:
        """As `kill_candidate`, for those who do not ask how it ended: it is over sooner."""
        candidate, self._candidate = self._candidate, None
        if candidate is None:
            return
        removal, self._dismissal = self._dismissal or self._retire(candidate), None
        while not candidate.is_silent(_LOOK_SECONDS):
            if removal.done() and not candidate.is_silent(_LOOK_SECONDS):
                raise PodError("The candidate's container could not be removed.")
        self._last_output = candidate.output()

    def output(self, member: str) -> Output:
        """What a member wrote so far; of the candidate.

        The current container, or the last one after its end.
        """
        if self._spec.candidate and member == self._spec.candidate.name:
            return self._candidate.output() if self._candidate else self._last_output
        if member not in self._members:
            raise PodError(f"The pod has no member {member!r}.")
        return self._members[member].output()

    def next_event(self, timeout_seconds: float) -> Event | None:
        """Return the next line of the judge or a service, or the end of any member. None: time is up.

        Raises SandboxError if a member's output or ending could not be read.
        """
        return self._events.get(timeout_seconds)

    def _each(self, action: Callable[[_Item], object], items: Iterable[_Item]) -> None:
        """Side by side; the first failure is raised when all have come to their end."""
        futures = [self._threads.submit(action, item) for item in items]
        wait(futures)
        for future in futures:
            future.result()

    def _volumes(self) -> list[str]:
        return [name for service in self._spec.services for name in service.sockets]

    def _remove_volume(self, name: str) -> None:
        with contextlib.suppress(SandboxError):  # The check at the end tells what is left.
            self._engine.remove_volume(socket_volume(name, self._run))

    def _candidate_spec(self) -> ContainerSpec:
        if self._spec.candidate is None:
            raise PodError("This pod has no candidate.")
        return self._spec.candidate

    def _take_spare(self) -> Member | None:
        """A spare that can be used. What is wrong with others does not matter: a fresh one may do."""
        while self._spares:
            spare = self._spares.popleft()
            if spare.exception() is not None:
                continue
            member = spare.result()
            if member.adopt():
                return member
            self._retire(member)
        return None

    def _retire(self, member: Member, patience_seconds: float = 0.0) -> Future[None]:
        self._events.drop(member.identifier)
        removal = self._threads.submit(_remove_quietly, member, patience_seconds)
        self._gone.append(removal)
        return removal

    def _begin(self, spec: ContainerSpec, *, holder: str | None) -> Member:
        member = Member(self._engine, spec, self._run, events=self._events)
        self._members[spec.name] = member
        self._start(member, holder=holder)
        self._started[spec.name] = member.started
        return member

    def _begin_candidate(self, *, spare: bool) -> Member:
        """A container that waits for its delivery."""
        spec = self._candidate_spec()
        waiting = replace(spec, command=spec.waiting or WAITING)
        run = replace(self._run, uids=fresh_uid(self._run.uids, spec.name))
        member = Member(self._engine, waiting, run, events=self._events, spare=spare)
        self._start(member, holder=self._members[self._spec.judge.name].identifier)
        return member

    def _start(self, member: Member, *, holder: str | None) -> None:
        self._made.append(member)
        member.start(holder=holder, wait_seconds=self._spec.seconds + LEASE_MARGIN_SECONDS)


def fresh_uid(uids: Mapping[str, int], member: str) -> dict[str, int]:
    """The user ids of a run, with another one for `member`, that no member of it has."""
    while (uid := allocate_uids([member])[member]) in uids.values():
        pass
    return {**uids, member: uid}


def _remove_quietly(member: Member, patience_seconds: float = 0.0) -> None:
    with contextlib.suppress(SandboxError):  # The check at the end tells what is left, and why.
        member.remove(patience_seconds=patience_seconds)


def remove_run(engine: Engine, run: str, *, volumes: bool = True) -> None:
    """Remove all containers and volumes of a run; without `volumes` it never had one, and none is looked for.

    Raises PodError if something is left after several attempts.
    """
    label = f"{RUN_LABEL}={run}"
    trouble: SandboxError | None = None
    for attempt in range(_REMOVAL_ATTEMPTS):
        containers, kept = engine.containers(label), engine.volumes(label) if volumes else []
        if not containers and not kept:
            return
        try:
            for container in containers:
                engine.remove(container["Id"])
            for volume in kept:
                engine.remove_volume(volume["Name"])
        except SandboxError as error:  # "Removal is already in progress", for one.
            trouble = error
            time.sleep(0.1 * 2**attempt)
    if engine.containers(label) or engine.volumes(label):
        raise PodError(f"Something of run {run} could not be removed. {trouble or ''}")
