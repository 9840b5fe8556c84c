"""What a caller may rely on, of the real pods and of the fake alike; one set of tests runs against both."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from sandbox.spec import Ending, Event, Output, PodSpec


class PodLike(Protocol):
    """See `sandbox.pod.Pod`."""

    @property
    def run_id(self) -> str: ...

    @property
    def started(self) -> Mapping[str, float]: ...

    def is_fit(self) -> bool: ...

    def write(self, member: str, data: bytes) -> None: ...

    def spare_candidate(self, *, count: int = 1, wait: bool = False) -> None: ...

    def start_candidate(
        self,
        files: Mapping[str, bytes],
        *,
        command: tuple[str, ...] | None = None,
        environment: Mapping[str, str] | None = None,
        stdin: bytes | None = None,
        more_to_come: bool = False,
    ) -> None: ...

    def continue_candidate(
        self, files: Mapping[str, bytes], *, command: tuple[str, ...], stdin: bytes | None = None
    ) -> None: ...

    def kill_candidate(self) -> Ending | None: ...

    def dismiss_candidate(self, *, patience_seconds: float = 0.0) -> None: ...

    def discard_candidate(self) -> None: ...

    def output(self, member: str) -> Output: ...

    def next_event(self, timeout_seconds: float) -> Event | None: ...


class PodSource(Protocol):
    """See `sandbox.pod.Pods`."""

    def take(self, spec: PodSpec) -> AbstractContextManager[PodLike]: ...
