"""The client of the engine."""

from pathlib import Path

import pytest

from sandbox.engine import Engine

pytestmark = pytest.mark.docker


def open_sockets() -> int:
    """Of this process."""
    return sum(path.is_socket() for path in Path("/proc/self/fd").iterdir())


def test_requests_share_their_connections():
    with Engine() as engine:
        engine.info()
        before = open_sockets()
        for number in range(10):
            assert engine.image_id(f"sha256:{number:064x}") is None
        assert open_sockets() == before
