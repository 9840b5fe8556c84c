"""What `inside` must have seen in a pod that is as it should be: every difference is one sentence."""

import errno
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.hardening import CPU_HEADROOM, SHARED_MEMORY_BYTES
from sandbox.spec import WORK, Limits

Seen = Mapping[str, Any]

REFUSED = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP}
"""How a filter answers. Any other error comes from behind it."""
NO_CAPABILITY = "0" * 16
PRIVATE_NAMESPACES = ("cgroup", "ipc", "mnt", "pid", "uts")
WRITABLE = {WORK, "/tmp", "/dev/shm", "/dev/mqueue"}  # noqa: S108 - a container's own, in memory.
MOUNTS = {
    "/",
    "/dev",
    "/dev/mqueue",
    "/dev/pts",
    "/dev/shm",  # noqa: S108
    "/etc/hostname",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/proc",
    "/sys",
    "/tmp",  # noqa: S108
    "/usr/sbin/docker-init",
    "/sbin/docker-init",
    "/dev/init",
    WORK,
}
DEVICES = {f"/dev/{name}" for name in ("full", "null", "random", "tty", "urandom", "zero")}
"""Mounted one by one where the engine uses user namespaces, which may not make device nodes."""
BELOW = ("/proc/", "/sys/block", "/sys/fs/", "/sys/firmware", "/sys/devices/", "/sys/kernel/")
"""The engine hides parts of /proc and /sys under mounts of its own."""


def faults(judge: Seen, candidate: Seen, limits: Limits, *, token: str, out_of_memory: bool) -> list[str]:
    """One sentence for each thing that is not as it should be; an empty list if all is well.

    `limits` are those of the candidate's container, `out_of_memory` what the engine said of its end.
    """
    found = [*_member("The judge's container", judge), *_member("A candidate's container", candidate)]
    return [
        *dict.fromkeys(found),
        *_apart(judge, candidate),
        *_together(candidate, token),
        *_places(candidate),
        *_limits(candidate, limits, out_of_memory=out_of_memory),
    ]


def _member(who: str, seen: Seen) -> Iterator[str]:
    yield from _privileges(who, seen)
    yield from _filter(who, seen)
    yield from _network(who, seen)
    yield from _mounts(who, seen)


def _privileges(who: str, seen: Seen) -> Iterator[str]:
    status = seen["status"]
    held = [name for name, value in status.items() if name.startswith("Cap") and value != NO_CAPABILITY]
    if held:
        yield f"{who} has capabilities in {', '.join(held)}."
    if status["NoNewPrivs"] != "1":
        yield f"{who} may gain privileges: NoNewPrivs is not set."
    if 0 in seen["ids"]:
        yield f"{who} runs as root, or in root's group."
    if len(seen["ids"]) != 1:
        yield f"{who} runs with more than one user or group: {', '.join(map(str, seen['ids']))}."
    if seen["shown"]:
        yield f"{who} sees what the host should hide: {', '.join(seen['shown'])}."
    if seen["core_bytes"]:
        yield f"{who} may write core dumps."
    if seen["terminal"]:
        yield f"{who} has a terminal."


def _filter(who: str, seen: Seen) -> Iterator[str]:
    if seen["status"]["Seccomp"] != "2":
        yield f"{who} has no filter for system calls: Seccomp is not 2."
    if passed := _passed(seen["calls"], lambda answer: answer not in REFUSED):
        yield f"{who} may make system calls that must be refused: {passed}."
    if passed := _passed(seen["sockets"], lambda answer: answer == 0):
        yield f"{who} may open sockets that must be refused: {passed}."
    if passed := _passed(seen["foreign"], lambda answer: answer == 0):
        yield f"{who} may make calls that are not native to the machine, which no filter sees: {passed}."


def _passed(answers: Mapping[str, int | None] | int, permitted: Any) -> str:
    if isinstance(answers, int):
        return f"(the probe was ended by signal {-answers})"
    return ", ".join(name for name, answer in answers.items() if answer is not None and permitted(answer))


def _network(who: str, seen: Seen) -> Iterator[str]:
    if seen["interfaces"] != ["lo"]:
        yield f"{who} has network interfaces besides loopback: {', '.join(seen['interfaces'])}."
    if seen["routes"] or seen["reached"]:
        yield f"{who} has a way out of its network ({seen['routes']} routes)."
    if seen["resolvers"]:
        yield f"{who} knows the address of a name server: {', '.join(seen['resolvers'])}."
    if seen["abstract"]:
        yield f"{who} sees abstract sockets, which the whole pod shares: {', '.join(seen['abstract'])}."
    if seen["servants"]:
        yield f"{who} sees the socket of a container engine: {', '.join(seen['servants'])}."


def _mounts(who: str, seen: Seen) -> Iterator[str]:
    if not seen["root_is_read_only"]:
        yield f"{who} has a root file system that is not read-only."
    points = [point for point, _, _ in seen["mounts"]]
    strange = [point for point in points if point not in MOUNTS | DEVICES and not point.startswith(BELOW)]
    if strange:
        yield f"{who} has mounts that nobody asked for: {', '.join(strange)}."
    for point, options, kind in seen["mounts"]:
        if point in (WORK, "/tmp"):  # noqa: S108
            missing = {"nosuid", "nodev", "noexec"} - set(options.split(","))
            if kind != "tmpfs" or missing:
                yield f"{who} has {point} on {kind} without {', '.join(sorted(missing)) or 'a limit'}."
    if WORK not in points:
        yield f"{who} has no folder {WORK} of its own."


def _apart(judge: Seen, candidate: Seen) -> Iterator[str]:
    for name in PRIVATE_NAMESPACES:
        if judge["namespaces"].get(name) == candidate["namespaces"].get(name):
            yield f"Judge and candidate share a namespace that must be their own: {name}."
    if set(judge["ids"]) & set(candidate["ids"]):
        yield "Judge and candidate run as the same user."


def _together(candidate: Seen, token: str) -> Iterator[str]:
    if candidate["greeting"] != token:
        yield (
            "Judge and candidate do not share loopback: a listener in the judge's container cannot be "
            "reached from the candidate's. A runtime that gives each container a network "
            "stack of its own, as gVisor does, cannot run pods."
        )


def _places(candidate: Seen) -> Iterator[str]:
    if figures := candidate["figures"]:
        yield f"A candidate's container shows figures of the whole host: {', '.join(figures)}."
    if strange := [place for place in candidate["writable"] if place not in WRITABLE]:
        yield f"A candidate's container may write where it must not: {', '.join(strange)}."
    if candidate["shared_memory_bytes"] > SHARED_MEMORY_BYTES:
        yield "The size of /dev/shm is not limited as asked for."


def _limits(candidate: Seen, limits: Limits, *, out_of_memory: bool) -> Iterator[str]:
    found = candidate["limits"]
    if found["processes"] > limits.processes:
        yield "The limit of processes does not hold: a program could start more than were allowed."
    if found["open_files"] > limits.open_files:
        yield "The limit of open files does not hold."
    for folder, number in found["inodes"].items():
        if number > limits.inodes:
            yield f"The limit of files in {folder} does not hold."
    for folder, size in found["disk_bytes"].items():
        if size > limits.disk_bytes:
            yield f"The limit of space in {folder} does not hold."
    if not isinstance(found["memory"], int) or found["memory"] >= 0:
        yield "The limit of memory does not hold: a program touched more than it was allowed."
    elif not out_of_memory:
        yield "A program was killed for memory, but the engine did not say so."
    if candidate["cpus"] is None or candidate["cpus"] > limits.cpus * CPU_HEADROOM:
        yield "No limit of processor time can be seen in a candidate's container."
