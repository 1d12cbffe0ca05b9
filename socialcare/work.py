"""Waking who does the work: tasks make things fast, rows and the clock make them certain."""

import logging
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from celery import Task
from django.core.cache import cache
from django.db import connection, transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

RINGS_FOR = 2
"""Seconds after which a bell that nobody has answered rings again: its task was lost, and the clock has been by."""


_hands: ThreadPoolExecutor | None = None


def lend_a_hand() -> None:
    """This process lives long: from here on it does short tasks itself, in threads beside what it serves."""
    global _hands
    _hands = ThreadPoolExecutor(2, thread_name_prefix="work")


def wake(task: "Task[Any, Any]", *args: Any, bell: str = "", short: bool = False) -> None:
    """Start a task after the commit. A broker that does not answer is only logged: the clock finds the work.

    With a `bell`, only where it does not ring yet: one task does for all who ring before somebody answers. A `short`
    one does not go by the broker where this process can lend a hand.
    """

    # A function of its own and no partial: Django names it in the log when it fails.
    def start() -> None:
        if not bell or cache.add(bell, True, RINGS_FOR):
            _start(task, args, short=short)

    transaction.on_commit(start, robust=True)


def answer(bell: str) -> None:
    """Stop the bell. Whoever answers looks at what there is *afterwards*: whoever rang had committed it by then."""
    cache.delete(bell)


def rings(bell: str) -> bool:
    """Whether somebody has rung since it was answered. Where nobody can tell, the clock finds the work."""
    return bool(cache.get(bell))


def _start(task: "Task[Any, Any]", args: tuple[Any, ...], *, short: bool) -> None:
    if short and _hands and not task.app.conf.task_always_eager:
        _hands.submit(copy_context().run, _do_here, task, args)
        return
    try:
        task.delay(*args)
    except (OperationalError, OSError) as error:
        log.warning("%s not woken: %s", task.name, error)


def _do_here(task: "Task[Any, Any]", args: tuple[Any, ...]) -> None:
    try:
        task(*args)
    except Exception:
        log.exception("%s failed", task.name)
    finally:
        connection.close()  # back to the pool
