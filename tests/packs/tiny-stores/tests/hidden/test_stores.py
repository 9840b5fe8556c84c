import pytest


@pytest.fixture(autouse=True)
def _fresh(redis):
    redis.owner.flushall()


def test_asks_the_database_once(service, postgres):
    """Asks the database once for ten requests"""
    with postgres.work() as work:
        assert {service.get("/item").text for _ in range(10)} == {"first"}
    assert work.count() == work.count("items") == 1


def test_keeps_it_for_a_minute(service, postgres, redis):
    """Keeps the name for a minute"""
    service.get("/item")
    with redis.work() as work, postgres.shut("items") as gate:
        assert service.get("/item").text == "first"
    assert not gate.reached
    assert (work.hits, work.misses, work.commands["get"]) == (1, 0, 1)
    assert 0 < redis.ttl("item") <= 60


def test_survives_a_restart(service, redis, clock):
    """What is in Redis survives a restart"""
    service.get("/item")
    service.restart()
    clock.wait_until(lambda: redis.keys() == ["item"])
