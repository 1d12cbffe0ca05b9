"""Waking the worker: tasks make things fast, rows and the clock make them certain."""

import logging
from typing import Any

from celery import Task
from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

RINGS_FOR = 2
"""Seconds after which a bell that nobody has answered rings again: its task was lost, and the clock has been by."""


def wake(task: "Task[Any, Any]", *args: Any, bell: str = "") -> None:
    """Start a task after the commit. A broker that does not answer is only logged: the clock finds the work.

    With a `bell`, only where it does not ring yet: one task does for all who ring before somebody answers.
    """

    # A function of its own and no partial: Django names it in the log when it fails.
    def start() -> None:
        if not bell or cache.add(bell, True, RINGS_FOR):
            _start(task, args)

    transaction.on_commit(start, robust=True)


def answer(bell: str) -> None:
    """Stop the bell. Whoever answers looks at what there is *afterwards*: whoever rang had committed it by then."""
    cache.delete(bell)


def rings(bell: str) -> bool:
    """Whether somebody has rung since it was answered. Where nobody can tell, the clock finds the work."""
    return bool(cache.get(bell))


def _start(task: "Task[Any, Any]", args: tuple[Any, ...]) -> None:
    try:
        task.delay(*args)
    except (OperationalError, OSError) as error:
        log.warning("%s not woken: %s", task.name, error)
