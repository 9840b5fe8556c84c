"""The cache in common, while Redis answers, and while it does not."""

from contextlib import ExitStack

import pytest
from django.core.cache import caches

from config.cache import HelpfulRedisCache
from grading import outage
from tests.servers import lasting_redis
from tests.silent import closed_port, silent_server


@pytest.fixture
def made(monkeypatch):
    """Makes a cache on this address, with a helper of its own."""

    def make(address, rest_seconds=60.0):
        monkeypatch.setattr("config.cache.CACHE", outage.Helper("The cache", rest_seconds=rest_seconds))
        return HelpfulRedisCache(address, {})

    return make


@pytest.fixture(params=[silent_server, closed_port])
def port(request):
    with ExitStack() as stack:
        yield stack.enter_context(request.param())


def test_every_operation_works_without_redis(made, port):
    cache = made(f"redis://127.0.0.1:{port}/0")
    cache.set("a", {"b": 1}, 60)
    assert cache.get("a") == {"b": 1}
    assert cache.get("missing", "default") == "default"
    assert [cache.add("n", 0, 60), cache.add("n", 0, 60)] == [True, False]
    assert [cache.incr("n"), cache.incr("n", 2)] == [1, 3]
    cache.set_many({"x": 1, "y": 2}, 60)
    assert cache.get_many(["x", "y", "z"]) == {"x": 1, "y": 2}
    assert "x" in cache
    assert cache.touch("x", 60)
    cache.delete_many(["x"])
    assert cache.delete("y")
    assert cache.get_or_set("z", lambda: 3) == 3
    cache.clear()
    assert cache.get("a") is None


def test_a_count_goes_on_without_redis_across_threads(made, port):
    address = f"redis://127.0.0.1:{port}/0"
    made(address).add("guesses", 0, 60)
    made(address).incr("guesses")
    assert made(address).incr("guesses") == 2  # Each thread has an object of its own.


@pytest.mark.docker
@pytest.mark.stack
def test_redis_counts_and_is_asked_again_when_it_is_back(made):
    with lasting_redis() as server:
        cache = made(server.url, rest_seconds=0.0)
        other = made(server.url, rest_seconds=0.0)
        cache.add("n", 0, 60)
        assert [cache.incr("n"), other.incr("n")] == [1, 2]
        server.stop()
        assert cache.get("n") is None
        server.start()
        assert cache.get("n") == 2


def test_the_settings_name_it(settings):
    assert "LocMemCache" in settings.CACHES["default"]["BACKEND"]
    assert caches["default"] is not None
