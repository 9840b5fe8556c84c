"""The profile of every member, without a daemon."""

import pytest

from sandbox.hardening import (
    FIRST_UID,
    Run,
    allocate_uids,
    create_arguments,
    host_arguments,
    socket_volume_arguments,
)
from sandbox.seccomp import profile
from sandbox.spec import MIB, ContainerSpec, Limits, Role

FORBIDDEN = {
    "privileged", "devices", "device_cgroup_rules", "device_requests", "pid_mode", "uts_mode",
    "volumes_from", "links", "extra_hosts", "publish_all_ports", "port_bindings", "group_add",
    "userns_mode", "binds", "cap_add", "restart_policy", "auto_remove", "oom_kill_disable", "sysctls",
    "storage_opt", "runtime", "lxc_conf", "dns",
}  # fmt: skip
RUN = Run(
    id="a" * 32, owner="host:1", expires=5, uids={"judge": 300_000, "db": 300_001, "candidate": 300_002}
)


def spec(role: Role = Role.CANDIDATE, **changes: object) -> ContainerSpec:
    values = {"name": role.value, "role": role, "image": "sha256:1", "command": ("true",), **changes}
    return ContainerSpec(**values)  # type: ignore[arg-type]


MEMBERS = [spec(Role.JUDGE), spec(Role.SERVICE, name="db"), spec(Role.CANDIDATE)]
each_member = pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)


@each_member
def test_nothing_dangerous_is_ever_set(member):
    assert FORBIDDEN.isdisjoint(host_arguments(member, RUN, holder="1"))
    assert {"ports", "domainname", "hostname", "volumes"}.isdisjoint(
        create_arguments(member, RUN, holder="1")
    )


@each_member
def test_every_member_has_the_whole_profile(member):
    host = host_arguments(member, RUN, holder="1")
    assert host["cap_drop"] == ["ALL"]
    assert host["security_opt"] == ["no-new-privileges:true", f"seccomp={profile()}"]
    assert host["read_only"] is True
    assert {"/proc/keys", "/proc/interrupts", "/sys/firmware"} <= set(host["masked_paths"])
    assert ("/proc/meminfo" in host["masked_paths"]) is (member.role is Role.CANDIDATE)
    assert host["mem_limit"] == host["memswap_limit"] == member.limits.memory_bytes
    assert host["pids_limit"] == member.limits.processes
    assert (host["ipc_mode"], host["cgroupns"]) == ("private", "private")
    assert host["log_config"] == {"Type": "none", "Config": {}}


@each_member
def test_nothing_is_left_to_the_image_or_the_host(member):
    arguments = create_arguments(member, RUN, holder="1")
    assert arguments["entrypoint"] == ["true"]
    assert arguments["healthcheck"] == {"test": ["NONE"]}
    assert arguments["use_config_proxy"] is False
    assert arguments["working_dir"] == "/work"


@each_member
def test_every_limit_that_the_kernel_keeps_per_process_is_set(member):
    limits = {limit["Name"]: limit for limit in host_arguments(member, RUN, holder="1")["ulimits"]}
    assert {name: limit["Hard"] for name, limit in limits.items()} == {
        "nofile": member.limits.open_files,
        "sigpending": 1024,
        "core": 0,
        "memlock": 0,
        "msgqueue": 0,
    }
    assert all(limit["Soft"] == limit["Hard"] for limit in limits.values())


def test_members_have_numeric_ids_of_their_own():
    users = {create_arguments(member, RUN, holder="1")["user"] for member in MEMBERS}
    assert users == {"300000:300000", "300001:300001", "300002:300002"}


def test_allocated_ids_differ_within_and_between_runs():
    first, second = allocate_uids(["a", "b"]), allocate_uids(["a", "b"])
    assert len({*first.values(), *second.values()}) == 4
    assert min(first.values()) >= FIRST_UID


def test_only_the_judge_holds_a_network_and_it_is_disabled():
    judge = create_arguments(MEMBERS[0], RUN, holder=None)
    assert judge["network_disabled"] is True
    assert host_arguments(MEMBERS[0], RUN, holder=None)["network_mode"] is None


def test_others_join_the_judges_network_by_id():
    assert host_arguments(MEMBERS[2], RUN, holder="abc")["network_mode"] == "container:abc"
    assert create_arguments(MEMBERS[2], RUN, holder="abc")["network_disabled"] is False


def test_tmpfs_is_bounded_and_nothing_can_be_executed_from_it():
    limits = Limits(disk_bytes=3 * MIB, inodes=77)
    tmpfs = host_arguments(spec(limits=limits), RUN, holder="1")["tmpfs"]
    assert set(tmpfs) == {"/work", "/tmp"}  # noqa: S108 - paths inside the container.
    for options in tmpfs.values():
        wanted = {"noexec", "nosuid", "nodev", "size=3145728", "nr_inodes=77", "mode=0700"}
        assert wanted <= set(options.split(","))


def test_a_compiled_language_may_execute_from_its_tmpfs():
    tmpfs = host_arguments(spec(executable_tmp=True), RUN, holder="1")["tmpfs"]
    assert {"exec", "nosuid"} <= set(tmpfs["/work"].split(","))


def test_the_judge_mounts_sockets_read_only_and_a_service_its_own_writable():
    judge = host_arguments(spec(Role.JUDGE, sockets=("db",)), RUN, holder=None)["mounts"]
    service = host_arguments(spec(Role.SERVICE, name="db", sockets=("db",)), RUN, holder="1")["mounts"]
    assert [(mount["Target"], mount["ReadOnly"]) for mount in judge] == [("/run/touchstone/db", True)]
    assert [mount["ReadOnly"] for mount in service] == [False]
    assert host_arguments(spec(), RUN, holder="1")["mounts"] == []


def test_a_socket_volume_belongs_to_the_service_and_the_judges_group():
    options = socket_volume_arguments("db", RUN, judge="judge")["driver_opts"]["o"].split(",")
    assert {"uid=300001", "gid=300000", "mode=2750"} <= set(options)


def test_labels_say_who_made_it_and_until_when():
    labels = create_arguments(MEMBERS[0], RUN, holder=None)["labels"]
    assert labels == {
        "touchstone.owner": "host:1",
        "touchstone.run": "a" * 32,
        "touchstone.expires": "5",
        "touchstone.member": "judge",
    }
