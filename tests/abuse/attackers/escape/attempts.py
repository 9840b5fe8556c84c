# mypy: ignore-errors
# It does what an attacker would, who has no style.
# ruff: noqa: PTH123
"""How an attempt is made, and what it came to."""

import ctypes
import errno
import os
import platform
import socket
from collections.abc import Callable
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "x86_64": {
        "pivot_root": 155,
        "init_module": 175,
        "kexec_load": 246,
        "add_key": 248,
        "request_key": 249,
        "keyctl": 250,
        "perf_event_open": 298,
        "name_to_handle_at": 303,
        "open_by_handle_at": 304,
        "setns": 308,
        "process_vm_readv": 310,
        "finit_module": 313,
        "bpf": 321,
        "userfaultfd": 323,
        "io_uring_setup": 425,
        "open_tree": 428,
        "move_mount": 429,
        "fsopen": 430,
        "ptrace": 101,
        "syslog": 103,
        "clone": 56,
        "pidfd_getfd": 438,
        "mount_setattr": 442,
        "swapon": 167,
        "reboot": 169,
        "clock_settime": 227,
        "quotactl": 179,
    },
    "aarch64": {
        "pivot_root": 41,
        "init_module": 105,
        "kexec_load": 104,
        "add_key": 217,
        "request_key": 218,
        "keyctl": 219,
        "perf_event_open": 241,
        "name_to_handle_at": 264,
        "open_by_handle_at": 265,
        "setns": 268,
        "process_vm_readv": 270,
        "finit_module": 273,
        "bpf": 280,
        "userfaultfd": 282,
        "io_uring_setup": 425,
        "open_tree": 428,
        "move_mount": 429,
        "fsopen": 430,
        "ptrace": 117,
        "syslog": 116,
        "clone": 220,
        "pidfd_getfd": 438,
        "mount_setattr": 442,
        "swapon": 224,
        "reboot": 142,
        "clock_settime": 112,
        "quotactl": 60,
    },
}[platform.machine()]
NOT_THERE = (errno.ENOSYS, errno.EPERM, errno.EACCES, errno.EROFS)
FOUND: dict[str, str] = {}


def attempt(name: str) -> Callable[[Callable[[], object]], None]:
    """What it returns was obtained; None is nothing."""

    def run(deed: Callable[[], object]) -> None:
        try:
            got = deed()
        except OSError as error:
            FOUND[name] = f"refused: {errno.errorcode.get(error.errno, error.errno)}"
        else:
            FOUND[name] = "refused: nothing" if got is None else f"obtained: {got!r}"[:300]

    return run


def call(name: str, *arguments: object) -> str:
    """A raw system call. Only EPERM and its like keep it from us; a fault in our arguments does not."""
    ctypes.set_errno(0)
    result = libc.syscall(NUMBERS[name], *arguments)
    number = ctypes.get_errno()
    if result == -1 and number in NOT_THERE:
        raise OSError(number, name)
    return f"{result} ({errno.errorcode.get(number, 0)})"


def calls(id: str, *lines: tuple) -> None:
    for name, *arguments in lines:
        attempt(f"{id} {name}")(lambda name=name, arguments=arguments: call(name, *arguments))


def libc_call(name: str, *arguments: object) -> str:
    ctypes.set_errno(0)
    result = getattr(libc, name)(*arguments)
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return f"{name} gave {result}"


def in_a_child(deed: Callable[[], object]) -> object:
    """For what may end the process. A signal is a refusal; an exit code of 9 says that it was done."""
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(9 if deed() else 1)
        except OSError:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return "it was done" if code == 9 else None


def connects(*addresses: tuple[str, int]) -> object:
    open_ones = []
    for host, port in addresses:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as client:
            client.settimeout(1)
            number = client.connect_ex((host, port))
        if number not in (
            errno.ENETUNREACH,
            errno.ECONNREFUSED,
            errno.EADDRNOTAVAIL,
            errno.EHOSTUNREACH,
            errno.EINVAL,
        ):
            open_ones.append((host, port, errno.errorcode.get(number, number)))
    return open_ones or None


def readable(*paths: str) -> object:
    return [path for path in paths if os.access(path, os.F_OK)] or None


def written(*paths: str) -> object:
    done = []
    for path in paths:
        try:
            with open(path, "w") as file:
                file.write("1")
            done.append(path)
        except OSError:
            continue
    return done or None


def lines_of(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
