"""Answers kept in Redis: cache-aside, with leases.

Who misses takes the key's lease (SET NX) and asks the database; everyone else who misses waits for that answer, so a
cold key costs one query however many ask. An answer is stored only while its lease is still held, and a write deletes
entry and lease after its commit: what was read before the write can never be stored after it.

Redis helps, but is not needed: whatever is wrong with it, the answer comes from the database.
"""

import json
import logging
import random
import time
import uuid

from redis.exceptions import RedisError, ResponseError

from stores import cache

# Random lifetimes, so that entries filled together do not expire together. Unknown things are forgotten soon, so
# that asking for made-up ids cannot fill the memory for long.
LIFETIME_SECONDS = (120, 300)
UNKNOWN_LIFETIME_SECONDS = (15, 30)

# Longer than the slowest query, or a second one would start; also the longest that a dead process holds others up.
LEASE_MILLISECONDS = 5000
POLL_SECONDS = 0.03

STORE = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return redis.call('DEL', KEYS[2])
"""
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"

MISS = object()
log = logging.getLogger(__name__)


def fetch(key, load):
    """The entry of `key`, or what `load()` returns, which is then kept. None is an answer too."""
    token = uuid.uuid4().hex
    try:
        while (value := _read(key)) is MISS:
            if _take_lease(key, token):
                return _refill(key, token, load)
            time.sleep(POLL_SECONDS)
        return value
    except RedisError as error:
        log.warning("no cache: %s", error)
        return load()


def forget(*keys):
    """To be called after the commit of a write, with the keys of every answer that it changed."""
    try:
        cache.delete(*keys, *map(_lease, keys))
    except RedisError as error:
        log.error("stale until they expire: %s (%s)", keys, error)


def _read(key):
    try:
        return json.loads(cache.get(key) or b"")["value"]
    except (ValueError, TypeError, KeyError, ResponseError):
        return MISS  # Nothing there, or nothing of ours: it will be overwritten.


def _lease(key):
    return "lease:" + key


def _take_lease(key, token):
    return cache.set(_lease(key), token, nx=True, px=LEASE_MILLISECONDS)


def _refill(key, token, load):
    value = _read(key)  # It may have been stored, and its lease given back, just before we took ours.
    if value is not MISS:
        _run(RELEASE, [_lease(key)], [token])
        return value
    try:
        value = load()
    except Exception:
        _run(RELEASE, [_lease(key)], [token])
        raise
    lifetime = random.uniform(*(UNKNOWN_LIFETIME_SECONDS if value is None else LIFETIME_SECONDS))
    _run(STORE, [key, _lease(key)], [token, json.dumps({"value": value}), int(lifetime * 1000)])
    return value


def _run(script, keys, arguments):
    try:
        cache.eval(script, len(keys), *keys, *arguments)
    except RedisError as error:
        log.warning("not stored: %s", error)
