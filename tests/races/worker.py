"""The product's Celery worker, speaking to the counting network, with a lease short enough to wait for."""

from datetime import timedelta
from typing import Any

from celery.signals import worker_init

from socialcare.celery import app

__all__ = ["app"]


@worker_init.connect
def speak_to_the_counting_network(**_: Any) -> None:
    from delivery import outbox
    from delivery.connectors import _CONNECTORS
    from tests.races import counting

    _CONNECTORS[counting.KIND] = counting.PATH
    outbox.LEASE = timedelta(seconds=3)
