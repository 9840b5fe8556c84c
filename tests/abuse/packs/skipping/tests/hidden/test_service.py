"""A suite whose author skips and expects to fail where the program does not answer: that earns nothing."""

import pytest

SEALED = "@SEALED@"


@pytest.fixture
def nothing(service):
    return service.get("/nothing").json()["missing"]


@pytest.fixture
def crash(service):
    yield
    assert service.get("/nothing").status_code == 200


def test_honestly(service):
    """Answers"""
    assert service.get("/add", params={"a": 1, "b": 2}).json() == {"sum": 3}


def test_skips(service):
    """Skips where a path is missing"""
    if service.get("/nothing").status_code == 404:
        pytest.skip("there is no such path")


def test_xfails(service):
    """Expects to fail where a path is missing"""
    if service.get("/nothing").status_code == 404:
        pytest.xfail("there is no such path")


def test_breaks_in_set_up(nothing):
    """Breaks in its set-up"""
    assert nothing


def test_breaks_in_tear_down(crash):
    """Breaks in its tear-down"""
