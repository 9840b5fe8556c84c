"""What the self-check makes of what engine and probe tell; nothing is started."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import selfcheck
from sandbox.errors import PodError
from sandbox.probe import inside, outside
from sandbox.spec import MIB

SEEN: dict[str, Any] = {
    "status": {"CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"},
    "ids": [300_000],
    "namespaces": {name: f"{name}:[1]" for name in ("cgroup", "ipc", "mnt", "pid", "uts")},
    "mounts": [
        ["/", "ro", "overlay"],
        ["/dev/null", "rw", "devtmpfs"],
        ["/work", "rw,nosuid,nodev,noexec", "tmpfs"],
    ],
    "root_is_read_only": True,
    "terminal": False,
    "shown": [],
    "figures": [],
    "core_bytes": 0,
    "shared_memory_bytes": 16 * MIB,
    "cpus": 1.0,
    "servants": [],
    "calls": {"ptrace": 1, "clone3": 38, "setxattr": 95, "iopl": None},
    "sockets": {"AF_ALG": 97},
    "foreign": {"32-bit": -31, "x32": -31},
    "interfaces": ["lo"],
    "routes": 0,
    "reached": [],
    "abstract": [],
    "resolvers": [],
    "greeting": "token",
    "writable": ["/work"],
    "limits": {
        "processes": 24,
        "open_files": 61,
        "inodes": {"/work": 62},
        "disk_bytes": {"/work": 2 * MIB},
        "memory": -9,
    },
}
JUDGE = {**SEEN, "ids": [300_001], "namespaces": {}}


def faults(**changes: Any) -> list[str]:
    return outside.faults(JUDGE, {**SEEN, **changes}, selfcheck.LIMITS, token="token", out_of_memory=True)


def test_a_pod_that_is_as_it_should_be_has_no_fault():
    assert faults() == []


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"terminal": True}, "has a terminal"),
        ({"shown": ["/proc/keys"]}, "should hide: /proc/keys"),
        ({"figures": ["/proc/meminfo"]}, "shows figures of the whole host: /proc/meminfo"),
        ({"ids": [300_000, 4]}, "more than one user or group: 300000, 4"),
        ({"ids": [300_001]}, "run as the same user"),
        ({"calls": {"ptrace": 3}}, "system calls that must be refused: ptrace"),
        ({"calls": -31}, "must be refused: (the probe was ended by signal 31)"),
        ({"reached": ["192.0.2.1"]}, "way out of its network"),
        ({"mounts": [["/work", "rw,nosuid,nodev,noexec", "ext4"]]}, "has /work on ext4"),
        ({"mounts": []}, "no folder /work"),
        ({"limits": {**SEEN["limits"], "memory": 100}}, "limit of memory does not hold"),
        ({"cpus": 2.0}, "No limit of processor time"),
        ({"greeting": ""}, "do not share loopback"),
    ],
)
def test_each_difference_is_one_sentence(changes, part):
    (found,) = faults(**changes)
    assert part in found


@pytest.mark.parametrize("name", ["cgroup", "ipc", "mnt", "pid", "uts"])
def test_a_shared_namespace_is_a_fault(name):
    shared = {**SEEN["namespaces"], name: None}
    assert faults(namespaces=shared) == [
        f"Judge and candidate share a namespace that must be their own: {name}."
    ]


class Told:
    """An engine that says of itself what a test wants."""

    def __init__(self, runtime: str = "", api: tuple[int, ...] = (1, 44), **info: Any) -> None:
        self.runtime, self._api = runtime, api
        self._info = {
            "OSType": "linux",
            "Architecture": "x86_64",
            "SecurityOptions": ["name=seccomp,profile=default"],
            "CgroupVersion": "2",
            "CgroupDriver": "systemd",
            "Runtimes": {"runc": {}},
            "DefaultRuntime": "runc",
            **info,
        }

    def info(self) -> dict[str, Any]:
        return self._info

    def api_version(self) -> tuple[int, ...]:
        return self._api

    def versions(self) -> dict[str, str]:
        return {"engine": "29.6.0", "runc": "1.5.0", "kernel": "6.18.1"}


def refusals(told: Told) -> list[str]:
    return selfcheck.check(told)  # type: ignore[arg-type]


def test_an_engine_that_says_the_right_things_is_let_through():
    assert refusals(Told()) == []
    assert refusals(Told(Architecture="aarch64")) == []


@pytest.mark.parametrize(
    ("info", "part"),
    [
        ({"api": (1, 40)}, "older than 20.10"),
        ({"OSType": "windows"}, "Linux containers"),
        ({"Architecture": "riscv64"}, "is for x86_64 and aarch64, not riscv64"),
        ({"SecurityOptions": []}, "no seccomp filter"),
        ({"SecurityOptions": ["name=seccomp", "name=userns"]}, "maps user ids"),
        ({"MemoryLimit": False}, "limits of: memory"),
        ({"PidsLimit": False}, "limits of: pids"),
        ({"CpuCfsQuota": False}, "limits of: CPU quota"),
        ({"runtime": "runsc"}, "no runtime runsc"),
        (
            {"SecurityOptions": ["name=seccomp", "name=rootless"], "CgroupDriver": "none"},
            "without root and without control groups",
        ),
        (
            {"SecurityOptions": ["name=seccomp", "name=rootless"], "CgroupVersion": "1"},
            "without root and without control groups",
        ),
    ],
)
def test_what_an_engine_lacks_is_refused(info, part):
    (found,) = refusals(Told(**info))
    assert part in found


def test_a_rootless_engine_with_delegated_limits_is_let_through():
    assert refusals(Told(SecurityOptions=["name=seccomp", "name=rootless", "name=cgroupns"])) == []


class Found:
    """Images that are all there."""

    def find_or_build(self, _: object) -> str:
        return "sha256:1"


@pytest.mark.parametrize(
    ("outcomes", "refused"),
    [
        ([PodError("cut short"), []], []),
        ([[], AssertionError("asked twice")], []),
        ([["No limit."], AssertionError("asked twice")], ["No limit."]),
        ([PodError("cut"), PodError("gone")], ["The pod that should be tried could not be run. gone"]),
    ],
)
def test_a_probe_that_is_cut_short_is_made_once_more_and_a_fault_is_final(monkeypatch, outcomes, refused):
    left: Iterator[Any] = iter(outcomes)

    def try_out(*_: Any) -> list[str]:
        outcome: list[str] | Exception = next(left)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(selfcheck, "_try_out", try_out)
    assert selfcheck.check(Told(), Found()) == refused  # type: ignore[arg-type]


def test_what_an_operator_should_know_is_logged_once_and_not_asked_for_again(monkeypatch, caplog):
    told = Told()
    monkeypatch.setattr(
        told, "versions", lambda: {"engine": "29.6.0", "runc": "1.1.5+ds1", "kernel": "6.18.1"}
    )
    monkeypatch.setattr(selfcheck, "_try_out", lambda *_: [])
    assert selfcheck.check(told, Found()) == []  # type: ignore[arg-type]
    assert "CVE-2024-21626 in runc 1.1.5+ds1" in caplog.text
    caplog.clear()
    assert refusals(told) == []
    assert caplog.text == ""


def test_a_kernel_without_ipv6_does_not_stop_the_probe(monkeypatch):
    missing = "/proc/net/ipv6_route"
    monkeypatch.setattr(inside, "Path", lambda path: Path("/nowhere" if path == missing else path))
    assert "lo" in inside._network()["interfaces"]
