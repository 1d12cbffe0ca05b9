"""RabbitMQ in place of Redis as the broker: events and cache stay with Redis, nothing else changes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from delivery.models import Delivery, DeliveryState
from interactions.models import Offer, OfferState
from tests.chaos.desk import Agent, Desk, post
from tests.chaos.tally import until
from tests.cluster import Cluster
from tests.counting import Counted, counting_network
from tests.nodes.rabbitmq import BINARY, rabbitmq
from tests.nodes.test_two_nodes import CHANCE
from tests.services import Server

pytestmark = [
    *(pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(300)),
    pytest.mark.skipif(not BINARY.exists(), reason="RabbitMQ is not installed: apt install rabbitmq-server"),
]
EVERYTHING = ("web1", "worker1", "beat1")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Server]:
    """Only for this test."""
    folder = tmp_path / "rabbitmq"
    folder.mkdir()
    with rabbitmq(folder) as server:
        yield server


def answered(desk: Desk, agent: Agent, customer: str, platform: Counted, cluster: Cluster) -> None:
    """A post comes in, is offered, is answered, and the answer is at the platform."""
    assert desk.push(post(customer, 1, "Where is it?"), chance=CHANCE) == 200
    offers = Offer.objects.filter(agent=agent.user, state=OfferState.OPEN)
    assert until(offers.exists), cluster.log
    offer = offers.get()
    assert agent.press(f"offers/{offer.pk}/accept/").is_success
    assert agent.send(offer.interaction, f"Soon, {customer}").is_success
    assert until(lambda: f"Soon, {customer}" in platform.shown), cluster.log
    assert agent.press(f"i/{offer.interaction_id}/end/").is_success


def test_tasks_go_through_rabbitmq_and_go_on_after_its_restart(cluster: Cluster, broker: Server) -> None:
    with counting_network(idempotent=False) as platform:
        cluster.start(*EVERYTHING, CELERY_BROKER_URL=broker.url)
        desk = Desk(cluster.door("web1"), platform, agents=1)
        [agent] = desk.agents
        answered(desk, agent, "mira", platform, cluster)

        broker.stop()
        [conversation] = desk.conversations(agent, 1)
        assert agent.send(conversation, "While there is no broker").is_success
        broker.start()
        assert until(lambda: "While there is no broker" in platform.shown), cluster.log
        answered(desk, agent, "noa", platform, cluster)

    assert not Delivery.objects.exclude(state=DeliveryState.SENT).exists()
    assert platform.shown == ["Soon, mira", "While there is no broker", "Soon, noa"]
    with Redis.from_url(cluster.environment["REDIS_URL"]) as redis:
        assert not [*redis.scan_iter("*celery*"), *redis.scan_iter("*kombu*")], "no task went by Redis"
