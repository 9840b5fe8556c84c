"""What the tests of the sandbox share: an engine, and pods of shell and Python scripts."""

from collections.abc import Callable

import pytest

from sandbox.images import Images, shipped
from sandbox.pod import Pod
from sandbox.spec import ContainerSpec, Ended, Ending, Event, Limits, Line, PodSpec, Role
from tests.docker import engine, images, pods

__all__ = ["engine", "images", "pods"]

PATIENCE_SECONDS = 60.0
"""How long a test waits for what must come; never reached when all is well."""

MakeSpec = Callable[..., PodSpec]


@pytest.fixture(scope="session")
def python_image(images: Images) -> str:
    """The image of Python submissions."""
    return images.find_or_build(shipped("python"))


@pytest.fixture(scope="session")
def make_spec(python_image: str) -> MakeSpec:
    """Return a function: judge's script and candidate's script (both Python) -> PodSpec."""

    def make(judge: str = ECHO, candidate: str = "", *, limits: Limits | None = None) -> PodSpec:
        return PodSpec(
            judge=container("judge", Role.JUDGE, python_image, judge),
            candidate=container("candidate", Role.CANDIDATE, python_image, candidate, limits=limits),
            seconds=PATIENCE_SECONDS,
        )

    return make


ECHO = "import sys\nfor line in sys.stdin: print(line.strip(), flush=True)"


def container(
    name: str, role: Role, image: str, script: str, *, limits: Limits | None = None
) -> ContainerSpec:
    """A container that runs a Python script."""
    return ContainerSpec(
        name=name,
        role=role,
        image=image,
        command=("python3", "-u", "-c", script),
        limits=limits or Limits(),
    )


def wait_for_end(pod: Pod, member: str = "candidate") -> Ending:
    """Read events until that member ends."""
    while event := next_event(pod):
        if isinstance(event, Ended) and event.member == member:
            return event.ending
    raise AssertionError


def wait_for_line(pod: Pod, member: str = "judge") -> bytes:
    """Read events until that member writes a line."""
    while event := next_event(pod):
        if isinstance(event, Line) and event.member == member:
            return event.data
        assert not (isinstance(event, Ended) and event.member == member), pod.output(member)
    raise AssertionError


def next_event(pod: Pod) -> Event:
    """The next event, which must come."""
    event = pod.next_event(PATIENCE_SECONDS)
    assert event is not None, "nothing happened"
    return event
