"""A bare Celery round trip: a task that tells Redis that it has run."""

import os

import redis
from celery import Celery

HEARD = "floor-heard"
# Not the current app: in the bench itself that is the product's
app = Celery("floor", broker=os.environ["REDIS_URL"], set_as_current=False)
app.conf.task_ignore_result = True
app.conf.task_acks_late = True
app.conf.worker_prefetch_multiplier = 1
app.conf.task_default_queue = "floor"
app.conf.broker_connection_retry_on_startup = True
_redis = redis.Redis.from_url(os.environ["REDIS_URL"])


@app.task
def touch(mark: str) -> None:
    """Say that it has run."""
    _redis.rpush(HEARD, mark)
