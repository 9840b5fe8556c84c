"""The runtime by setting: used if the engine offers it, refused if not."""

import pytest

from sandbox.engine import Engine
from sandbox.errors import PodError
from sandbox.findings import Level
from sandbox.hardening import RUN_LABEL
from sandbox.pod import Pods
from sandbox.runtimes import examine
from sandbox.spec import ContainerSpec, PodSpec, Role
from tests.docker import OWNER

KNOWN = "io.containerd.runc.v2"
"""Every engine knows runc by this name too, so nothing needs to be installed for a test."""
OFFERED = {"Runtimes": {"runc": {}, "crun": {"path": "/usr/bin/crun"}}, "DefaultRuntime": "runc"}


def test_without_a_setting_the_engine_decides():
    found = examine(OFFERED, "")
    assert found.level is Level.OK
    assert "runc" in found.sentence


def test_an_offered_runtime_is_used():
    assert examine(OFFERED, "crun").level is Level.OK


@pytest.mark.parametrize("info", [OFFERED, {}])
def test_a_runtime_that_the_engine_lacks_is_refused_with_what_to_do(info):
    found = examine(info, "runsc")
    assert found.level is Level.REFUSED
    assert "no runtime runsc" in found.sentence
    assert "TOUCHSTONE_RUNTIME" in found.remedy


@pytest.mark.docker
def test_every_container_asks_for_the_runtime_that_was_set(python_image: str):
    with Engine(runtime=KNOWN) as engine, Pods(engine, owner=OWNER).take(judge(python_image)) as pod:
        (container,) = engine.containers(f"{RUN_LABEL}={pod.run_id}")
        assert engine.inspect(container["Id"])["HostConfig"]["Runtime"] == KNOWN
    with (
        Engine(runtime="missing") as engine,
        pytest.raises(PodError, match="missing"),
        Pods(engine, owner=OWNER).take(judge(python_image)),
    ):
        pytest.fail("A pod was run by a runtime that does not exist.")


def judge(image: str) -> PodSpec:
    return PodSpec(judge=ContainerSpec(name="judge", role=Role.JUDGE, image=image, command=("sleep", "60")))
