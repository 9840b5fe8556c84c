"""Ten quick tests."""

import pytest
from solution import LRUCache, merge, slugify


def test_keeps():
    """Keeps what was put."""
    cache = LRUCache(2)
    cache.put("a", 1)
    assert cache.get("a") == 1


def test_knows_nothing():
    """Knows nothing of what was not put."""
    assert LRUCache(2).get("a") is None


def test_drops():
    """Drops what was used longest ago."""
    cache = LRUCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.get("a")
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_replaces():
    """Replaces a value."""
    cache = LRUCache(1)
    cache.put("a", 1)
    cache.put("a", 2)
    assert (cache.get("a"), cache.size()) == (2, 1)


def test_refuses():
    """Refuses to hold nothing."""
    with pytest.raises(ValueError, match="at least one"):
        LRUCache(0)


def test_merges():
    """Merges intervals that meet."""
    assert merge([[1, 3], [2, 6], [8, 10]]) == [[1, 6], [8, 10]]


def test_merges_nothing():
    """Merges nothing."""
    assert merge([]) == []


def test_swallows():
    """Swallows an interval inside another."""
    assert merge([[1, 9], [2, 3]]) == [[1, 9]]


def test_names():
    """Makes a name."""
    assert slugify("Hello, World!") == "hello-world"


def test_names_nothing():
    """Makes no name of nothing."""
    assert slugify("!?") == ""
