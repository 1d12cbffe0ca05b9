"""The Celery application: tasks make fast what rows already make certain."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_prerun, worker_init
from kombu.transport import redis

from socialcare import tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socialcare.settings")
# What a worker has in hand is not given back to Redis when it stops, or when Redis goes away: rows and the clock make
# it certain, and a worker that tries it while Redis is gone ends, or leaves a file with what it could not give back.
redis.Channel.do_restore = False

app = Celery("socialcare")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def prepare(**_: Any) -> None:
    """What a task wakes that is short need not go by the broker."""
    from socialcare.work import lend_a_hand

    lend_a_hand()


@task_prerun.connect
def trace(task_id: str, **_: Any) -> None:
    """What a task logs is found by the task's id."""
    tracing.begin(task_id)
