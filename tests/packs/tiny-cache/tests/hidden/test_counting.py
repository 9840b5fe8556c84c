import time

import pytest

SECONDS = 1.0


def test_answers(service):
    """Answers in JSON"""
    assert "count" in service.get("/count").json()


@pytest.mark.points(3)
def test_counts_for_a_while(service):
    """Counts one up, again and again"""
    count = service.get("/count").json()["count"]
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        count += 1
        assert service.get("/count").json() == {"count": count}
        time.sleep(0.05)


def test_still_counts(service):
    """Counts to the end"""
    count = service.get("/count").json()["count"]
    assert service.get("/count").json() == {"count": count + 1}
