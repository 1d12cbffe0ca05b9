"""What a load balancer and a supervisor of processes ask."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from interactions.upkeep import LAST_TICK, keep_up

pytestmark = pytest.mark.django_db


def ready() -> tuple[int, Any]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()


def test_it_is_ready_and_says_whether_the_clock_has_ticked() -> None:
    cache.delete(LAST_TICK)
    parts = {"ready": True, "degraded": ["clock"], "database": "ok", "redis": "ok", "clock": "has not ticked yet"}
    assert ready() == (200, parts)
    keep_up()
    assert ready() == (200, {**parts, "degraded": [], "clock": "ok"})


def test_a_clock_that_stands_is_told_of() -> None:
    cache.set(LAST_TICK, timezone.now() - timedelta(minutes=2))
    status, parts = ready()
    assert (status, parts["degraded"], parts["clock"]) == (200, ["clock"], "last tick 120 s ago")


def test_a_redis_that_does_not_answer_is_told_of(settings: Any) -> None:
    keep_up()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    status, parts = ready()
    assert (status, parts["degraded"], parts["redis"]) == (200, ["redis"], "unreachable")


def test_a_database_that_does_not_answer_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr("socialcare.watch.health.MigrationExecutor", broken)
    keep_up()
    status, parts = ready()
    assert (status, parts["ready"], parts["database"]) == (503, False, "unreachable")
