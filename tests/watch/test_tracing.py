"""One id by which all that a request did is found: in the answer, in its error, and on every line of the log."""

import io
import json
import logging
import uuid
from logging.config import DictConfigurator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from delivery.connectors.base import Failure, SendError
from delivery.outbox import deliver
from delivery.replying import reply
from interactions.models import Inbox
from interactions.reasons import Reason
from socialcare import tracing
from socialcare.celery import trace
from tests.network import Network
from tests.scene import connected


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


@pytest.mark.parametrize("address", ["/api/v2/uploads/", "/files/", "wss://care.example/ws/notifications/"])
def test_no_line_of_the_log_has_the_key_of_an_address(address: str) -> None:
    record = logging.makeLogRecord({"msg": "%s: %s", "args": ("Not Found", f"{address}c2lnbmVk:1vX:abc?again=1")})
    tracing.AddressFilter().filter(record)
    assert record.getMessage() == f"Not Found: {address}…?again=1"


def test_a_refused_upload_leaves_no_key_in_the_log(db: None) -> None:
    stream = io.StringIO()
    maker: Any = DictConfigurator(settings.LOGGING)
    handler = logging.StreamHandler(stream)
    for name in settings.LOGGING["handlers"]["console"]["filters"]:
        handler.addFilter(maker.configure_filter(dict(settings.LOGGING["filters"][name])))
    logging.getLogger("django.request").addHandler(handler)
    try:
        assert Client().put("/api/v2/uploads/c2lnbmVk:1vX:abc").status_code == 404
    finally:
        logging.getLogger("django.request").removeHandler(handler)
    assert "/api/v2/uploads/…" in stream.getvalue()
    assert "c2lnbmVk" not in stream.getvalue()


@pytest.mark.parametrize("path", ["/panel/i/{}/reply/", "/api/v2/conversations/messages/{}"])
def test_who_asks_for_an_interaction_names_it_on_every_line(path: str, db: None) -> None:
    interaction = uuid.uuid4()
    Client().get(path.format(interaction))
    assert said_about() == str(interaction)
    tracing.begin("another-request")
    assert said_about() == ""


def test_a_message_that_fails_names_its_interaction(network: Network, inbox: Inbox, alice: User, caplog: Any) -> None:
    network.answers.append(SendError(Failure.REJECTED, Reason.STRUCTURE))
    caplog.handler.addFilter(tracing.TraceFilter())
    interaction = connected(alice, inbox)
    [message] = reply(alice, interaction.pk, visibility="public", text="No", key=uuid.uuid4())
    deliver(message.deliveries.get().pk)
    [line] = [record for record in caplog.records if record.name == "delivery.ending"]
    assert str(message.pk) in line.getMessage()
    assert line.interaction == str(interaction.pk)


def said_about() -> str:
    record = logging.makeLogRecord({})
    tracing.TraceFilter().filter(record)
    return str(getattr(record, "interaction", ""))
