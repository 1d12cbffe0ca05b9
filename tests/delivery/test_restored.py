"""After a restore: what was on its way in the backup is sent again only where that does no harm."""

from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from delivery.models import Delivery, DeliveryState
from interactions.models import Inbox, Message, MessageStatus, Trouble
from interactions.upkeep import LAST_TICK
from tests.factories import InboxFactory, InteractionFactory, MessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_has_worked_here() -> None:
    cache.delete(LAST_TICK)


def on_its_way(queue: Any, *, idempotent: bool, state: str) -> Delivery:
    """A message that the backup has in this state."""
    inbox = InboxFactory(kind="open", queue=queue, settings={"webhook_url": "", "ignores_repeats": idempotent})
    interaction = InteractionFactory(inbox=inbox)
    message = MessageFactory(
        interaction=interaction, inbox=inbox, direction="outbound", status=MessageStatus.QUEUED, external_id=None
    )
    return Delivery.objects.create(message=message, interaction=interaction, inbox=inbox, state=state)


@pytest.mark.parametrize("state", ["queued", "waiting", "sending"])
def test_what_might_be_shown_twice_is_left_to_an_agent(queue: Any, state: str, capsys: Any) -> None:
    risky, safe = (on_its_way(queue, idempotent=known, state=state) for known in (False, True))
    call_command("restored")
    assert "Not certain now: 1. Sent again, as their platform recognises a repeat: 1." in capsys.readouterr().out
    assert Delivery.objects.get(pk=risky.pk).state == DeliveryState.UNCERTAIN
    message = Message.objects.get(pk=risky.message_id)
    assert (message.status, message.trouble) == (MessageStatus.FAILED, Trouble.UNCERTAIN)
    assert Delivery.objects.get(pk=safe.pk).state == state


def test_it_is_refused_where_work_goes_on(queue: Any, inbox: Inbox) -> None:
    on_its_way(queue, idempotent=False, state="queued")
    cache.set(LAST_TICK, "just now")
    with pytest.raises(CommandError, match="Stop them"):
        call_command("restored")
    assert Delivery.objects.get().state == DeliveryState.QUEUED
    cache.delete(LAST_TICK)
