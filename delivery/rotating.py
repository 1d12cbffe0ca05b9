"""Changing the secret of a webhook without losing a message: for a while two are good."""

from django.db import transaction

from delivery.connectors.open_webhook import OLDER
from interactions.models import Inbox


def has_older_secret(inbox: Inbox) -> bool:
    """Whether the secret before the newest is still good."""
    return bool(inbox.secrets.get(OLDER))


def retire_older_secret(inbox: Inbox) -> None:
    """From now on only the newest secret is good. Where there is no other, it is so already."""
    with transaction.atomic():
        stored = Inbox.objects.select_for_update().get(pk=inbox.pk)
        if has_older_secret(stored):
            stored.secrets.pop(OLDER)
            stored.save(update_fields=["secrets"])
    inbox.secrets = stored.secrets
