def test_answers(service):
    """Answers 42"""
    assert service.get("/").text == "42"
