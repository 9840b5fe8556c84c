import pytest
from solution import CapacityError, LRUCache, add, chunks, word_counts


def test_adds_random_numbers(rng):
    """Adds any two numbers"""
    a, b = rng.randrange(10**30), rng.randrange(10**30)
    assert add(a, b) == a + b


def test_adds_floats():
    """Adds fractions"""
    assert add(0.5, 0.25) == 0.75


@pytest.mark.skill("error-handling")
@pytest.mark.parametrize("wrong", ["1", None, [1], True])
def test_refuses_what_is_no_number(wrong):
    """Refuses what is not a number"""
    with pytest.raises(TypeError):
        add(1, wrong)


def test_counts_words(rng):
    """Counts words"""
    word = "".join(rng.choices("abc", k=6))
    assert word_counts(f"{word} b {word.upper()}") == {word: 2, "b": 1}


def test_counts_nothing():
    """Counts the words of an empty text"""
    assert word_counts("") == {}


def test_cuts_into_chunks():
    """Cuts a list into chunks"""
    assert chunks([1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4], [5]]


@pytest.mark.skill("error-handling")
def test_refuses_chunks_of_nothing():
    """Refuses chunks of no size"""
    with pytest.raises(ValueError, match="positive"):
        chunks([1], 0)


def test_drops_what_was_used_longest_ago():
    """Drops what was used longest ago"""
    cache = LRUCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert cache.get("b") is None
    assert (cache.get("a"), cache.get("c"), len(cache)) == (1, 3, 2)


def test_knows_its_capacity():
    """Knows its capacity"""
    assert LRUCache(capacity=7).capacity == 7


@pytest.mark.skill("error-handling")
def test_refuses_a_cache_for_nothing():
    """Refuses a cache that can hold nothing"""
    with pytest.raises(CapacityError):
        LRUCache(0)
