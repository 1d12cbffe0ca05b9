"""A worker is killed: nothing is lost, and nothing is sent twice."""

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings

from delivery.lanes import LANES
from delivery.models import Delivery, DeliveryState
from delivery.outbox import deliver, deliver_lane
from delivery.replying import reply
from delivery.tasks import tick
from interactions.models import Inbox, Message, Trouble
from socialcare.celery import app
from tests.counting import KIND, Counted, counting_network
from tests.factories import InboxFactory, InteractionFactory, MessageFactory, UserFactory, agent_of
from tests.product import worker
from tests.races.processes import ROOT, Actor, acting, environment
from tests.scene import connected

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.long, pytest.mark.django_db(transaction=True)]

STEPS = {
    "before the claim": ("sent", 1),
    "after the claim": ("uncertain", 0),
    "after the platform accepted": ("uncertain", 1),
    "before the end is committed": ("uncertain", 1),
    "after the end is committed": ("sent", 1),
}
"""Where it dies; and where the platform knows no repeat: what becomes of the delivery, and how often it is shown."""


@pytest.fixture(autouse=True)
def _network_on_this_machine(settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True


def inbox_on(network: Counted, queue) -> Inbox:
    return InboxFactory(kind=KIND, queue=queue, settings=network.settings)


@pytest.mark.parametrize("idempotent", [True, False])
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_each_step(step: str, idempotent: bool, queue) -> None:
    with counting_network(idempotent=idempotent) as network:
        inbox = inbox_on(network, queue)
        alice = agent_of(UserFactory(), queue, inbox)
        interaction = connected(alice, inbox)
        [message] = reply(alice, interaction.pk, visibility="public", text="Hello", key=uuid.uuid4())
        delivery = message.deliveries.get()
        killed = Actor("send_and_die", delivery=delivery.pk, step=step, lease=0.1)
        with acting(killed):
            assert killed.result() == {}
            assert killed.process.returncode == -signal.SIGKILL
        time.sleep(0.15)  # its lease runs out
        deliver(delivery.pk)
        expected, shown = ("sent", 1) if idempotent else STEPS[step]
        delivery.refresh_from_db()
        message.refresh_from_db()
        assert delivery.state == expected
        assert (message.status, message.trouble) == (
            ("sent", "") if expected == "sent" else ("failed", Trouble.UNCERTAIN)
        )
        assert len(network.shown) == shown
        assert not deliver(delivery.pk)


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_worker_killed_between_the_end_of_one_and_the_call_of_the_next(idempotent: bool, queue) -> None:
    with counting_network(idempotent=idempotent) as network:
        inbox = inbox_on(network, queue)
        alice = agent_of(UserFactory(), queue, inbox)
        for text in ("1", "2", "3"):
            reply(alice, connected(alice, inbox).pk, visibility="public", text=text, key=uuid.uuid4())
        for number, delivery in enumerate(Delivery.objects.order_by("-pk")):  # all of them in one lane
            Delivery.objects.filter(pk=delivery.pk).update(id=LANES * (1000 - number))
        with acting(killed := Actor("send_all_and_die", lane=0, calls=1, lease=0.1)):
            assert killed.result() == {}
            assert killed.process.returncode == -signal.SIGKILL
        assert states() == ["sent", "sending", "queued"]
        time.sleep(0.15)  # its lease runs out
        deliver_lane(0)
        assert states() == ["sent", "sent" if idempotent else "uncertain", "sent"]
        assert network.shown == ["1", *(["2"] if idempotent else []), "3"]


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


# --- Celery workers, as in production, killed at random -------------------------------------------------------------


@contextmanager
def celery_worker() -> Iterator["subprocess.Popen[bytes]"]:
    env = environment(REDIS_URL=settings.REDIS_URL, CELERY_BROKER_URL=settings.REDIS_URL)
    process = subprocess.Popen(worker("tests.races.worker"), cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def ticking_until(holds: Callable[[], bool], seconds: float = 120.0) -> bool:
    """Let the clock tick until it holds; False if it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        tick.apply_async(expires=2)
        time.sleep(0.5)
    return holds()


@pytest.mark.redis
@pytest.mark.timeout(400)
@pytest.mark.parametrize("idempotent", [True, False])
def test_celery_workers_killed_while_they_send(idempotent: bool, queue) -> None:
    count, kills = int(os.environ.get("RACE_MESSAGES", "16")), int(os.environ.get("RACE_KILLS", "1"))
    app.control.purge()  # what other tests have left in the broker
    with counting_network(idempotent=idempotent, slow=0.05) as network:
        inbox = inbox_on(network, queue)
        alice = agent_of(UserFactory(), queue, inbox)
        conversations = [InteractionFactory(inbox=inbox, owner=alice) for _ in range(4)]
        for each in conversations:
            MessageFactory(interaction=each)
        for number in range(count):
            interaction = conversations[number % 4]
            reply(alice, interaction.pk, visibility="public", text=f"{number:03}", key=uuid.uuid4())
        for _ in range(kills):
            target = len(network.shown) + count // (kills + 2)
            with celery_worker() as worker:
                ticking_until(lambda target=target: len(network.shown) >= target or not pending())
                os.kill(worker.pid, signal.SIGKILL)
        with celery_worker():
            done = ticking_until(lambda: not pending())
        assert done, dict(Delivery.objects.values_list("pk", "state"))
        states = list(Delivery.objects.values_list("state", flat=True))
        assert network.shown_twice == []
        if idempotent:
            assert set(states) == {DeliveryState.SENT}
            assert len(network.shown) == count
        else:
            uncertain = Message.objects.filter(trouble=Trouble.UNCERTAIN)
            assert set(states) <= {DeliveryState.SENT, DeliveryState.UNCERTAIN}
            assert uncertain.count() == states.count(DeliveryState.UNCERTAIN) <= 4 * kills
            missing = count - len(network.shown)
            assert 0 <= missing <= uncertain.count()
        for each in conversations:
            mine = set(each.messages.filter(direction="outbound").values_list("text", flat=True))
            shown = [text for text in network.shown if text in mine]
            assert shown == sorted(shown)


def pending() -> bool:
    return Delivery.objects.filter(state__in=["queued", "sending", "waiting"]).exists()
