"""What a candidate sees."""

from solution import slugify


def test_names():
    """Makes a name."""
    assert slugify("Hello, World!") == "hello-world"
