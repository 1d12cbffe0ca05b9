"""The demo's house: loaded once; what people do in it afterwards stays."""

from django.conf import settings
from django.db import transaction

from accounts.models import User
from interactions.models import Inbox
from socialcare.demo import canned, history, house, people


@transaction.atomic
def load() -> None:
    """Fill an empty database; touch nothing in a filled one but the addresses, which follow the port."""
    if not User.objects.filter(username="alice").exists():
        team = people.make()
        rooms = house.make(team)
        people.give_rights(rooms)
        canned.make(rooms)
        history.make(team, rooms)
    _follow_port()


def _follow_port() -> None:
    for inbox in Inbox.objects.filter(kind="practice"):
        inbox.settings["base_url"] = f"{settings.PUBLIC_URL}/practice"
        inbox.save(update_fields=["settings"])
