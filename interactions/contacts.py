"""Customers: written down, changed, merged, forgotten."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Permission, allowed
from interactions.cleaning import cleaned
from interactions.models import Contact, Handle, Interaction, State
from interactions.screens import show_thread
from socialcare.errors import Conflict, Invalid, NotFound

NAME_LENGTH = 255
_FILLED = ("name", "place", "language")
_VIEW, _EDIT = Permission("Externalcontacts", "Contact", "View"), Permission("Externalcontacts", "Contact", "Edit")


def sees_all(user: User) -> bool:
    """Whether `user` may look at every customer."""
    return allowed(user, _VIEW) or allowed(user, _EDIT)


def visible_to(user: User) -> QuerySet[Contact]:
    """The customers `user` may look at: all, or those of the interactions they may see."""
    if sees_all(user):
        return Contact.objects.all()
    seen = Interaction.objects.visible_to(user).filter(customer__contact=OuterRef("pk"))
    return Contact.objects.filter(Exists(seen))


def ways(words: str) -> list[Q]:
    """The ways to find customers: a word of their name begins so, or a network knows them so."""
    return [Q(name__istartswith=words) | Q(name__icontains=f" {words}"), Q(pk__in=known_as(words).values("contact"))]


def known_as(words: str) -> QuerySet[Handle]:
    """Handles that begin so, with or without their sign, and the one that has this id."""
    begins = Q(handle__istartswith=words) | Q(handle__istartswith=f"@{words}")
    return Handle.objects.filter(begins | Q(external_id=words))


def make(**facts: Any) -> Contact:
    """Write down a customer of whom there is no message yet. Raises Invalid."""
    return change(Contact(), **facts)


def change(contact: Contact, **facts: Any) -> Contact:
    """Write these columns. Raises Invalid."""
    for name, value in cleaned(facts).items():
        setattr(contact, name, value)
    if len(contact.name) > NAME_LENGTH:
        raise Invalid(_("A name has at most %(limit)s characters.") % {"limit": NAME_LENGTH}, field="lastName")
    contact.save()
    return contact


def remove(contact: Contact) -> None:
    """Forget a customer with whom nothing was ever said. Raises Conflict where something was."""
    with transaction.atomic():
        _lock(contact.pk)
        merged = Contact.objects.filter(Q(pk=contact.pk) | Q(merged_into=contact.pk))
        said = Interaction.objects.filter(customer__contact__in=merged).exists()
        try:
            if not said:
                contact.delete()
        except ProtectedError:
            said = True
    if said:
        raise Conflict(_("This customer has conversations; they would be without them."), code="has.conversations")


def current(contact: Contact) -> Contact:
    """The customer into whom this one was merged, or they themselves."""
    return contact.merged_into or contact


def merge(source_id: uuid.UUID, target_id: uuid.UUID) -> Contact:
    """Make one customer of two: the target takes over the source's handles, and with them the conversations.

    What is not known of the target is taken from the source, of whom no more than the id is left: it leads to the
    target. Raises NotFound, and Conflict for somebody who would be merged with themselves.
    """
    with transaction.atomic():
        known = _lock(source_id, target_id)
        if source_id not in known or target_id not in known:
            raise NotFound
        if source_id == target_id or any(each.merged_into_id for each in known.values()):
            raise Conflict(_("These two are one customer already, or one was merged before."), code="already.merged")
        source, target = known[source_id], known[target_id]
        Handle.objects.filter(contact=source).update(contact=target)
        Contact.objects.filter(merged_into=source).update(merged_into=target)
        _fill(target, source)
        source.merged_into = target
        source.save(update_fields=["merged_into"])
        running = Interaction.objects.filter(customer__contact=target).exclude(state=State.ENDED)
        for interaction in running.order_by("pk"):
            show_thread(interaction, "head", "thread", "context")
    return target


def _fill(target: Contact, source: Contact) -> None:
    for name in _FILLED:
        setattr(target, name, getattr(target, name) or getattr(source, name))
    if source.about and source.about != target.about:
        target.about = "\n\n".join(filter(None, (target.about, source.about)))
    details: Mapping[str, Any] = {**source.details, **target.details}
    target.details = dict(details)
    target.save()


def _lock(*ids: uuid.UUID) -> dict[uuid.UUID, Contact]:
    """Lock them, always in one order."""
    rows = Contact.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    return {row.pk: row for row in rows}
