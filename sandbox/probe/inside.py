"""Runs in the containers of a probe pod and tells, as one line of JSON, what it could do there.

Tries every forbidden thing in a way that harms nothing if it works: arguments that the kernel would refuse
for another reason, after the filter. Only the standard library, nothing of ours: the file is sent into the
container. `sandbox.probe.outside` knows what the answers must be.

Usage: inside.py holder TOKEN | inside.py member PORT LIMITS, with the limits as JSON.
"""

import ctypes
import json
import mmap
import os
import platform
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Seen = dict[str, Any]

CLONE_NEWUSER, CLONE_FS = 0x10000000, 0x200
# Name -> its number on x86_64, its number on aarch64 (0: there is none), arguments.
# Numbers: <asm/unistd_64.h> and <asm-generic/unistd.h>.
CALLS: dict[str, tuple[int, ...]] = {
    "acct": (163, 89, 0),
    "add_key": (248, 217, 0, 0, 0, 0, 0),
    "bpf": (321, 280, -1, 0, 0),
    "cachestat": (451, 451, -1, 0, 0, 0),
    "chroot": (161, 51, 0),
    "clone with a user namespace": (56, 220, CLONE_NEWUSER | CLONE_FS, 0, 0, 0, 0),
    "clone3": (435, 435, 0, 0),
    "delete_module": (176, 106, 0, 0),
    "fanotify_init": (300, 262, -1, -1),
    "finit_module": (313, 273, -1, 0, 0),
    "fsconfig": (431, 431, -1, 0, 0, 0, 0),
    "fsmount": (432, 432, -1, 0, 0),
    "fsopen": (430, 430, 0, 0),
    "fspick": (433, 433, -1, 0, 0),
    "init_module": (175, 105, 0, 0, 0),
    "io_setup": (206, 0, 0, 0),
    "io_uring_enter": (426, 426, -1, 0, 0, 0, 0, 0),
    "io_uring_register": (427, 427, -1, 0, 0, 0),
    "io_uring_setup": (425, 425, 1, 0),
    "ioperm": (173, 0, 0, 1, 1),
    "iopl": (172, 0, 3),
    "kcmp": (312, 272, 0, 0, 0, 0, 0),
    "kexec_file_load": (320, 294, -1, -1, 0, 0, 0),
    "kexec_load": (246, 104, 0, 0, 0, 0),
    "keyctl": (250, 219, 0, -3, 0),
    "mbind": (237, 235, 0, 0, 0, 0, 0, 0),
    "memfd_secret": (447, 447, -1),
    "migrate_pages": (256, 238, 0, 0, 0, 0),
    "modify_ldt": (154, 0, 0, 0, 0),
    "mount": (165, 40, 0, 0, 0, 0, 0),
    "mount_setattr": (442, 442, -1, 0, 0, 0, 0),
    "move_mount": (429, 429, -1, 0, -1, 0, 0),
    "move_pages": (279, 239, 0, 0, 0, 0, 0, 0),
    "mq_unlink": (241, 181, 0),
    "msgget": (68, 186, 0, 0),
    "name_to_handle_at": (303, 264, -1, 0, 0, 0, 0),
    "open_by_handle_at": (304, 265, -1, 0, 0),
    "open_tree": (428, 428, -1, 0, 0),
    "perf_event_open": (298, 241, 0, 0, -1, -1, 0),
    "personality": (135, 92, 0x0040000),
    "pidfd_getfd": (438, 438, -1, -1, 0),
    "pivot_root": (155, 41, 0, 0),
    "process_madvise": (440, 440, -1, 0, 0, 0, 0),
    "process_vm_readv": (310, 270, 0, 0, 0, 0, 0, 0),
    "process_vm_writev": (311, 271, 0, 0, 0, 0, 0, 0),
    "ptrace": (101, 117, 3, 0, 0, 0),
    "quotactl": (179, 60, -1, 0, 0, 0),
    "reboot": (169, 142, 0, 0, 0, 0),
    "request_key": (249, 218, 0, 0, 0, 0),
    "seccomp": (317, 277, 99, 0, 0),
    "set_mempolicy": (238, 237, 0, 0, 0),
    "sethostname": (170, 161, 0, 0),
    "setns": (308, 268, -1, 0),
    "settimeofday": (164, 170, 0, 0),
    "setxattr": (188, 5, 0, 0, 0, 0, 0),
    "swapon": (167, 224, 0, 0),
    "syncfs": (306, 267, -1),
    "syslog": (103, 116, 10, 0, 0),
    "umount2": (166, 39, 0, 0),
    "unshare": (272, 97, CLONE_NEWUSER),
    "userfaultfd": (323, 282, 1),
    "vmsplice": (278, 75, -1, 0, 0, 0),
}
# Name -> family, type, protocol, as numbers: Python lacks the names of some.
SOCKETS = {
    "AF_ALG": (38, 5, 0),
    "AF_BLUETOOTH": (31, 3, 1),
    "AF_CAN": (29, 3, 1),
    "AF_KEY": (15, 3, 2),
    "AF_PACKET": (17, 3, 0x0300),
    "AF_RXRPC": (33, 2, 2),
    "AF_TIPC": (30, 1, 0),
    "AF_VSOCK": (40, 1, 0),
    "AF_XDP": (44, 3, 0),
    "DCCP": (2, 6, 33),
    "ICMP": (2, 2, 1),
    "MPTCP": (2, 1, 262),
    "SCTP": (2, 1, 132),
    "netlink: audit": (16, 3, 9),
    "netlink: netfilter": (16, 3, 12),
    "netlink: socket diagnosis": (16, 3, 4),
    "raw IPv4": (2, 3, 255),
    "raw IPv6": (10, 3, 255),
}
SERVANTS = (
    "/run/docker.sock",
    "/var/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/podman/podman.sock",
    "/run/crio/crio.sock",
)
SWITCHES = (
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/net/ipv4/ip_forward",
    "/proc/sysrq-trigger",
    "/sys/kernel/uevent_helper",
)
HIDDEN = (
    "/proc/acpi",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/sched_debug",
    "/proc/timer_list",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
)
HIDDEN_FROM_PROGRAMS = (
    "/proc/buddyinfo",
    "/proc/diskstats",
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
    "/sys/devices/system/node",
    "/sys/devices/virtual/bdi",
    "/sys/devices/virtual/block",
    "/sys/fs/ext4",
    "/sys/kernel/mm",
    "/sys/kernel/slab",
)
FOREIGN_GETPID = bytes.fromhex("b814000000cd80c3")
"""mov eax, 20; int 0x80; ret"""
X32_GETPID = 0x40000000 | 39
PAGE = 4096
CHUNK = b"\0" * 65536


def profile() -> Seen:
    """What this process is and sees, without trying anything."""
    lines = (line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    status = {name: value.strip() for name, value in lines}
    wanted = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp")
    return {
        "status": {name: status.get(name, "") for name in wanted},
        "ids": sorted({*os.getresuid(), *os.getresgid(), *os.getgroups()}),
        "namespaces": {path.name: str(path.readlink()) for path in Path("/proc/self/ns").iterdir()},
        "mounts": [_mount(line) for line in Path("/proc/self/mountinfo").read_text().splitlines()],
        "root_is_read_only": bool(os.statvfs("/").f_flag & os.ST_RDONLY),
        "terminal": os.isatty(0),
        "core_bytes": resource.getrlimit(resource.RLIMIT_CORE)[1],
        "shared_memory_bytes": _size("/dev/shm"),  # noqa: S108 - how large it is.
        "cpus": _cpu_quota(),
        "servants": [path for path in SERVANTS if os.path.lexists(path)],
        "shown": [path for path in HIDDEN if _shows(path)],
        "figures": [path for path in HIDDEN_FROM_PROGRAMS if _shows(path)],
        "calls": _in_child(lambda: {name: _call(*numbers) for name, numbers in CALLS.items()}),
        "sockets": {name: _open_socket(*numbers) for name, numbers in SOCKETS.items()},
        "foreign": _foreign_calls(),
        **_network(),
    }


def _mount(line: str) -> list[str]:
    """[where, options, kind of file system] of a line of mountinfo."""
    left, _, right = line.partition(" - ")
    return [left.split()[4], left.split()[5], right.split()[0]]


def _size(folder: str) -> int:
    try:
        status = os.statvfs(folder)
    except OSError:
        return 0
    return status.f_blocks * status.f_frsize


def _shows(path: str) -> bool:
    """Whether there is anything to read in a file or a folder."""
    try:
        if Path(path).is_dir():
            return bool(os.listdir(path))  # noqa: PTH208 - the names are enough.
        with Path(path).open("rb") as file:
            return bool(file.read(1))
    except OSError:
        return False


def _cpu_quota() -> float | None:
    """CPUs, from either version of control groups. None: no limit can be seen."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except OSError:
        pass
    for folder in ("cpu", "cpu,cpuacct"):
        try:
            at = Path("/sys/fs/cgroup", folder)
            microseconds = int((at / "cpu.cfs_quota_us").read_text())
            return microseconds / int((at / "cpu.cfs_period_us").read_text()) if microseconds > 0 else None
        except OSError:
            pass
    return None


def _network() -> Seen:
    routes = Path("/proc/net/route").read_text().splitlines()[1:]
    more = [line for line in _lines("/proc/net/ipv6_route") if not line.endswith(" lo")]
    unix = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    names = _lines("/etc/resolv.conf")
    return {
        "interfaces": sorted(name for _, name in socket.if_nameindex()),
        "routes": len(routes) + len(more),
        "reached": [address for address in ("192.0.2.1", "169.254.169.254") if _reaches(address)],
        "abstract": [fields[7] for fields in unix if len(fields) > 7 and fields[7].startswith("@")],
        "resolvers": [line.split()[1] for line in names if line.startswith("nameserver ")],
    }


def _lines(path: str) -> list[str]:
    """None of a file that is not there, as that of IPv6 on a kernel without it."""
    try:
        return Path(path).read_text().splitlines()
    except FileNotFoundError:
        return []


def _reaches(address: str) -> bool:
    """Whether a datagram would find a way there. None is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        try:
            end.connect((address, 80))
        except OSError:
            return False
    return True


def _call(x86_64: int, aarch64: int, *arguments: int) -> int | None:
    """The error number, 0 if the call worked, None if this machine has no such call."""
    number = x86_64 if platform.machine() == "x86_64" else aarch64
    if not number:
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    result: int = libc.syscall(*(ctypes.c_long(value) for value in (number, *arguments)))
    return ctypes.get_errno() if result == -1 else 0


def _open_socket(family: int, kind: int, protocol: int) -> int:
    try:
        socket.socket(family, kind, protocol).close()
    except OSError as error:
        return error.errno or 0
    return 0


def _in_child(work: Callable[[], Any]) -> Any:
    """The value of `work` in a process of its own; -signal if one ended it."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        with os.fdopen(write, "w") as pipe:
            json.dump(work(), pipe)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else json.loads(text)


def _foreign_calls() -> Seen:
    """Calls of other ABIs than the native one: 0 if they work, -signal if they are deadly, else an error."""
    if platform.machine() != "x86_64":
        return {}
    return {"32-bit": _in_child(_int80), "x32": _in_child(lambda: _call(X32_GETPID, 0))}


def _int80() -> int:
    with mmap.mmap(-1, PAGE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC) as page:
        page.write(FOREIGN_GETPID)
        place = ctypes.c_char.from_buffer(page)
        result: int = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(place))()
        del place
    return 0 if result > 0 else -result


def limits(wanted: dict[str, int]) -> Seen:
    """How much of each thing there is: stops soon after the limit that should hold.

    Memory first, so that the engine has heard of the kill before the container ends.
    """
    return {
        "memory": _in_child(lambda: _allocate(wanted["memory_bytes"])),
        "processes": _fork(wanted["processes"]),
        "open_files": _open(wanted["open_files"]),
        "inodes": {folder: _create(folder, wanted["inodes"]) for folder in ("/work", "/tmp")},  # noqa: S108
        "disk_bytes": {folder: _fill(folder, wanted["disk_bytes"]) for folder in ("/work", "/tmp")},  # noqa: S108
    }


def _fork(limit: int) -> int:
    """How many processes there were at once, this one and its init included."""
    read, write = os.pipe()
    children: list[int] = []
    try:
        while len(children) < limit + 8:
            child = os.fork()
            if not child:
                os.close(write)
                os.read(read, 1)
                os._exit(0)
            children.append(child)
    except OSError:
        pass
    os.close(write)
    for child in children:
        os.waitpid(child, 0)
    os.close(read)
    return len(children) + 1


def _open(limit: int) -> int:
    opened: list[int] = []
    try:
        while len(opened) < limit + 8:
            opened.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    for descriptor in opened:
        os.close(descriptor)
    return len(opened)


def _create(folder: str, limit: int) -> int:
    made: list[Path] = []
    try:
        while len(made) < limit + 8:
            path = Path(folder, f"inode-{len(made)}")
            path.touch(exist_ok=False)
            made.append(path)
    except OSError:
        pass
    for path in made:
        path.unlink()
    return len(made)


def _fill(folder: str, limit: int) -> int:
    path = Path(folder, "filled")
    written = 0
    try:
        with path.open("wb", buffering=0) as file:
            while written <= limit:
                written += file.write(CHUNK)
    except OSError:
        pass
    path.unlink(missing_ok=True)
    return written


def _allocate(limit: int) -> int:
    """Touches more than the limit. Never returns where it holds."""
    Path("/proc/self/oom_score_adj").write_text("1000")
    size = limit + limit // 2
    with mmap.mmap(-1, size) as memory:
        for at in range(0, size, PAGE):
            memory[at] = 1
    return size


def writable() -> list[str]:
    """Folders in which a file can be made, and switches of the kernel that open for writing."""
    folders = [folder for folder, _, _ in os.walk("/") if not folder.startswith(("/proc/", "/sys/", "/usr/"))]
    folders += [entry[0] for entry in map(_mount, Path("/proc/self/mountinfo").read_text().splitlines())]
    found = {folder for folder in folders if _can_create(folder)}
    return sorted(found | {switch for switch in SWITCHES if _can_open(switch)})


def _can_create(folder: str) -> bool:
    path = Path(folder, "touchstone-probe")
    try:
        path.touch(exist_ok=False)
    except OSError:
        return False
    path.unlink()
    return True


def _can_open(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_WRONLY))
    except OSError:
        return False
    return True


def hold(token: str) -> None:
    """Listens on loopback, tells what it sees and where it listens, and greets who comes with `token`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        tell({**profile(), "port": server.getsockname()[1]})
        while True:
            caller, _ = server.accept()
            with caller:
                caller.sendall(token.encode())


def greeting(port: int) -> str:
    """What the holder of the namespace says; '' if it cannot be reached."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as call:
            return call.recv(1000).decode()
    except OSError:
        return ""


def tell(seen: Seen) -> None:
    sys.stdout.write(json.dumps(seen) + "\n")
    sys.stdout.flush()


def main(role: str, *arguments: str) -> None:
    signal.alarm(60)
    if role == "holder":
        hold(arguments[0])
    else:
        found = {"limits": limits(json.loads(arguments[1])), "greeting": greeting(int(arguments[0]))}
        tell({**found, **profile(), "writable": writable()})


if __name__ == "__main__":
    main(*sys.argv[1:])
