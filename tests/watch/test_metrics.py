"""What Prometheus is told: the work as it stands, to who may ask, in a fixed number of statements."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from delivery.models import Delivery
from interactions.models import Inbox, Offer
from queues.models import Queue
from tests.factories import InteractionFactory, MessageFactory, on_queue


def figures(**headers: str) -> dict[tuple[str, ...], float]:
    """Every figure by its name and labels."""
    answer = Client().get("/metrics", headers=headers)
    assert answer.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_the_work_as_it_stands(queue: Queue, vip: Queue, inbox: Inbox, alice: Any) -> None:
    now = timezone.now()
    for minutes in (3, 5):
        InteractionFactory(inbox=inbox, queued_at=now - timedelta(minutes=minutes))
    on_queue(alice)
    work = InteractionFactory(inbox=inbox, owner=alice)
    Offer.objects.create(
        interaction=work, agent=alice, queue=queue, state="accepted", made_at=now, deadline=now + timedelta(seconds=30)
    )
    type(work).objects.filter(pk=work.pk).update(queued_at=now - timedelta(seconds=2))
    made = {"interaction": work, "inbox": inbox, "created_at": now - timedelta(seconds=40)}
    Delivery.objects.create(message=MessageFactory(interaction=work), **made)
    failed = {"state": "failed", "failure": "refused", "reason": "ServerError", "finished_at": now}
    Delivery.objects.create(message=MessageFactory(interaction=work), **made, **failed)

    told = figures()
    assert told["socialcare_waiting", "Social Care"] == 2
    assert told["socialcare_waiting", "VIP"] == 0
    assert 299 < told["socialcare_oldest_waiting_seconds", "Social Care"] < 330
    assert 1 < told["socialcare_offered_after_seconds", "0.95"] < 2.5
    assert told["socialcare_agents", "IDLE"] == 1
    assert told["socialcare_outbox", "queued"] == 1
    assert 39 < told["socialcare_outbox_age_seconds", "queued"] < 70
    assert told["socialcare_failures", "refused", "ServerError"] == 1
    assert told["socialcare_sockets",] == 0


def test_it_takes_the_same_statements_however_much_there_is(inbox: Inbox, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(7):
        figures()
    for _ in range(10):
        InteractionFactory(inbox=inbox)
    with django_assert_num_queries(7):
        figures()


def test_only_who_may_ask_is_told(db: None, settings: Any) -> None:
    assert Client().get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404
    assert Client().get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404
    settings.METRICS_TOKEN = "a-long-secret"
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    assert figures(Authorization="Bearer a-long-secret")
