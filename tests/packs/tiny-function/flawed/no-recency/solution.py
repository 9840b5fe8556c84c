from collections import Counter, OrderedDict


class CapacityError(ValueError):
    """The cache could hold nothing."""


def add(a, b):
    for number in (a, b):
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise TypeError(f"not a number: {number!r}")
    return a + b


def word_counts(text):
    return Counter(text.lower().split())


def chunks(items, size):
    if size < 1:
        raise ValueError("size must be positive")
    return [items[start : start + size] for start in range(0, len(items), size)]


class LRUCache:
    def __init__(self, capacity):
        if capacity < 1:
            raise CapacityError(f"capacity {capacity}")
        self.capacity = capacity
        self._items = OrderedDict()

    def __len__(self):
        return len(self._items)

    def get(self, key):
        if key not in self._items:
            return None
        return self._items[key]

    def put(self, key, value):
        self._items[key] = value
        if len(self._items) > self.capacity:
            self._items.popitem(last=False)
