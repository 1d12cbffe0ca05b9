"""Addresses at which a platform may fetch a file that we send: signed, and good for a week."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from interactions.models import Attachment

SALT = "file"
GOOD_FOR = 7 * 24 * 3600
"""Seconds."""


def link_to(attachment: Attachment) -> str:
    """The address of a file, for whoever is given it."""
    token = signing.dumps(str(attachment.pk), salt=SALT)
    return f"{settings.PUBLIC_URL}{reverse('file', args=[token])}"


def linked(token: str) -> Attachment | None:
    """The file that an address leads to; None when the address is forged or too old, or the file was never sent."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return None
    return Attachment.objects.filter(pk=pk, message__isnull=False).first()
