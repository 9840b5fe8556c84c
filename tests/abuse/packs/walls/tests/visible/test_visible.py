def test_answers(service):
    """Answers"""
    assert service.get("/health").status_code == 200
