import pytest


@pytest.fixture(autouse=True)
def _fresh(postgres, redis):
    redis.owner.flushall()
    postgres.reset_statements()


def test_asks_the_database_once(service, postgres):
    """Asks the database once for ten requests"""
    assert {service.get("/item").text for _ in range(10)} == {"first"}
    selects = [item.calls for item in postgres.statements() if item.query.startswith("SELECT name")]
    assert selects == [1]


def test_keeps_it_for_a_minute(service, redis):
    """Keeps the name for a minute"""
    before = redis.stats().keyspace_hits
    service.get("/item")
    service.get("/item")
    assert redis.stats().keyspace_hits == before + 1
    assert 0 < redis.ttl("item") <= 60


def test_survives_a_restart(service, redis, clock):
    """What is in Redis survives a restart"""
    service.get("/item")
    service.restart()
    clock.wait_until(lambda: redis.keys() == ["item"])
