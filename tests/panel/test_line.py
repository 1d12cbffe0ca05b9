"""What the counts cost, which come to every panel every second: who somebody is, is not asked each time."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from queues.models import Queue
from socialcare.panel import crowd, line

pytestmark = pytest.mark.django_db
COUNTS = frozenset({"waiting"})


@pytest.fixture
def key(alice: User, queue: Queue, client: Client) -> str:
    client.force_login(alice)
    return str(client.session.session_key)


def test_counts_that_are_fresh_cost_no_statement(
    key: str, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "FRESH", 3600.0)
    monkeypatch.setattr(line, "PERSON_KNOWN_FOR", 3600.0)
    assert line._render(key, None, COUNTS)
    with django_assert_num_queries(0):
        assert line._render(key, None, COUNTS)


def test_every_other_frame_looks_who_is_there(key: str) -> None:
    assert line._render(key, None, COUNTS)
    Session.objects.all().delete()
    assert line._render(key, None, {"me"}) is None
    assert line._render(key, None, COUNTS) is None


def test_an_ended_session_gets_no_counts_after_a_while(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert line._render(key, None, COUNTS)
    Session.objects.all().delete()
    monkeypatch.setattr(line, "PERSON_KNOWN_FOR", 0.0)
    assert line._render(key, None, COUNTS) is None
