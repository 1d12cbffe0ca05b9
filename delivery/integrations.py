"""Open integrations: channels whose other side is software of the brand's own, made and changed by machines."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import RECEIVE
from accounts.roles import grant
from delivery.connectors.open_webhook import NEWEST, OpenWebhookConnector, further_headers
from interactions.models import Inbox
from queues.models import Queue
from socialcare.errors import Conflict, Invalid

KEPT_HEADER = "********"
"""What is told, and may be sent back, in the place of a header's value."""
_COLUMNS = ("name", "queue", "priority", "media_types")


def integrations() -> QuerySet[Inbox]:
    """Those in use. One that was deleted after it had brought a message is only switched off, and not among them."""
    return Inbox.objects.filter(kind=OpenWebhookConnector.kind, is_active=True)


def make_integration(maker: User, **facts: Any) -> Inbox:
    """A new one, from `name`, `webhook_url`, `signing_secret`, and if given `headers`, `queue`, `priority`, `skills`,
    `media_types`. Its maker may bring messages; nobody else has a right on it until that is said.

    Raises Invalid with the name of the fact that is wrong, and Conflict where the name is taken.
    """
    inbox = Inbox(kind=OpenWebhookConnector.kind)
    inbox.queue = facts.pop("queue", None) or _only_queue()
    with transaction.atomic():
        _write(inbox, facts)
        with _unique_name(inbox):
            inbox.save(force_insert=True)
        inbox.skills.set(facts.get("skills", ()))
        grant(maker, RECEIVE, on=inbox)
    return inbox


def change_integration(inbox: Inbox, **facts: Any) -> Inbox:
    """Change what is given. A new secret signs at once, and the one before stays good until it is retired.

    Raises as `make_integration`.
    """
    with transaction.atomic():
        stored = Inbox.objects.select_for_update().get(pk=inbox.pk)
        _write(stored, facts)
        with _unique_name(stored):
            stored.save(update_fields=[*_COLUMNS, "settings", "secrets"])
        if "skills" in facts:
            stored.skills.set(facts["skills"])
    return stored


def remove_integration(inbox: Inbox) -> None:
    """Delete it; one that has brought anything is switched off instead, so that no message is lost.

    What agents write in its running conversations is still sent.
    """
    try:
        with transaction.atomic():
            if inbox.payloads.exists():
                raise ProtectedError("", set())
            inbox.delete()
    except ProtectedError:
        Inbox.objects.filter(pk=inbox.pk).update(is_active=False)


def _write(inbox: Inbox, facts: Mapping[str, Any]) -> None:
    for name in _COLUMNS:
        if name in facts:
            setattr(inbox, name, facts[name])
    if "webhook_url" in facts:
        inbox.settings = {**inbox.settings, "webhook_url": facts["webhook_url"]}
    given = {NEWEST: facts["signing_secret"]} if "signing_secret" in facts else {}
    if "headers" in facts:
        given["headers"] = _headers(facts["headers"], inbox.secrets.get("headers", ""))
    inbox.secrets = OpenWebhookConnector.renewed(inbox.secrets, given)
    for field, words in OpenWebhookConnector.problems(inbox.settings, inbox.secrets).items():
        raise Invalid(words, field=field)


def _headers(wanted: Mapping[str, str], stored: str) -> str:
    """As an administrator would write them. Raises Invalid where they would be read as something else."""
    known = further_headers(stored)
    headers = {name: known.get(name, value) if value == KEPT_HEADER else value for name, value in wanted.items()}
    text = "\n".join(f"{name}: {value}" for name, value in headers.items())
    try:
        if further_headers(text) == headers:
            return text
    except ValueError as error:
        words = _("This is no header that can be added: %(header)s") % {"header": error}
        raise Invalid(words, field="headers") from None
    raise Invalid(_("One of these headers cannot be added."), field="headers")


def _only_queue() -> Queue:
    """Where messages go when nobody says it. Raises Invalid where there are several queues, or none."""
    found = list(Queue.objects.all()[:2])
    if len(found) != 1:
        raise Invalid(_("Say in which queue its conversations wait."), field="queue")
    return found[0]


@contextmanager
def _unique_name(inbox: Inbox) -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        words = _("The name “%(name)s” is taken, perhaps by one that is switched off.") % {"name": inbox.name}
        raise Conflict(words, field="name", code="name.taken") from error
