"""Brands: who may use the API, and where they hear of what happens."""

import re
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from socialcare.errors import Conflict, Invalid

from .models import Brand, Network, Persona


@dataclass(frozen=True)
class Credentials:
    """What a brand's software needs. Shown once; the network keeps only what it has to."""

    token: str
    signing_secret: str


@transaction.atomic
def connect(handle: str, name: str, *, hook_url: str = "", credentials: Credentials | None = None) -> Credentials:
    """Connect a brand, or connect it anew: with these credentials, or with fresh ones. What it wrote stays."""
    given = credentials or Credentials(token=secrets.token_urlsafe(32), signing_secret=secrets.token_urlsafe(32))
    values = {"name": name, "token_hash": Brand.hashed(given.token), "signing_secret": given.signing_secret}
    if hook_url:
        values["hook_url"] = hook_url
    Network.current()
    Brand.objects.update_or_create(handle=handle, defaults=values)
    Network.changed()
    return given


def introduce(handle: str, name: str) -> Credentials:
    """Connect a brand that is new here. Raises Invalid, Conflict."""
    if not re.fullmatch(r"[a-z0-9][-_a-z0-9]{0,38}", handle):
        raise Invalid(_("A handle has small letters, digits and hyphens only."), field="handle")
    if Brand.objects.filter(handle=handle).exists() or Persona.objects.filter(handle=handle).exists():
        raise Conflict(_("Somebody has this handle already."), field="handle")
    return connect(handle, name.strip()[:80] or handle)


def by_token(token: str) -> Brand | None:
    """The brand that holds this token."""
    return Brand.objects.filter(token_hash=Brand.hashed(token)).first() if token else None
