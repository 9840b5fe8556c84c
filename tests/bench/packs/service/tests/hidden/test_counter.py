"""Ten quick requests."""


def test_get_1(service):
    """Request 1: the count can be read."""
    assert isinstance(service.get("/count").json()["count"], int)


def test_post_2(service):
    """Request 2: the count can be raised."""
    assert service.post("/count").status_code == 201


def test_get_3(service):
    """Request 3: the count can be read."""
    assert isinstance(service.get("/count").json()["count"], int)


def test_post_4(service):
    """Request 4: the count can be raised."""
    assert service.post("/count").status_code == 201


def test_get_5(service):
    """Request 5: the count can be read."""
    assert isinstance(service.get("/count").json()["count"], int)


def test_post_6(service):
    """Request 6: the count can be raised."""
    assert service.post("/count").status_code == 201


def test_get_7(service):
    """Request 7: the count can be read."""
    assert isinstance(service.get("/count").json()["count"], int)


def test_post_8(service):
    """Request 8: the count can be raised."""
    assert service.post("/count").status_code == 201


def test_get_9(service):
    """Request 9: the count can be read."""
    assert isinstance(service.get("/count").json()["count"], int)


def test_post_10(service):
    """Request 10: the count can be raised."""
    assert service.post("/count").status_code == 201
