"""What a pod is made of: plain values, with the units in their names.

A pod is one judge, any number of services and at most one candidate at a time. They share one network
namespace that holds nothing but loopback. The judge's container holds it: when the judge dies the grading
is over anyway.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

MIB = 1024 * 1024

SOCKETS = "/run/touchstone"
"""Where a service's socket directory is mounted, in the service and in the judge only.

`/run/touchstone/<service>`.
"""

WORK = "/work"
"""Where a container's files are unpacked, and its working directory."""


class Role(Enum):
    """What a container is in its pod; decides its user id and what it may see."""

    JUDGE = "judge"
    SERVICE = "service"
    CANDIDATE = "candidate"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one container may use at the most.

    Enforced by the kernel, except `output_bytes`, which the worker counts.
    """

    memory_bytes: int = 256 * MIB
    """Memory and swap together; tmpfs counts."""
    processes: int = 64
    """Processes and threads."""
    cpus: float = 1.0
    open_files: int = 512
    disk_bytes: int = 64 * MIB
    """Size of the tmpfs at `WORK`, and of the one at /tmp."""
    inodes: int = 8192
    output_bytes: int = 1 * MIB
    """Standard output and standard error together."""


@dataclass(frozen=True, kw_only=True)
class ContainerSpec:
    """One container of a pod, before it exists. Its standard input is attached.

    The `command` of judge and services is what they are started with; of the candidate's container, what is
    run when its files are unpacked in `WORK`.
    """

    name: str
    """Unique in its pod: 'judge', 'postgres', 'candidate'."""
    role: Role
    image: str
    """An image id, 'sha256:...': never a tag, so that it cannot change between two gradings."""
    command: tuple[str, ...]
    limits: Limits = field(default_factory=Limits)
    environment: Mapping[str, str] = field(default_factory=dict)
    sockets: tuple[str, ...] = ()
    """Names of the socket directories this container mounts: a service its own, the judge every service's."""
    executable_tmp: bool = False
    """Whether programs may be run from `WORK` and /tmp (compiled languages need it)."""
    waiting: tuple[str, ...] = ()
    """Of a candidate: the program of its image that waits for a delivery and becomes `command`. Trusted code,
    that reads what `sandbox.delivery` describes. Empty: a shell does."""


@dataclass(frozen=True, kw_only=True)
class PodSpec:
    """A whole pod. `seconds` is the longest it may live, from outside; a lease for the reaper."""

    judge: ContainerSpec
    services: tuple[ContainerSpec, ...] = ()
    candidate: ContainerSpec | None = None
    """What each candidate container of this pod is made from. None: the candidate's files are data for the
    judge (SQL).
    """
    seconds: float = 120.0


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a container came to its end, told from outside. Read all of it.

    A program whose child was killed for memory may still exit 0.
    """

    exit_code: int
    """128 + n if signal n ended it."""
    out_of_memory: bool = False
    out_of_processes: bool = False
    output_overflow: bool = False
    killed_by_us: bool = False


@dataclass(frozen=True, kw_only=True)
class Line:
    """A whole line (without its newline) that the judge, or a service, wrote to standard output."""

    member: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A container of the pod has come to its end."""

    member: str
    ending: Ending


Event = Line | Ended
"""What `Pod.next_event` returns."""


@dataclass(frozen=True, kw_only=True)
class Output:
    """What a container wrote so far.

    Beyond the member's `output_bytes` the first and the last half are kept of each stream.
    """

    stdout: bytes = b""
    stderr: bytes = b""
    truncated: bool = False
    """Whether bytes are missing in the middle."""
