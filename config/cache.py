"""The cache that several processes have in common, which nobody's work may depend on.

Django's own on Redis. While Redis does not answer, each process counts for itself, so that limits still
limit. What was counted before is forgotten, and so it is when Redis is back.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from grading.outage import ANSWER_SECONDS, CACHE, OutError

MOST_ENTRIES = 10_000
"""Of a cache in the process. Django's 300 would let a stranger push out what is counted."""


class Client:
    """Has the methods of Django's client. None raises what Redis is to blame for, or waits for long."""

    def __init__(self, servers: list[str], **options: Any) -> None:
        bounds: dict[str, Any] = {
            "socket_connect_timeout": ANSWER_SECONDS,
            "socket_timeout": ANSWER_SECONDS,
            "retry": Retry(NoBackoff(), 0),
        }
        self._shared = RedisCacheClient(servers, **bounds, **options)
        self._alone = LocMemCache(
            f"instead of {servers}", {"KEY_FUNCTION": _as_it_is, "OPTIONS": {"MAX_ENTRIES": MOST_ENTRIES}}
        )

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return partial(self._do, getattr(self._shared, name), getattr(self._alone, name))

    @staticmethod
    def _do(shared: Callable[..., Any], alone: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return CACHE.ask(partial(shared, *arguments), faults=(RedisError, OSError))
        except OutError:
            return alone(*arguments)


class HelpfulRedisCache(RedisCache):
    """For rate limits and what is remembered for some seconds."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = Client


def _as_it_is(key: str, _prefix: str, _version: int) -> str:
    """The key was made already."""
    return key
