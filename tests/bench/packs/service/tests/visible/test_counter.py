"""One quick request."""


def test_get(service):
    """The count can be read."""
    assert service.get("/count").status_code == 200
