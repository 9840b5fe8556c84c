"""A grader on the real Docker engine, which sees to it that nothing is left behind."""

import contextlib
import secrets

import pytest

from grading.warm import WarmSessions
from sandbox.hardening import OWNER_LABEL
from sandbox.pod import Pods
from sandbox.reaper import remove_owned
from sandbox.spec import MIB
from tests.docker import OWNER, engine, images
from tests.grading.tiny import Grader, WarmGrader

__all__ = ["engine", "images"]


@pytest.fixture
def grader(engine, images, request):
    """Cold, unless the test asks for `WARM` or `EITHER` of both."""
    owner = f"{OWNER}:{secrets.token_hex(4)}"
    pods = Pods(engine, owner=owner)
    if getattr(request, "param", "cold") == "warm":
        with contextlib.closing(WarmSessions(pods, images, memory_bytes=2048 * MIB, start=False)) as warm:
            yield WarmGrader(pods, images, warm)
    else:
        yield Grader(pods, images)
    label = f"{OWNER_LABEL}={owner}"
    left = engine.containers(label), engine.volumes(label)
    remove_owned(engine, owner)
    assert left == ([], [])
