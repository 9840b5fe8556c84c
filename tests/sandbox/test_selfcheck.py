"""The self-check: a fit engine passes, and each weakening of the profile is found and named.

Several weakenings share a container where none hides another.
"""

from dataclasses import replace
from typing import Any

import pytest

from sandbox import hardening, member, selfcheck
from sandbox.engine import Engine
from sandbox.errors import PodError
from sandbox.findings import Level
from sandbox.images import Images
from sandbox.spec import MIB, Role

TMPFS = "rw,mode=0700,uid={uid},gid={uid}"
docker = pytest.mark.docker


@docker
def test_this_engine_is_fit_to_run_pods(engine: Engine, images: Images):
    found = selfcheck.examine(engine, images)
    assert [finding for finding in found if finding.level is Level.REFUSED] == []
    assert found[-1].subject == "pod"
    assert "Nothing that must not work did" in found[-1].sentence


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
        "shows figures of the whole host: /proc/buddyinfo, /proc/diskstats",
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
