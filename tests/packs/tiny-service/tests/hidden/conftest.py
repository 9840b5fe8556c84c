import pytest


@pytest.fixture
def numbers(rng):
    return rng.randrange(10**6), rng.randrange(10**6)
