"""The demo's house: loaded once; what people do in it afterwards stays."""

from dataclasses import asdict

from django.conf import settings
from django.db import transaction

from accounts.models import User
from interactions.models import Inbox
from socialcare.demo import canned, history, house, people

BRAND = "acme"


@transaction.atomic
def load() -> None:
    """Fill an empty database; touch nothing in a filled one but the addresses, which follow the port."""
    if not User.objects.filter(username="alice").exists():
        team = people.make()
        rooms = house.make(team)
        people.give_rights(rooms)
        canned.make(rooms)
        history.make(team, rooms)
    if settings.PRACTICE_NETWORK:
        _join_practice_network()


def _join_practice_network() -> None:
    """Connect the brand to the practice network, whose webhooks follow the port."""
    from socialcare.practice import brands, scene

    for inbox in Inbox.objects.filter(kind="practice", account_id=f"brand:{BRAND}"):
        known = brands.Credentials(**inbox.secrets) if inbox.secrets else None
        hook = f"{settings.PUBLIC_URL}/hooks/{inbox.pk}/"
        inbox.secrets = asdict(brands.connect(BRAND, "Acme", hook_url=hook, credentials=known))
        inbox.save(update_fields=["secrets"])
        scene.set_up(BRAND, history.said())
