"""Waking the worker: tasks make things fast, rows and the clock make them certain."""

import logging
from functools import partial
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def wake(task: "Task[Any, Any]", *args: Any) -> None:
    """Start a task after the commit. A broker that does not answer is only logged: the clock finds the work."""
    transaction.on_commit(partial(_start, task, args), robust=True)


def _start(task: "Task[Any, Any]", args: tuple[Any, ...]) -> None:
    try:
        task.delay(*args)
    except (OperationalError, OSError) as error:
        log.warning("%s not woken: %s", task.name, error)
