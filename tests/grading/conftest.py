"""A grader on the real Docker engine, which sees to it that nothing is left behind."""

import pytest

from sandbox.hardening import OWNER_LABEL
from sandbox.pod import Pods
from tests.docker import engine, images
from tests.grading.tiny import Grader

__all__ = ["engine", "images"]


@pytest.fixture
def grader(engine, images):
    pods = Pods(engine)
    yield Grader(pods, images)
    left = f"{OWNER_LABEL}={pods.owner}"
    assert engine.containers(left) == []
    assert engine.volumes(left) == []
