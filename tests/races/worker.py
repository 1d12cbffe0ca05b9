"""The product's Celery worker, speaking to the counting network, with a lease short enough to wait for."""

from datetime import timedelta

import django

django.setup()

from delivery import outbox
from delivery.connectors import _CONNECTORS
from socialcare.celery import app
from tests.races import counting

_CONNECTORS[counting.KIND] = counting.PATH
outbox.LEASE = timedelta(seconds=3)

__all__ = ["app"]
