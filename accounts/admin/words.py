"""The permissions in plain words, for those who grant them."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import permissions as may
from accounts.permissions import Permission

SHORT = {
    may.ACCEPT: _("Answer"),
    may.VIEW: pgettext_lazy("right", "Read"),
    may.PULL: _("Pull"),
    may.ASSIGN: _("Assign"),
    may.PARK: _("Park"),
    may.TRANSFER: _("Transfer to it"),
    may.MANAGE_MEMBERS: _("Manage members"),
    may.REPLY_PUBLIC: _("Reply in public"),
    may.REPLY_PRIVATE: _("Reply in private"),
    may.RECEIVE: _("Push messages in"),
    may.GO_ON_QUEUE: _("Go on queue"),
}
MEANING = {
    may.ACCEPT: _("Be offered its interactions, and answer them"),
    may.VIEW: _("Read its interactions"),
    may.PULL: _("Take a waiting interaction out of turn"),
    may.ASSIGN: _("Give an interaction to an agent"),
    may.PARK: _("Put an interaction aside for later"),
    may.TRANSFER: _("Transfer interactions into this queue"),
    may.MANAGE_MEMBERS: _("Choose who works in the queue"),
    may.REPLY_PUBLIC: _("Answer where everybody can read it"),
    may.REPLY_PRIVATE: _("Answer by direct message"),
    may.RECEIVE: _("For machines: bring messages and receipts into this channel"),
    may.GO_ON_QUEUE: _("Go on queue and take work"),
}
ENTITIES = {
    "Queue": _("Queues"),
    "WrapupCode": _("Wrap-up codes"),
    "Skill": _("Skills and agents' capacity"),
    "Library": _("Libraries of canned responses"),
    "Response": _("Canned responses"),
    "Topic": _("Topics"),
    "IngestionRule": _("Ingestion rules"),
    "EscalationRule": _("Escalation rules"),
    "Integration": _("Channels and delivery"),
    "Contact": _("Customers"),
}
ACTIONS = {"View": _("View"), "Add": _("Add"), "Edit": _("Edit"), "Delete": _("Delete")}


def short(right: Permission) -> object:
    """A right in a word or two."""
    return SHORT.get(right) or ACTIONS.get(right.action, right.action)


def meaning(right: Permission) -> object:
    """What a right lets one do."""
    return MEANING.get(right) or f"{ENTITIES.get(right.entity, right.entity)}: {ACTIONS.get(right.action)}"
