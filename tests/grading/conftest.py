"""A grader on the real Docker engine, which sees to it that nothing is left behind."""

import secrets

import pytest

from sandbox.hardening import OWNER_LABEL
from sandbox.pod import Pods
from sandbox.reaper import remove_owned
from tests.docker import OWNER, engine, images
from tests.grading.tiny import Grader

__all__ = ["engine", "images"]


@pytest.fixture
def grader(engine, images):
    owner = f"{OWNER}:{secrets.token_hex(4)}"
    yield Grader(Pods(engine, owner=owner), images)
    label = f"{OWNER_LABEL}={owner}"
    left = engine.containers(label), engine.volumes(label)
    remove_owned(engine, owner)
    assert left == ([], [])
