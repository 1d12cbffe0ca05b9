"""Canned responses: searching them, and filling in who is who."""

import re

from django.db.models import Case, Q, QuerySet, When

from accounts.models import User
from accounts.permissions import Permission, allowed, require
from interactions.cleaning import clean
from interactions.models import CannedLibrary, CannedResponse, Direction, Interaction
from queues.models import Queue

_VIEW, _EDIT = Permission("Responses", "Library", "View"), Permission("Responses", "Library", "Edit")
_VARIABLE = re.compile(r"\{\{\s*([A-Z_]{1,40})\s*\}\}")
RESULTS = 30


def search(interaction: Interaction, words: str = "", *, language: str = "") -> "QuerySet[CannedResponse]":
    """The canned responses for this interaction's queue that have all the words, or whose shortcut begins so.

    Those in the customer's language come first; where that is not known, those in `language`.
    """
    for_queue = Q(library__queues=interaction.queue_id) | Q(library__queues__isnull=True)
    found = CannedResponse.objects.filter(for_queue).select_related("library").distinct()
    spoken = _language_of_customer(interaction) or language
    spoken_first = Case(When(language=spoken, then=0), default=1)
    return matching(found, words).order_by(spoken_first, "library__name", "name")[:RESULTS]


def matching(responses: "QuerySet[CannedResponse]", words: str) -> "QuerySet[CannedResponse]":
    """Those that have all the words, or whose shortcut begins so."""
    text = clean(words).strip()[:100]
    by_words = Q()
    for word in text.split():
        by_words &= Q(name__icontains=word) | Q(text__icontains=word) | Q(library__name__icontains=word)
    return responses.filter(Q(shortcut__istartswith=text) | by_words)


def libraries_of(user: User) -> "QuerySet[CannedLibrary]":
    """The libraries that `user` may read: all who looks after them; otherwise those for the queues they work in.

    Raises NotPermitted (Responses > Library > View) for who works in none.
    """
    if allowed(user, _VIEW) or allowed(user, _EDIT):
        return CannedLibrary.objects.all()
    queues = Queue.objects.visible_to(user)
    if not queues.exists():
        require(user, _VIEW)
    for_everyone = Q(queues__isnull=True)
    return CannedLibrary.objects.filter(for_everyone | Q(queues__in=queues)).distinct()


def variables_of(text: str) -> list[str]:
    """The names of what is filled in, each once, in their order."""
    return list(dict.fromkeys(found[1] for found in _VARIABLE.finditer(text)))


def fill_in(text: str, *, interaction: Interaction, agent: User) -> str:
    """Put the names in. What is not known stays as it was; what a customer calls themselves is not looked at again."""
    known = {
        "CUSTOMER_NAME": str(interaction.customer),
        "AGENT_NAME": agent.signature,
        "QUEUE_NAME": interaction.queue.name,
        "CHANNEL_NAME": interaction.inbox.name,
    }
    return _VARIABLE.sub(lambda found: known.get(found[1], found[0]), text)


def _language_of_customer(interaction: Interaction) -> str:
    """In which they wrote last, if their network says so: "fr" of "fr-CA"."""
    told = interaction.messages.filter(direction=Direction.INBOUND).exclude(language="")
    last = told.order_by("-created_at", "-id").values_list("language", flat=True).first()
    return (last or "").partition("-")[0].lower()
