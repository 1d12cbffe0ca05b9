"""The product's Celery worker, with a lease short enough to wait for."""

from datetime import timedelta
from typing import Any

from celery.signals import worker_init

from socialcare.celery import app

__all__ = ["app"]
LEASE = timedelta(seconds=3)


@worker_init.connect
def be_impatient(**_: Any) -> None:
    from delivery import due

    due.LEASE = LEASE
