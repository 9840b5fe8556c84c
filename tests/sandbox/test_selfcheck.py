"""The self-check: a fit engine passes, and each weakening of the profile is found and named.

Several weakenings share a container where none hides another.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox import hardening, member, selfcheck
from sandbox.engine import Engine
from sandbox.errors import PodError
from sandbox.findings import Level
from sandbox.images import Images
from sandbox.probe import inside, outside
from sandbox.spec import MIB, Role

TMPFS = "rw,mode=0700,uid={uid},gid={uid}"
docker = pytest.mark.docker


@docker
def test_this_engine_is_fit_to_run_pods(engine: Engine, images: Images):
    found = selfcheck.examine(engine, images)
    assert [finding for finding in found if finding.level is Level.REFUSED] == []
    assert found[-1].subject == "pod"
    assert "Nothing that must not work did" in found[-1].sentence


def test_a_kernel_without_ipv6_does_not_stop_the_probe(monkeypatch):
    missing = "/proc/net/ipv6_route"
    monkeypatch.setattr(inside, "Path", lambda path: Path("/nowhere" if path == missing else path))
    assert "lo" in inside._network()["interfaces"]


def weakened(monkeypatch: pytest.MonkeyPatch, engine: Engine, images: Images, **changes: Any) -> list[str]:
    """What the probe says when every container's host arguments are changed so; None takes one away."""

    def host_arguments(spec: Any, run: Any, *, holder: str | None) -> dict[str, Any]:
        arguments = {**hardening.host_arguments(spec, run, holder=holder), **changes}
        uid = run.uids[spec.name]
        arguments["tmpfs"] = {at: text.format(uid=uid) for at, text in arguments["tmpfs"].items()}
        if arguments.get("binds") and spec.role is Role.JUDGE:
            del arguments["binds"]
        return {name: value for name, value in arguments.items() if value is not None}

    monkeypatch.setattr(member, "host_arguments", host_arguments)
    return [finding.sentence for finding in selfcheck.probe(engine, images)]


def assert_named(found: list[str], *parts: str) -> None:
    """Each of `parts` is in a sentence, and no sentence is without one."""
    missing = [part for part in parts if not any(part in sentence for sentence in found)]
    unexpected = [sentence for sentence in found if not any(part in sentence for part in parts)]
    assert (missing, unexpected) == ([], []), found


@docker
def test_a_missing_filter_and_privileges_to_gain_are_found(monkeypatch, engine, images):
    """In one container, because without the second runc itself needs calls that our filter refuses."""
    found = weakened(monkeypatch, engine, images, security_opt=["seccomp=unconfined"])
    assert_named(
        found,
        "NoNewPrivs is not set",
        "Seccomp is not 2",
        "system calls that must be refused",
        "sockets that must be refused",
        "not native to the machine",
    )
    calls = next(
        sentence for sentence in found if "system calls that" in sentence and "candidate" in sentence
    )
    for name in ("ptrace", "keyctl", "unshare", "clone with a user namespace", "io_uring_setup", "msgget"):
        assert name in calls
    sockets = next(sentence for sentence in found if "sockets that" in sentence)
    assert "netlink: socket diagnosis" in sockets


@docker
def test_the_engines_own_filter_is_not_enough(monkeypatch, engine, images):
    found = weakened(monkeypatch, engine, images, security_opt=["no-new-privileges:true"])
    assert_named(
        found,
        "system calls that must be refused",
        "sockets that must be refused",
        "not native to the machine",
    )


@docker
def test_missing_limits_and_capabilities_are_found(monkeypatch, engine, images):
    """Also: a root that is not read-only, folders and files without a limit, core dumps."""
    found = weakened(
        monkeypatch,
        engine,
        images,
        cap_drop=None,
        read_only=False,
        tmpfs={"/work": TMPFS, "/tmp": f"{TMPFS},exec"},  # noqa: S108 - a path inside.
        mem_limit=None,
        memswap_limit=None,
        pids_limit=None,
        cpu_quota=None,
        cpu_period=None,
        ulimits=None,
        shm_size=64 * MIB,
        masked_paths=[],
    )
    assert_named(
        found,
        "has capabilities in CapBnd",
        "not read-only",
        "may write where it must not: /var/tmp",
        "core dumps",
        "/tmp on tmpfs without noexec",  # noqa: S108
        "files in /work does not hold",
        "files in /tmp does not hold",
        "space in /work does not hold",
        "space in /tmp does not hold",
        "limit of memory does not hold",
        "limit of processes does not hold",
        "limit of open files does not hold",
        "No limit of processor time",
        "size of /dev/shm",
        "sees what the host should hide",
    )


@docker
def test_a_network_a_foreign_mount_and_shared_ipc_are_found(monkeypatch, engine, images):
    """Also: an engine's socket, one user for both, root, and a pod whose members do not share loopback."""
    create = hardening.create_arguments

    def create_arguments(spec: Any, run: Any, *, holder: str | None) -> dict[str, Any]:
        return {**create(spec, run, holder=holder), "user": "0:0", "network_disabled": False}

    monkeypatch.setattr(member, "create_arguments", create_arguments)
    found = weakened(
        monkeypatch,
        engine,
        images,
        network_mode="bridge",
        tmpfs=dict.fromkeys(("/work", "/tmp"), "noexec,nosuid,nodev,size=2m,nr_inodes=64"),  # noqa: S108
        binds=["/var/run/docker.sock:/run/docker.sock:ro"],
        ipc_mode="host",
        shm_size=None,
        cgroupns="host",
    )
    assert_named(
        found,
        "network interfaces besides loopback: eth0",
        "way out of its network",
        "address of a name server",
        "socket of a container engine: /run/docker.sock",
        "mounts that nobody asked for: /run/docker.sock",
        "share a namespace that must be their own: ipc",
        "share a namespace that must be their own: cgroup",
        "run as the same user",
        "runs as root",
        "do not share loopback",
        "may write where it must not",
        "size of /dev/shm",
    )


@docker
def test_an_abstract_socket_and_a_child_killed_unseen_are_found(monkeypatch, engine, images):
    """Also: a judge that squats an abstract name, and an engine that does not tell of memory."""
    squat = (
        "import socket\nSQUATTER = socket.socket(socket.AF_UNIX)\nSQUATTER.bind(f'\\0squat{os.getpid()}')\n"
    )
    monkeypatch.setattr(selfcheck, "_PROGRAM", selfcheck._PROGRAM.replace("import socket\n", squat, 1))
    state = Engine.state
    monkeypatch.setattr(
        Engine, "state", lambda self, container: replace(state(self, container), out_of_memory=False)
    )
    found = [finding.sentence for finding in selfcheck.probe(engine, images)]
    assert_named(found, "abstract sockets, which the whole pod shares: @squat", "did not say so")


@docker
def test_a_pod_that_cannot_be_run_is_a_refusal(monkeypatch, engine, images):
    def refuse(*_: Any) -> None:
        raise PodError("Creating a container: no such runtime")

    monkeypatch.setattr(Engine, "create", refuse)
    assert "no such runtime" in selfcheck.check(engine, images)[0]


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
