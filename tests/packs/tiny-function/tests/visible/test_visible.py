from solution import add


def test_adds():
    """Adds 1 and 2"""
    assert add(1, 2) == 3
