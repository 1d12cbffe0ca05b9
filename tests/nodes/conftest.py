"""A house of several machines on the database of this test run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as django_settings

from tests.cluster import Cluster
from tests.races.processes import environment

REDIS_NUMBER = 14
"""No other test of this run takes its tasks from there."""


@pytest.fixture
def cluster(transactional_db: None, tmp_path: Path) -> Iterator[Cluster]:
    """Nothing runs yet."""
    with Cluster(tmp_path, environment(REDIS_URL=empty_redis(), LOG_LEVEL="WARNING")) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def _platforms_on_this_machine(settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True


def empty_redis() -> str:
    """The address of a Redis with nothing in it."""
    from redis import Redis

    url = urlunsplit(urlsplit(django_settings.REDIS_URL)._replace(path=f"/{REDIS_NUMBER}"))
    with Redis.from_url(url) as redis:
        redis.flushdb()
    return url
