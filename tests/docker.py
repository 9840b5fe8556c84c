"""Session-wide fixtures of the tests that need a Docker engine. Import them into a `conftest.py`:

    from tests.docker import engine, images, pods  # noqa: F401

Without an engine these tests fail and say so; they never skip.
"""

from collections.abc import Iterator

import pytest

from sandbox.engine import Engine
from sandbox.errors import EngineUnavailableError
from sandbox.images import Images
from sandbox.pod import Pods, default_owner
from sandbox.reaper import remove_owned

OWNER = f"tests:{default_owner()}"
"""Owner of every pod these tests make, so that they can be told from those of a worker on the same engine."""


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The engine that DOCKER_HOST or the usual socket leads to; what tests leave on it is removed."""
    try:
        with Engine() as found:
            yield found
            remove_owned(found, OWNER)
    except EngineUnavailableError as error:
        pytest.fail(
            f"These tests need a running Docker engine (make test starts one): {error}", pytrace=False
        )


@pytest.fixture(scope="session")
def images(engine: Engine) -> Images:
    """Finds the shipped images, or builds them (minutes, the first time)."""
    return Images(engine)


@pytest.fixture(scope="session")
def pods(engine: Engine) -> Pods:
    """Real pods."""
    return Pods(engine, owner=OWNER)
