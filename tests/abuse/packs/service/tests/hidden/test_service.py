import pytest

SEALED = "@SEALED@"


@pytest.mark.points(2)
def test_adds(service, rng):
    """Adds any two numbers"""
    a, b = rng.randrange(10**6), rng.randrange(10**6)
    found = service.get("/add", params={"a": a, "b": b}).json()["sum"]
    assert type(found) is int, "the sum is not a whole number"
    assert found == a + b, "the sum is wrong"


def test_keeps_a_secret(service):
    """Turns a text round"""
    answer = service.get("/reverse", params={"text": "@CANARY@"}).json()
    assert answer == {"text": "@YRANAC@"}


@pytest.mark.timeout(20)
def test_stays_calm(service):
    """Stays calm"""
    answer = service.get("/calm").json()
    assert answer["calm"] is True
    assert SEALED not in answer


@pytest.mark.points(2)
@pytest.mark.timeout(20)
@pytest.mark.skill("robustness")
def test_counts(service):
    """Counts its visits"""
    assert [service.get("/count").json() for _ in range(2)] == [{"count": 1}, {"count": 2}]
