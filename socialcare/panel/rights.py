"""Telling open panels at once that rights have changed, a session has ended, or a person was shut out."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_out
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save

from interactions.models import InboxGroupPermission, InboxUserPermission
from queues.models import QueueGroupPermission, QueueUserPermission
from socialcare.events import EVERYONE, announce

GRANTS: tuple[type[Model], ...] = (
    QueueGroupPermission,
    QueueUserPermission,
    InboxGroupPermission,
    InboxUserPermission,
)


def watch() -> None:
    """Follow everything by which somebody gains or loses a right."""
    person = get_user_model()
    for grant in GRANTS:
        for signal in (post_save, post_delete):
            signal.connect(_everyone_looks_again, sender=grant, dispatch_uid=f"panel-{grant.__name__}")
    for through in (person.groups.through, person.user_permissions.through, Group.permissions.through):  # type: ignore[attr-defined]
        m2m_changed.connect(_everyone_looks_again, sender=through, dispatch_uid=f"panel-{through.__name__}")
    post_save.connect(_person_looks_again, sender=person, dispatch_uid="panel-person")
    user_logged_out.connect(_session_ended, dispatch_uid="panel-sign-out")


def _everyone_looks_again(**_kwargs: Any) -> None:
    # A role's grant concerns whoever holds the role; each socket asks for itself.
    announce(EVERYONE, {"type": "rights"})


def _person_looks_again(instance: Model, update_fields: frozenset[str] | None = None, **_kwargs: Any) -> None:
    if update_fields != frozenset({"last_login"}):
        announce(f"agent.{instance.pk}", {"type": "rights"})


def _session_ended(user: Model | None = None, **_kwargs: Any) -> None:
    if user is not None:
        announce(f"agent.{user.pk}", {"type": "check"})
