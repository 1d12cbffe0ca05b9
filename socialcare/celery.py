"""The Celery application: tasks make fast what rows already make certain."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_prerun, worker_init

from socialcare import tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socialcare.settings")
app = Celery("socialcare")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def prepare(**_: Any) -> None:
    """What a task wakes that is short need not go by the broker; and what is in hand is not given back to it."""
    from socialcare.work import lend_a_hand

    lend_a_hand()
    if not app.conf.broker_url.startswith("memory"):  # there, more lives in this process than a worker
        give_nothing_back()
        load_ahead()


def load_ahead() -> None:
    """What the first task would load is loaded before it comes."""
    from socialcare.loading import load_lines, settle

    load_lines()
    settle()


def give_nothing_back() -> None:
    """Leave to rows and the clock what this worker has in hand when it stops, or when Redis goes away.

    A worker that tries to give it back while Redis is gone ends, or leaves a file with what it could not give back.
    """
    from kombu.transport import redis  # not by who has no Redis: it is large

    redis.Channel.do_restore = False


@task_prerun.connect
def trace(task_id: str, **_: Any) -> None:
    """What a task logs is found by the task's id."""
    tracing.begin(task_id)
