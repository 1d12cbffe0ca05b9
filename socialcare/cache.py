"""The cache: what may be forgotten at any moment, so that nothing breaks while Redis is away."""

import logging
from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

log = logging.getLogger(__name__)


class OneClient(RedisCacheClient):
    """Django's way to Redis, with one client: making one for each command takes longer than the command."""

    @cached_property
    def _one(self) -> Any:
        return super().get_client()

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """The client."""
        return self._one


class ForgetfulRedisCache(RedisCache):
    """Django's cache in Redis; while Redis is away it is like Django's dummy cache, which keeps nothing."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = OneClient

    def add(self, *args: Any, **kwargs: Any) -> bool:
        """Keep it if it is not there; True where it was kept."""
        return bool(_or(True, super().add, *args, **kwargs))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """What is kept, or `default`."""
        return _or(default, super().get, key, default=default, version=version)

    def set(self, *args: Any, **kwargs: Any) -> None:
        """Keep it."""
        _or(None, super().set, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        """Forget it; True where it was kept."""
        return bool(_or(False, super().delete, *args, **kwargs))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Count up. Raises ValueError where nothing is kept."""
        found: int | None = _or(None, super().incr, key, delta, version=version)
        if found is None:
            raise ValueError(f"nothing is kept under {key!r}")
        return found


def count_up(key: str, seconds: int) -> int:
    """One more of what is counted under `key` for so many seconds from the first; gives how many there are now."""
    cache.add(key, 0, seconds)
    try:
        return int(cache.incr(key))
    except ValueError:  # it ran out between the two, or cannot be kept
        cache.set(key, 1, seconds)
        return 1


def _or(instead: Any, ask: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    import redis  # not by who has no Redis: it is large

    try:
        return ask(*args, **kwargs)
    except redis.RedisError as error:
        log.warning("the cache is away: %s", error)
        return instead
