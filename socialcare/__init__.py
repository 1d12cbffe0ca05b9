"""The project: its kernel, and the doors people and machines come in by."""

from .celery import app as celery_app

__all__ = ["celery_app"]
