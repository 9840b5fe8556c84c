"""The hardening profile: a `ContainerSpec` and a run become arguments of "docker create", without a daemon.

Every member of a pod gets the same profile, judge and services too: the judge parses hostile data, and one
container that may open raw sockets hears every password of the pod.

user                 uid:gid of its own for each role and run. Files, ports (SO_REUSEPORT), keyrings and
                     limits counted per uid stay apart. Numeric, so /etc/passwd decides nothing.
cap_drop             ALL, and none added: no raw sockets, no mount, no chown.
security_opt         no-new-privileges, and the system calls of `sandbox.seccomp` as text; never a path, which
                     the engine would not read, never 'unconfined'.
read_only, tmpfs     Read-only root; tmpfs at /work and /tmp with size, nr_inodes, nosuid, nodev, and noexec
                     unless `executable_tmp`. Nothing persists, no disk fills up, and what lies there counts
                     as memory.
mem_limit            Equal to memswap_limit: no swap.
pids_limit           Processes and threads. The nproc ulimit counts per uid of the host and is not used.
cpu_quota            The spec's CPUs times `CPU_HEADROOM`: see there.
cpu_shares           judge > service > candidate: under load the judge keeps its clock.
ulimits              nofile (it also bounds how many ports can be squatted); sigpending, which counts queued
                     signals and timers; core, memlock and msgqueue 0.
network              judge: disabled, which leaves loopback and is twice as fast to set up as the network
                     'none'. The others join the judge's namespace. No other network exists for them.
ipc_mode, shm_size   private, 16 MiB: multiprocessing needs /dev/shm, but not the engine's 64 MiB.
cgroupns             private: hides the host's cgroup path.
log_config           none: output is read from the attached stream, and nothing is written to the engine's
                     disk.
init                 For the candidate only: reaps its zombies.
masked_paths         `HIDDEN`, for a candidate also `HIDDEN_FROM_PROGRAMS`: the engine's own list is as old as
                     the engine, and leaves counters of the whole host readable.
oom_score_adj        candidate 1000, others 500: the candidate dies before anything of ours.
healthcheck          NONE: an image's health check would be an exec into the container.
entrypoint, ...      Always explicit, and no proxy settings: neither image nor host configuration decides.

Considered and left out:

sysctls              Ports of outgoing connections start at 32768, above every service's. Ports below 1024 are
                     open to all; nothing of ours listens there. A name that the kernel lacks stops a start.
dns, resolv.conf     With the network disabled the engine mounts no file of its host; the images' is empty.
fsize                The tmpfs has a size. Too large a file is an error to report, not a deadly signal.
nproc                Counted per user id over all containers: see pids_limit.
apparmor, selinux    The engine applies its own profile where the host has one.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox import seccomp
from sandbox.spec import MIB, SOCKETS, WORK, ContainerSpec, Limits, PodSpec, Role

OWNER_LABEL = "touchstone.owner"
RUN_LABEL = "touchstone.run"
MEMBER_LABEL = "touchstone.member"
EXPIRES_LABEL = "touchstone.expires"

FIRST_UID = 200_000
LAST_UID = 2_000_000_000
"""User ids are taken from this range.

Far from those of a host's own accounts, below 2**31 (some programs use signed ids).
"""

CPU_PERIOD_MICROSECONDS = 100_000
CPU_HEADROOM = 2.0
"""A quota of exactly one CPU stops a program that forks, or plays ping-pong over a socket, for most of
each period: the kernel hands it out in slices to each core. With twice as much a busy thread runs on."""

PENDING_SIGNALS = 1024
SHARED_MEMORY_BYTES = 16 * MIB
SOCKET_VOLUME_BYTES = 32 * MIB
"""Room for the log beside PostgreSQL's socket; what is written there counts as the service's memory."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

HIDDEN = (
    "/proc/acpi",
    "/proc/asound",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
)
"""What the newest engines hide of the host. Interrupts and power readings betray what other programs do."""

HIDDEN_FROM_PROGRAMS = (
    "/proc/buddyinfo",
    "/proc/bus",
    "/proc/diskstats",
    "/proc/driver",
    "/proc/fs",
    "/proc/irq",
    "/proc/key-users",
    "/proc/loadavg",
    "/proc/locks",
    "/proc/meminfo",
    "/proc/pagetypeinfo",
    "/proc/partitions",
    "/proc/pressure",
    "/proc/schedstat",
    "/proc/slabinfo",
    "/proc/softirqs",
    "/proc/swaps",
    "/proc/sys/fs",
    "/proc/sys/kernel/pty",
    "/proc/tty",
    "/proc/uptime",
    "/proc/vmallocinfo",
    "/proc/vmstat",
    "/proc/zoneinfo",
    "/sys/block",
    "/sys/devices/pci0000:00",
    "/sys/devices/system/node",
    "/sys/devices/virtual/bdi",
    "/sys/devices/virtual/block",
    "/sys/fs/btrfs",
    "/sys/fs/ext4",
    "/sys/fs/xfs",
    "/sys/kernel/irq",
    "/sys/kernel/mm",
    "/sys/kernel/slab",
)
"""Figures of the whole host, which move with what other programs do: one run heard another by them. What
interpreters cannot do without stays: /proc/stat, without which Node's os.cpus() ends the process, and the
call sysinfo, by which Node and others choose the size of their heap.
"""

_CPU_SHARES = {Role.JUDGE: 4096, Role.SERVICE: 2048, Role.CANDIDATE: 1024}
_OOM_SCORE = {Role.JUDGE: 500, Role.SERVICE: 500, Role.CANDIDATE: 1000}


@dataclass(frozen=True, kw_only=True)
class Run:
    """What the members of one pod have in common."""

    id: str
    """32 hexadecimal digits."""
    owner: str
    """The worker process that made it."""
    expires: int
    """Seconds since 1970 after which anyone may remove what is left of it."""
    uids: Mapping[str, int]
    """Member -> its user id, which is its group id too."""

    @property
    def labels(self) -> dict[str, str]:
        """Labels of everything that belongs to this run."""
        return {OWNER_LABEL: self.owner, RUN_LABEL: self.id, EXPIRES_LABEL: str(self.expires)}


def allocate_uids(members: Sequence[str]) -> dict[str, int]:
    """Give each member a user id of its own, from a random place so that two runs do not meet."""
    first = FIRST_UID + secrets.randbelow(LAST_UID - FIRST_UID - len(members))
    return {member: first + number for number, member in enumerate(members)}


def members(spec: PodSpec) -> tuple[ContainerSpec, ...]:
    """Every container of a pod, the judge first."""
    candidate = (spec.candidate,) if spec.candidate else ()
    return (spec.judge, *spec.services, *candidate)


def create_arguments(spec: ContainerSpec, run: Run, *, holder: str | None) -> dict[str, Any]:
    """Return the arguments of the SDK's low-level `create_container`, without 'host_config'.

    `holder` is the id of the container whose network namespace is joined; None for the judge, which holds it.
    """
    uid = run.uids[spec.name]
    return {
        "image": spec.image,
        "entrypoint": list(spec.command),
        "command": [],
        "user": f"{uid}:{uid}",
        "working_dir": WORK,
        "environment": {"PATH": PATH, "HOME": WORK, "LANG": "C.UTF-8", "TZ": "UTC", **spec.environment},
        "labels": {**run.labels, MEMBER_LABEL: spec.name},
        "name": f"touchstone-{run.id[:12]}-{spec.name}-{secrets.token_hex(3)}",
        "stdin_open": True,
        "tty": False,
        "network_disabled": holder is None,
        "healthcheck": {"test": ["NONE"]},
        "use_config_proxy": False,
    }


def host_arguments(spec: ContainerSpec, run: Run, *, holder: str | None) -> dict[str, Any]:
    """Return the arguments of the SDK's `create_host_config`, and 'masked_paths', which it does not have.

    Mounts and ulimits as plain dicts of the API's own names.
    """
    limits = spec.limits
    return {
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true", f"seccomp={seccomp.profile()}"],
        "read_only": True,
        "masked_paths": [*HIDDEN, *(HIDDEN_FROM_PROGRAMS if spec.role is Role.CANDIDATE else ())],
        "tmpfs": _tmpfs(spec, run.uids[spec.name]),
        "mounts": [_socket_mount(name, run, own=spec.role is Role.SERVICE) for name in spec.sockets],
        "mem_limit": limits.memory_bytes,
        "memswap_limit": limits.memory_bytes,
        "pids_limit": limits.processes,
        "cpu_period": CPU_PERIOD_MICROSECONDS,
        "cpu_quota": int(limits.cpus * CPU_HEADROOM * CPU_PERIOD_MICROSECONDS),
        "cpu_shares": _CPU_SHARES[spec.role],
        "ulimits": _ulimits(limits),
        "network_mode": f"container:{holder}" if holder else None,
        "ipc_mode": "private",
        "shm_size": SHARED_MEMORY_BYTES,
        "cgroupns": "private",
        "log_config": {"Type": "none", "Config": {}},
        "init": spec.role is Role.CANDIDATE,
        "oom_score_adj": _OOM_SCORE[spec.role],
    }


def socket_volume(name: str, run: Run) -> str:
    """Name of the volume that holds the sockets of service `name`."""
    return f"touchstone-{run.id}-{name}"


def socket_volume_arguments(name: str, run: Run, *, judge: str) -> dict[str, Any]:
    """Arguments of the SDK's `create_volume`: a tmpfs owned by the service, with the judge's group.

    Mode 2750: what the service makes there belongs to the judge's group, and nobody else may look inside.
    """
    options = f"size={SOCKET_VOLUME_BYTES},nr_inodes=64,mode=2750,uid={run.uids[name]},gid={run.uids[judge]}"
    return {
        "name": socket_volume(name, run),
        "driver": "local",
        "driver_opts": {"type": "tmpfs", "device": "tmpfs", "o": f"nosuid,nodev,noexec,{options}"},
        "labels": run.labels,
    }


def _tmpfs(spec: ContainerSpec, uid: int) -> dict[str, str]:
    """Private writable places. Only the container's own user may enter them."""
    execute = "exec" if spec.executable_tmp else "noexec"
    limits = spec.limits
    bounds = f"size={limits.disk_bytes},nr_inodes={limits.inodes}"
    options = f"rw,{execute},nosuid,nodev,{bounds},uid={uid},gid={uid},mode=0700"
    return {WORK: options, "/tmp": options}  # noqa: S108 - a path inside the container, a tmpfs of its own.


def _ulimits(limits: Limits) -> list[dict[str, Any]]:
    fixed = {
        "nofile": limits.open_files,
        "sigpending": PENDING_SIGNALS,
        "core": 0,
        "memlock": 0,
        "msgqueue": 0,
    }
    return [{"Name": name, "Soft": value, "Hard": value} for name, value in fixed.items()]


def _socket_mount(name: str, run: Run, *, own: bool) -> dict[str, Any]:
    """A service writes its sockets.

    Connecting through a read-only mount is possible, so the judge's is read-only.
    """
    return {
        "Type": "volume",
        "Source": socket_volume(name, run),
        "Target": f"{SOCKETS}/{name}",
        "ReadOnly": not own,
        "VolumeOptions": {"NoCopy": True},
    }
