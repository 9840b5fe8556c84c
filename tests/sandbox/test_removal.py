"""Nothing is left behind, whatever happened inside."""

import threading
import time
from dataclasses import replace

import pytest

from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.hardening import MEMBER_LABEL, RUN_LABEL
from sandbox.pod import Pods
from sandbox.reaper import reap, remove_owned
from sandbox.spec import Ended, Ending, PodSpec, Role
from tests.docker import OWNER
from tests.sandbox.conftest import PATIENCE_SECONDS, MakeSpec, container, wait_for_end

pytestmark = pytest.mark.docker

FOREVER = "import time; time.sleep(1000)"


@pytest.fixture
def spec(python_image: str) -> PodSpec:
    """Judge, service with a socket volume, candidate: all of them run for ever."""
    return PodSpec(
        judge=replace(container("judge", Role.JUDGE, python_image, FOREVER), sockets=("store",)),
        services=(replace(container("store", Role.SERVICE, python_image, FOREVER), sockets=("store",)),),
        candidate=container("candidate", Role.CANDIDATE, python_image, FOREVER),
    )


def left(engine: Engine, run: str) -> list[object]:
    label = f"{RUN_LABEL}={run}"
    return [*engine.containers(label), *engine.volumes(label)]


def test_nothing_is_left_after_a_pod(engine: Engine, pods: Pods, spec: PodSpec):
    with pods.take(spec) as pod:
        pod.start_candidate({})
        assert len(left(engine, pod.run_id)) == 4
    assert left(engine, pod.run_id) == []


def test_nothing_is_left_of_a_spare_and_its_threads(engine: Engine, pods: Pods, spec: PodSpec):
    before = set(threading.enumerate())
    with pods.take(spec) as pod:
        pod.spare_candidate()
    assert left(engine, pod.run_id) == []
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(("patience_seconds", "written"), [(PATIENCE_SECONDS, b"bye\n"), (0.0, b"")])
def test_a_dismissed_candidate_may_be_given_time_to_end(
    pods: Pods, spec: PodSpec, python_image, patience_seconds, written
):
    polite = "import time; print('up', flush=True); time.sleep(1); print('bye')"
    wanted = replace(
        spec, services=(), candidate=container("candidate", Role.CANDIDATE, python_image, polite)
    )
    with pods.take(wanted) as pod:
        pod.start_candidate({})
        while not pod.output("candidate").stdout:
            time.sleep(0.05)
        pod.dismiss_candidate(patience_seconds=patience_seconds)
        pod.discard_candidate()
        assert pod.output("candidate").stdout == b"up\n" + written


def test_a_dismissed_candidate_that_stays_is_killed(engine: Engine, pods: Pods, spec: PodSpec):
    with pods.take(spec) as pod:
        pod.start_candidate({})
        pod.dismiss_candidate(patience_seconds=0.1)
        pod.discard_candidate()
        assert pod.kill_candidate() is None
    assert left(engine, pod.run_id) == []


def test_nothing_is_left_after_an_exception(engine: Engine, pods: Pods, spec: PodSpec):
    with pytest.raises(ZeroDivisionError), pods.take(spec) as pod:
        pod.start_candidate({"oops": b""}, environment={"N": str(1 // 0)})
    assert left(engine, pod.run_id) == []


def test_nothing_is_left_after_a_service_that_cannot_start(engine: Engine, pods: Pods, spec: PodSpec):
    broken = replace(spec, services=(replace(spec.services[0], command=("/nowhere",)),))
    before = engine.containers(f"touchstone.owner={OWNER}")
    with pytest.raises(SandboxError), pods.take(broken):
        pass
    assert engine.containers(f"touchstone.owner={OWNER}") == before


def test_nothing_is_left_after_a_missing_image(engine: Engine, pods: Pods, spec: PodSpec):
    with (
        pytest.raises(SandboxError),
        pods.take(replace(spec, judge=replace(spec.judge, image="sha256:" + "0" * 64))),
    ):
        pass
    assert engine.volumes(f"touchstone.owner={OWNER}") == []


def test_a_candidate_that_replaces_another_leaves_nothing_of_it(
    engine: Engine, pods: Pods, make_spec: MakeSpec
):
    with pods.take(make_spec(candidate="open('mark', 'x')")) as pod:
        for _ in range(2):
            pod.start_candidate({})
            assert wait_for_end(pod).exit_code == 0
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(left(engine, pod.run_id)) > 2 and time.monotonic() < deadline:
            time.sleep(0.01)  # The first is removed in the background.
        found = engine.containers(f"{RUN_LABEL}={pod.run_id}")
    assert sorted(container["Labels"][MEMBER_LABEL] for container in found) == ["candidate", "judge"]


def test_only_of_a_judge_it_is_asked_later_how_it_ended(monkeypatch, pods: Pods, spec: PodSpec):
    """Its own end is awaited, at its removal; a service's is news."""
    monkeypatch.setattr("sandbox.member._PARTING_SECONDS", 2 * PATIENCE_SECONDS)
    mortal = "import sys; sys.exit(int(sys.stdin.readline()))"
    judge, store = (
        replace(member, command=("python3", "-c", mortal)) for member in (spec.judge, *spec.services)
    )
    with pods.take(replace(spec, judge=judge, services=(store,))) as pod:
        pod.write("judge", b"0\n")
        while pod.is_fit():
            time.sleep(0.01)
        pod.write("store", b"3\n")
        assert pod.next_event(PATIENCE_SECONDS) == Ended(member="store", ending=Ending(exit_code=3))


def test_leftovers_of_a_dead_worker_are_reaped_when_their_lease_is_over(engine: Engine, spec: PodSpec):
    with Pods(engine, owner=OWNER, clock=lambda: 0.0).take(spec) as pod:
        assert reap(engine, now=10_000.0, lives=lambda owner: owner == OWNER) == ()  # A clock was set.
        assert reap(engine, now=10_000.0) == (pod.run_id,)
        assert left(engine, pod.run_id) == []


def test_a_living_lease_is_respected_and_a_shut_down_worker_removes_its_own(engine: Engine, spec: PodSpec):
    other = Pods(engine, owner=f"{OWNER}:other")
    with other.take(spec) as pod:
        assert pod.run_id not in reap(engine, now=10_000.0)
        assert remove_owned(engine, other.owner) == (pod.run_id,)
        assert left(engine, pod.run_id) == []
