def test_counts(service):
    """Counts"""
    assert service.get("/count").json() == {"count": 1}
