"""Waking the worker: tasks make things fast, rows and the clock make them certain."""

import logging
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def wake(task: "Task[Any, Any]", *args: Any) -> None:
    """Start a task after the commit. A broker that does not answer is only logged: the clock finds the work."""

    # A function of its own and no partial: Django names it in the log when it fails.
    def start() -> None:
        _start(task, args)

    transaction.on_commit(start, robust=True)


def _start(task: "Task[Any, Any]", args: tuple[Any, ...]) -> None:
    try:
        task.delay(*args)
    except (OperationalError, OSError) as error:
        log.warning("%s not woken: %s", task.name, error)
