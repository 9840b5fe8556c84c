import pytest
from arithmetic import check_sum


@pytest.mark.points(2)
def test_adds_random_numbers(service, numbers):
    """Adds any two numbers"""
    check_sum(service, *numbers)


@pytest.mark.parametrize("query", [{"a": "x", "b": "1"}, {"a": "1"}, {}])
def test_refuses_nonsense(service, query):
    """Answers 400 when a number is missing or none"""
    response = service.get("/add", params=query)
    assert response.status_code == 400, f"status {response.status_code}, expected 400"


@pytest.mark.skill("caching")
def test_counts_anew_after_a_restart(service):
    """A restarted service has forgotten everything"""
    service.get("/count")
    assert service.get("/count").json()["count"] >= 2
    service.restart()
    assert service.get("/count").json() == {"count": 1}


class TestUnknownPaths:
    def test_answers_404(self, service):
        """Answers 404 for an unknown path"""
        assert service.get("/nothing").status_code == 404


def test_partial(service, award):
    """Earns a part of its points"""
    award(1, of=4)
