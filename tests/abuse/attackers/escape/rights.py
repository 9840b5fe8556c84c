# mypy: ignore-errors
# It does what an attacker would, who has no style.
# ruff: noqa: PTH101, PTH115, PTH116, PTH118, PTH123, PTH208, PTH211, S103, S108, SIM115
"""Capabilities, files that give rights, paths of others, devices."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

from attempts import attempt, libc_call

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


def status() -> dict[str, str]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


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
                    "PYTHONUNBUFFERED",
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


def devices() -> None:
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
