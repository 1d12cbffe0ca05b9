"""Loading ahead: what the first request would load is there before it comes."""

import os
import subprocess
import sys

import pytest

LOOK = """
import gc, sys
import {module}
from socialcare.celery import app
if "{module}" == "socialcare.celery":
    import django
    django.setup()
    app.loader.init_worker()
    {module}.load_ahead()
needed = {needed!r}
print(sorted(set(needed) - set(sys.modules)), gc.get_freeze_count() > 10_000)
"""
LINES = ("channels_redis.pubsub", "kombu.transport.redis", "delivery.tasks")
DOORS = ("socialcare.urls", "socialcare.panel.urls", "socialcare.api.urls", "socialcare.api.hooks")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "needed"), [("socialcare.wsgi", LINES + DOORS), ("socialcare.celery", LINES)], ids=["web", "worker"]
)
def test_what_the_first_would_load_is_loaded_and_kept(module: str, needed: tuple[str, ...]) -> None:
    nowhere = {"REDIS_URL": "redis://127.0.0.1:1/0", "CELERY_BROKER_URL": "redis://127.0.0.1:1/0", "DEMO": "0"}
    script = LOOK.format(module=module, needed=needed)
    run = subprocess.run([sys.executable, "-c", script], env=os.environ | nowhere, capture_output=True, text=True)
    assert run.stdout.strip() == "[] True", run.stderr
