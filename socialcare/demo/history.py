"""A few conversations of the last days, so that the archive and the customer's history are not empty."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from interactions.models import (
    Contact,
    Direction,
    EndedBy,
    Handle,
    Handling,
    Interaction,
    Message,
    MessageStatus,
    State,
    Visibility,
)
from queues.models import AfterContactWork, WrapUpCode
from socialcare.demo.house import House
from socialcare.practice.scene import Said

PUBLIC, PRIVATE = Visibility.PUBLIC, Visibility.PRIVATE
CUSTOMERS = {
    "maya": ("Maya Lopez", "@maya", "en", "Lyon", "Buys for a small bakery."),
    "jonas": ("Jonas Weber", "@jonas", "en", "Berlin", ""),
    "chloe": ("Chloé Bernard", "@chloe", "fr", "Nantes", "Abonnée depuis 2021."),
}
# customer, agent, days ago, wrap-up code, and who said what how (< customer, > agent)
CONVERSATIONS = (
    (
        *("maya", "alice", 6, "Replacement sent"),
        (
            ("<", PUBLIC, "@acme the lid of my new mixer arrived broken 😕 second time this happens."),
            (">", PUBLIC, "That should not happen, Maya, and I am sorry. I have sent you a private message."),
            (">", PRIVATE, "Could you send me your order number, please? It starts with AC."),
            ("<", PRIVATE, "AC-20417"),
            (">", PRIVATE, "A replacement leaves our warehouse today. You need not send anything back."),
            ("<", PRIVATE, "That was quick, thank you!"),
        ),
    ),
    (
        *("jonas", "bob", 3, "Answered"),
        (
            ("<", PRIVATE, "Can I change the delivery address of an order I placed this morning?"),
            (">", PRIVATE, "Hello Jonas, yes, until 6 pm today. Which address shall I write?"),
            ("<", PRIVATE, "Torstraße 12, 10119 Berlin. Thanks!"),
            (">", PRIVATE, "Done. You will get a new confirmation by e-mail."),
        ),
    ),
    (
        *("chloe", "alice", 2, "Refund"),
        (
            ("<", PUBLIC, "@acme toujours pas de remboursement après trois semaines, c'est long…"),
            (">", PUBLIC, "Bonjour Chloé, vous avez raison, c'est trop long. Je regarde tout de suite."),
            (">", PRIVATE, "Je vous ai remboursé la totalité. Le virement arrive sous trois jours."),
            ("<", PUBLIC, "Réglé en cinq minutes, merci @acme 🙏"),
        ),
    ),
)


def make(team: dict[str, User], house: House) -> None:
    """Customers of the practice network and what was said with them."""
    handles = {key: _customer(house, key, *facts) for key, facts in CUSTOMERS.items()}
    for customer, agent, days, code, lines in CONVERSATIONS:
        _conversation(
            house, handles[customer], team[agent], timezone.now() - timedelta(days=days, hours=2), code, lines
        )


def said() -> Iterator[Said]:
    """The same, as the practice network remembers it: whoever answers it finds it there."""
    for message in Message.objects.filter(inbox__kind="practice").order_by("sent_at"):
        yield Said(
            reference=message.external_id or "",
            customer=message.interaction.customer.external_id.removeprefix("person:"),
            by_brand=message.direction == Direction.OUTBOUND,
            is_private=message.visibility == PRIVATE,
            text=message.text,
            at=message.sent_at,
        )


def _customer(house: House, key: str, name: str, handle: str, language: str, place: str, about: str) -> Handle:
    contact = Contact.objects.create(name=name, language=language, place=place, about=about)
    return Handle.objects.create(
        contact=contact, network=house.practice.network, external_id=f"person:{key}", handle=handle, name=name
    )


def _conversation(
    house: House,
    customer: Handle,
    agent: User,
    start: datetime,
    code: str,
    lines: tuple[tuple[str, Visibility, str], ...],
) -> None:
    end = start + timedelta(minutes=2 * len(lines))
    answered, used = start + timedelta(seconds=14), WrapUpCode.objects.get(name=code)
    interaction = Interaction.objects.create(
        inbox=house.practice,
        customer=customer,
        queue=house.care,
        state=State.ENDED,
        queued_at=start,
        started_at=start,
        answered_at=answered,
        replied_at=start + timedelta(minutes=1),
        last_message_at=end,
        ended_at=end,
        last_agent=agent,
        wrap_up_code=used,
        subject=lines[0][2][:200],
        preview=lines[-1][2][:200],
        preview_visibility=lines[-1][1],
        customer_visibility=lines[0][1],
    )
    Message.objects.bulk_create(
        _message(interaction, agent, start + timedelta(minutes=2 * number), *line) for number, line in enumerate(lines)
    )
    Handling.objects.create(
        interaction=interaction,
        agent=agent,
        queue=house.care,
        holds_place=False,
        code=used,
        started_at=answered,
        ended_at=end,
        wrapped_up_at=end + timedelta(seconds=25),
        ended_by=EndedBy.AGENT,
        acw_mode=AfterContactWork.MANDATORY_TIMEOUT,
    )


def _message(
    interaction: Interaction, agent: User, at: datetime, who: str, visibility: Visibility, text: str
) -> Message:
    inbound = who == "<"
    arrived = MessageStatus.PUBLISHED if visibility == PUBLIC else MessageStatus.READ
    return Message(
        interaction=interaction,
        inbox=interaction.inbox,
        direction=Direction.INBOUND if inbound else Direction.OUTBOUND,
        visibility=visibility,
        author=interaction.customer if inbound else None,
        agent=None if inbound else agent,
        text=text,
        language=interaction.customer.contact.language,
        external_id=uuid.uuid4().hex[:20],
        status=MessageStatus.RECEIVED if inbound else arrived,
        sent_at=at,
        created_at=at,
    )
