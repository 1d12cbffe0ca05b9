"""The product's Celery worker, speaking to the counting network, with a lease short enough to wait for."""

from datetime import timedelta

import django

django.setup()

from delivery import outbox  # noqa: E402
from delivery.connectors import _CONNECTORS  # noqa: E402
from socialcare.celery import app  # noqa: E402
from tests.races import counting  # noqa: E402

_CONNECTORS[counting.KIND] = counting.PATH
outbox.LEASE = timedelta(seconds=3)

__all__ = ["app"]
