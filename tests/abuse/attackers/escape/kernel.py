# mypy: ignore-errors
# It does what an attacker would, who has no style.
# ruff: noqa: PTH102, PTH116, PTH118, PTH208, S108
"""Namespaces, mounts, settings of the kernel, other processes, rare and foreign system calls."""

import ctypes
import mmap
import os
import platform
from collections.abc import Callable
from pathlib import Path

from attempts import NUMBERS, attempt, call, calls, in_a_child, libc, libc_call, written

NAMESPACES = {
    "mount": 0x20000,
    "cgroup": 0x2000000,
    "uts": 0x4000000,
    "ipc": 0x8000000,
    "user": 0x10000000,
    "pid": 0x20000000,
    "net": 0x40000000,
}


def namespaces() -> None:
    for name, flag in NAMESPACES.items():
        attempt(f"E04 unshare {name}")(lambda flag=flag: in_a_child(lambda: libc.unshare(flag) == 0))
        attempt(f"E04 clone {name}")(lambda flag=flag: cloned(flag))
    attempt("E04 setns")(
        lambda: in_a_child(
            lambda: [
                call("setns", os.open(f"/proc/1/ns/{name}", os.O_RDONLY), 0)
                for name in ("mnt", "net", "user")
            ]
        )
    )


def cloned(flag: int) -> object:
    pid = libc.syscall(NUMBERS["clone"], flag | 17, None, None, None, None)
    if pid == 0:
        os._exit(0)
    if pid < 0:
        return None
    os.waitpid(pid, 0)
    return "a child in a namespace of its own"


def mounts() -> None:
    attempt("E05 tmpfs")(lambda: libc_call("mount", b"none", b"/work", b"tmpfs", 0, None))
    attempt("E05 bind")(lambda: libc_call("mount", b"/proc", b"/tmp", None, 4096, None))
    attempt("E05 writable")(lambda: libc_call("mount", None, b"/", None, 32 | 4096, None))
    attempt("E05 umount")(lambda: libc_call("umount2", b"/proc/kcore", 2))
    attempt("E05 chroot")(lambda: libc_call("chroot", b"/work"))
    calls(
        "E05",
        ("fsopen", b"tmpfs", 0),
        ("open_tree", -100, b"/", 1),
        ("move_mount", -1, b"", -1, b"", 4),
        ("pivot_root", b"/work", b"/work"),
        ("mount_setattr", -100, b"/", 0, None, 0),
    )
    attempt("E06 kernel")(
        lambda: written(
            "/proc/sys/net/ipv4/ip_forward",
            "/proc/sys/kernel/core_pattern",
            "/proc/sysrq-trigger",
            "/sys/kernel/uevent_helper",
            "/proc/sys/fs/binfmt_misc/register",
            "/proc/sys/kernel/hostname",
            "/proc/sys/vm/drop_caches",
            "/sys/kernel/profiling",
            "/proc/sys/kernel/modprobe",
            "/proc/irq/0/smp_affinity",
        )
    )
    attempt("E06 blame")(lambda: lower_blame())
    attempt("E06 root")(
        lambda: written(
            "/etc/passwd",
            "/usr/bin/x",
            "/x",
            "/etc/ld.so.preload",
            "/run/x",
            "/var/x",
            "/var/tmp/x",
            "/dev/x",
        )
    )
    attempt("E07 files")(lambda: written(*cgroup_files()))
    attempt("E07 folder")(lambda: os.mkdir("/sys/fs/cgroup/mine") or "a control group")
    attempt("E07 mount")(lambda: libc_call("mount", b"none", b"/tmp", b"cgroup", 0, b"memory"))
    attempt("E07 mount 2")(lambda: libc_call("mount", b"none", b"/tmp", b"cgroup2", 0, None))


def lower_blame() -> object:
    Path("/proc/self/oom_score_adj").write_text("-500")
    return "a lower score"


def cgroup_files() -> list[str]:
    return [os.path.join(at, name) for at, _, names in os.walk("/sys/fs/cgroup") for name in names][:400]


def processes() -> None:
    mine = os.getuid()
    attempt("E11 others")(
        lambda: (
            [
                pid
                for pid in os.listdir("/proc")
                if pid.isdigit() and os.stat(f"/proc/{pid}").st_uid not in (mine, 0)
            ]
            or None
        )
    )
    attempt("E11 root's")(
        lambda: (
            [
                pid
                for pid in os.listdir("/proc")
                if pid.isdigit() and pid != "1" and not os.stat(f"/proc/{pid}").st_uid
            ]
            or None
        )
    )
    calls(
        "E11",
        ("ptrace", 16, 1, 0, 0),
        ("process_vm_readv", os.getppid(), None, 0, None, 0, 0),
        ("pidfd_getfd", 0, 0, 0),
    )
    calls("E12", ("io_uring_setup", 8, ctypes.create_string_buffer(200)))
    calls(
        "E15",
        ("bpf", 0, None, 0),
        ("perf_event_open", None, 0, -1, -1, 0),
        ("userfaultfd", 0),
        ("kexec_load", 0, 0, None, 0),
        ("init_module", None, 0, b""),
        ("finit_module", -1, b"", 0),
        ("syslog", 2, None, 0),
        ("add_key", b"user", b"a", b"b", 1, -3),
        ("keyctl", 0, -3, 1, 0, 0),
        ("request_key", b"user", b"a", None, 0),
        ("swapon", b"/x", 0),
        ("reboot", 1, 2, 3, None),
        ("clock_settime", 0, None),
        ("quotactl", 0, None, 0, None),
    )
    calls("E26", ("name_to_handle_at", -100, b"/", None, None, 0), ("open_by_handle_at", -100, None, 0))


def foreign() -> None:
    if platform.machine() != "x86_64":
        attempt("E14 none here")(lambda: None)
        return
    getpid_32 = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"  # mov eax, 20; int 0x80; ret
    getpid_x32 = b"\xb8\x27\x00\x00\x40\x0f\x05\xc3"  # mov eax, 0x40000027; syscall; ret
    attempt("E14 32 bits")(lambda: in_a_child(foreign_call(getpid_32)))
    attempt("E14 x32")(lambda: in_a_child(foreign_call(getpid_x32)))


def foreign_call(code: bytes) -> Callable[[], object]:
    """Runs machine code that returns a number; one of 0 or more is a success."""

    def run() -> object:
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(code)
        function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
        return function() >= 0

    return run
