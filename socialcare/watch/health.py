"""Is this process alive, and can it do its work?"""

from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from interactions.upkeep import LAST_TICK

CLOCK_MAY_LAG = 30
"""Seconds since the clock's last tick after which the worker or the clock is taken for dead."""


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 `ok`, or 503 when the database cannot be asked. Says nothing else, as anybody may ask."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database unreachable\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when requests can be served, else 503; each part with `ok` or what is wrong with it.

    Without Redis or the clock much waits, but what comes in is kept: taking every process out would help nobody.
    """
    parts = {name: _tried(check) for name, check in CHECKS.items()}
    ready = parts["database"] == "ok"
    degraded = [name for name, said in parts.items() if said != "ok"]
    return JsonResponse({"ready": ready, "degraded": degraded, **parts}, status=200 if ready else 503)


def _tried(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, OSError):
        return "unreachable"


def _database() -> str:
    waiting = MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())
    return f"{len(waiting)} migrations to apply" if waiting else "ok"


def _redis() -> str:
    if not settings.REDIS_URL:
        return "ok"
    import redis  # not by who has no Redis: it is large

    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1).ping()
    except redis.RedisError:
        return "unreachable"
    return "ok"


def _clock() -> str:
    """Whether worker and clock are at work: their tick is the last step of both."""
    last = cache.get(LAST_TICK)
    if last is None:
        return "has not ticked yet"
    lag = (timezone.now() - last).total_seconds()
    return "ok" if lag < CLOCK_MAY_LAG else f"last tick {round(lag)} s ago"


CHECKS: dict[str, Callable[[], str]] = {"database": _database, "redis": _redis, "clock": _clock}
