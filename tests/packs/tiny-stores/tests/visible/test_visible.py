def test_knows_the_name(service):
    """Knows the name"""
    assert service.get("/item").text == "first"
