"""Telling the open panels of a person at once that their account has changed or a session has ended."""

from typing import Any

from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.db.models import Model
from django.db.models.signals import post_delete, post_save

from socialcare.events import announce


def watch() -> None:
    """Follow a person's account and session; whose rights have changed, `accounts.rights` tells everyone."""
    person = get_user_model()
    post_save.connect(_person_looks_again, sender=person, dispatch_uid="panel-person")
    # Not by the signal of signing out, which comes while the session is still good
    post_delete.connect(_session_ended, sender=Session, dispatch_uid="panel-sign-out")


def _person_looks_again(instance: Model, update_fields: frozenset[str] | None = None, **_kwargs: Any) -> None:
    if update_fields != frozenset({"last_login"}):
        announce(f"agent.{instance.pk}", {"type": "rights"})


def _session_ended(instance: Session, **_kwargs: Any) -> None:
    if person := instance.get_decoded().get(SESSION_KEY):
        announce(f"agent.{person}", {"type": "check"})
