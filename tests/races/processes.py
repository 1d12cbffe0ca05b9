"""Real processes for the races: started together on the database of this test run, and asked how it went."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent


def environment(**more: str) -> dict[str, str]:
    """What a process needs to work on the database of this test run; tasks and events stay inside it."""
    to = connection.settings_dict
    person = quote(to["USER"]) + (f":{quote(to['PASSWORD'])}" if to["PASSWORD"] else "")
    url = f"postgres://{person}@{to['HOST']}:{to['PORT']}/{to['NAME']}"
    others = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    ours = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "socialcare.settings", "ALLOW_PRIVATE_WEBHOOKS": "1"}
    return {**others, **ours, "LOG_LEVEL": "ERROR", **more}


class Actor:
    """One process that plays a part of `tests.races.actors`."""

    def __init__(self, part: str, env: Mapping[str, str] | None = None, **facts: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.races.actors", part, json.dumps(facts, default=str)],
            cwd=ROOT,
            env=environment(**env or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_until_ready(self) -> None:
        """Return when it is waiting for its cue."""
        line = self.process.stdout.readline()
        assert line == "ready\n", line

    def go(self) -> None:
        """Give the cue."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def result(self) -> dict[str, Any]:
        """What it tells when it is done; empty if it was killed."""
        told = self.process.stdout.read()
        self.process.wait()
        return json.loads(told) if told else {}


@contextmanager
def acting(*actors: Actor) -> Iterator[None]:
    """All start at the same moment; none is left behind."""
    try:
        for actor in actors:
            actor.wait_until_ready()
        for actor in actors:
            actor.go()
        yield
    finally:
        for actor in actors:
            actor.process.kill()
            actor.process.wait()
            for stream in (actor.process.stdin, actor.process.stdout):
                stream.close()
