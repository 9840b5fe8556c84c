"""The life of a pod: judge, services, candidate; and the removal of everything, whatever happens.

Start order: the judge (its container holds the network namespace), then the services side by side, and the
candidate last, when its user asks for it: nothing is left to squat. Kill order: the candidate first, so
that the judge can speak to the end. What a program does is a value (`Ending`); what Docker does not do is a
SandboxError.
"""

import contextlib
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import MappingProxyType

from sandbox.delivery import archive, unpacking
from sandbox.engine import Engine
from sandbox.errors import PodError, SandboxError
from sandbox.events import EventQueue
from sandbox.hardening import RUN_LABEL, Run, allocate_uids, members, socket_volume_arguments
from sandbox.member import Member
from sandbox.spec import ContainerSpec, Ending, Event, Output, PodSpec, Role

LEASE_MARGIN_SECONDS = 120
"""A pod's leftovers may be reaped this long after the end of the time it asked for."""

_REMOVAL_ATTEMPTS = 5


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
        self._last_output = Output()
        self._started: dict[str, float] = {}

    @property
    def run_id(self) -> str:
        """32 hexadecimal digits."""
        return self._run.id

    @property
    def started(self) -> Mapping[str, float]:
        """Member -> when its container was last started, on the monotonic clock."""
        return MappingProxyType(self._started)

    def open(self) -> None:
        """Start the judge and the services. Called by `Pods.take`."""
        for service in self._spec.services:
            for name in service.sockets:
                arguments = socket_volume_arguments(name, self._run, judge=self._spec.judge.name)
                self._engine.create_volume(arguments)
        judge = self._begin(self._spec.judge, holder=None)
        if self._spec.services:
            with ThreadPoolExecutor(len(self._spec.services)) as threads:
                list(
                    threads.map(
                        lambda service: self._begin(service, holder=judge.identifier), self._spec.services
                    )
                )

    def close(self) -> None:
        """Kill and remove everything; check that it is gone. Called by `Pods.take`.

        Raises PodError if something stays.
        """
        self._events.close()
        for member in ([self._candidate] if self._candidate else []) + list(self._members.values())[::-1]:
            with contextlib.suppress(SandboxError):  # The check below tells what is left, and why.
                member.remove()
        remove_run(self._engine, self._run.id)

    def write(self, member: str, data: bytes) -> None:
        """Write to the standard input of the judge or a service. Raises PodError if it has ended."""
        if member not in self._members:
            raise PodError(f"The pod has no member {member!r} that can be written to.")
        self._members[member].write(data)

    def start_candidate(
        self,
        files: Mapping[str, bytes],
        *,
        command: tuple[str, ...] | None = None,
        environment: Mapping[str, str] | None = None,
        stdin: bytes | None = None,
    ) -> None:
        """Start a fresh candidate container with these files in `WORK`; an earlier one is killed first.

        `command` replaces the spec's, `environment` is added to it. Standard input is empty, or exactly
        `stdin`.
        """
        if self._spec.candidate is None:
            raise PodError("This pod has no candidate.")
        self.kill_candidate()
        data = archive(files)
        wrapped = unpacking(
            command or self._spec.candidate.command, archive_bytes=len(data), stdin=stdin is not None
        )
        spec = replace(
            self._spec.candidate,
            command=wrapped,
            environment={**self._spec.candidate.environment, **(environment or {})},
        )
        candidate = self._begin(spec, holder=self._members[self._spec.judge.name].identifier)
        candidate.write(data + (stdin or b""))
        candidate.close_input()

    def kill_candidate(self) -> Ending | None:
        """Kill and remove the candidate's container; return how it ended. None: there is none.

        Its `Ended`, if it has not been read yet, will not be reported by `next_event` any more.
        """
        if self._candidate is None:
            return None
        candidate = self._candidate
        try:
            ending = candidate.kill()
        finally:
            self._last_output = candidate.output()
            self._candidate = None
            self._events.drop(candidate.identifier)
            candidate.remove()
        return ending

    def output(self, member: str) -> Output:
        """What a member wrote so far; of the candidate.

        The current container, or the last one after its removal.
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

    def _begin(self, spec: ContainerSpec, *, holder: str | None) -> Member:
        member = Member(self._engine, spec, self._run, events=self._events)
        if spec.role is Role.CANDIDATE:
            self._candidate = member
        else:
            self._members[spec.name] = member
        member.start(holder=holder, wait_seconds=self._spec.seconds + LEASE_MARGIN_SECONDS)
        self._started[spec.name] = member.started
        return member


def remove_run(engine: Engine, run: str) -> None:
    """Remove all containers and volumes of a run.

    Raises PodError if something is left after several attempts.
    """
    label = f"{RUN_LABEL}={run}"
    trouble: SandboxError | None = None
    for attempt in range(_REMOVAL_ATTEMPTS):
        containers, volumes = engine.containers(label), engine.volumes(label)
        if not containers and not volumes:
            return
        try:
            for container in containers:
                engine.remove(container["Id"])
            for volume in volumes:
                engine.remove_volume(volume["Name"])
        except SandboxError as error:  # "Removal is already in progress", for one.
            trouble = error
            time.sleep(0.1 * 2**attempt)
    if engine.containers(label) or engine.volumes(label):
        raise PodError(f"Something of run {run} could not be removed. {trouble or ''}")
