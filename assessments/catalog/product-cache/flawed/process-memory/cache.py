"""Answers kept in the process: cache-aside with one lock for each key."""

import random
import threading
import time
from collections import defaultdict

LIFETIME_SECONDS = (120, 300)
UNKNOWN_LIFETIME_SECONDS = (15, 30)

entries = {}
versions = defaultdict(int)
locks = defaultdict(threading.Lock)


def fetch(key, load):
    """The entry of `key`, or what `load()` returns, which is then kept. None is an answer too."""
    with locks[key]:
        value, expiry = entries.get(key, (None, 0))
        if time.monotonic() < expiry:
            return value
        version = versions[key]
        value = load()
        lifetime = random.uniform(*(UNKNOWN_LIFETIME_SECONDS if value is None else LIFETIME_SECONDS))
        if versions[key] == version:
            entries[key] = value, time.monotonic() + lifetime
        return value


def forget(*keys):
    """To be called after the commit of a write, with the keys of every answer that it changed."""
    for key in keys:
        versions[key] += 1
        entries.pop(key, None)
