"""One id by which all that a request did is found: in the answer, in its error, and on every line of the log."""

import json
import logging
from logging.config import DictConfigurator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from socialcare import tracing
from socialcare.celery import trace


def test_the_proxys_id_goes_through_and_a_strange_one_does_not(db: None) -> None:
    assert Client().get("/healthz", headers={"X-Request-ID": "proxy-0123456789"})["X-Request-ID"] == "proxy-0123456789"
    forged = Client().get("/healthz", headers={"X-Request-ID": "x\u2028y" * 50})["X-Request-ID"]
    assert len(forged) == 36
    assert Client().get("/healthz")["X-Request-ID"] != Client().get("/healthz")["X-Request-ID"]


def test_an_error_of_the_api_names_the_request() -> None:
    answer = Client().get("/api/v2/no/such/thing")
    assert answer.json()["contextId"] == answer["X-Request-ID"]


@pytest.mark.parametrize("kind", ["line", "json"])
def test_every_line_of_the_log_carries_it(kind: str) -> None:
    maker: Any = DictConfigurator(settings.LOGGING)
    formatter = maker.configure_formatter({**settings.LOGGING["formatters"][kind]})
    record = logging.makeLogRecord(
        {"name": "delivery.outbox", "levelname": "WARNING", "msg": "late", "interaction": "i-1"}
    )
    trace(task_id="task-12345")
    tracing.TraceFilter().filter(record)
    line = formatter.format(record)
    if kind == "json":
        told = json.loads(line)
        assert (told["trace"], told["logger"], told["interaction"]) == ("task-12345", "delivery.outbox", "i-1")
    else:
        assert "[task-12345] late" in line
