"""Changing the secret of a webhook without losing a message: for a while two are good."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from delivery.connectors.open_webhook import OLDER
from interactions.models import Inbox
from socialcare.errors import Conflict


def has_older_secret(inbox: Inbox) -> bool:
    """Whether the secret before the newest is still good."""
    return bool(inbox.secrets.get(OLDER))


def retire_older_secret(inbox: Inbox) -> None:
    """From now on only the newest secret is good. Raises Conflict where there is no other."""
    with transaction.atomic():
        stored = Inbox.objects.select_for_update().get(pk=inbox.pk)
        if not has_older_secret(stored):
            raise Conflict(_("Only one secret is in use."), code="no.older.secret")
        stored.secrets.pop(OLDER)
        stored.save(update_fields=["secrets"])
    inbox.secrets = stored.secrets
