"""The running state: interactions, messages, offers, handlings. To look at; the panel is where work is done."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.admin.base import ReadOnlyRows, RunningAdmin, link_to
from accounts.admin.coloured import Coloured, coloured
from interactions.models import Handling, Interaction, Message, MessageStatus, Offer, OfferState, State
from queues.models import Queue

STATE_COLOURS = {
    State.WAITING: "warning",
    State.ALERTING: "info",
    State.CONNECTED: "success",
    State.PARKED: "default",
    State.WRAP_UP: "primary",
    State.ENDED: "default",
}
STATUS_COLOURS = {
    **dict.fromkeys(MessageStatus, "default"),
    MessageStatus.FAILED: "danger",
    MessageStatus.UNDELIVERED: "danger",
    MessageStatus.QUEUED: "warning",
    **dict.fromkeys((MessageStatus.PUBLISHED, MessageStatus.DELIVERED, MessageStatus.READ), "success"),
}
OFFER_COLOURS = {
    **dict.fromkeys(OfferState, "default"),
    OfferState.OPEN: "info",
    OfferState.ACCEPTED: "success",
    OfferState.DECLINED: "danger",
    OfferState.EXPIRED: "danger",
}


class OfVisible(RunningAdmin):
    """Only what the person may read in the panel as well."""

    interaction = "interaction"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may read the interactions of some queue; which, decides the queryset."""
        return Queue.objects.visible_to(request.user).exists()

    has_module_permission = has_view_permission

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those of the interactions that the person may see."""
        found = super().get_queryset(request)
        if getattr(request.user, "is_superuser", False):
            return found  # type: ignore[no-any-return]
        return found.filter(**{f"{self.interaction}__in": Interaction.objects.visible_to(request.user)})  # type: ignore[no-any-return]


class MessageRows(ReadOnlyRows):
    """What was said."""

    model = Message
    fields = readonly_fields = ("created_at", "direction", "visibility", "author", "agent", "text", "status", "reason")
    ordering = ("created_at",)
    per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """With their authors."""
        return super().get_queryset(request).select_related("author", "agent")  # type: ignore[no-any-return]


class OfferRows(ReadOnlyRows):
    """To whom it was offered."""

    model = Offer
    fields = readonly_fields = ("made_at", "agent", "queue", "state", "deadline", "closed_at")
    ordering = ("made_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Offer]:
        """With agents and queues."""
        return super().get_queryset(request).select_related("agent", "queue")  # type: ignore[no-any-return]


class HandlingRows(ReadOnlyRows):
    """Who worked on it."""

    model = Handling
    fields = readonly_fields = ("started_at", "agent", "queue", "ended_at", "ended_by", "code", "wrapped_up_at")
    ordering = ("started_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Handling]:
        """With agents, queues and codes."""
        return super().get_queryset(request).select_related("agent", "queue", "code")  # type: ignore[no-any-return]


@admin.register(Interaction)
class InteractionAdmin(OfVisible):
    """One conversation with one customer."""

    interaction = "pk"
    list_display = ("customer", "in_state", "queue", "inbox", "owner", "unread", "beginning", "last_message_at")
    list_filter = ("state", "queue", "inbox", "owner")
    list_select_related = ("customer", "queue", "inbox", "owner")
    search_fields = ("=id", "^customer__name", "^customer__handle")
    search_help_text = _("How the customer's name or handle begins, or the interaction's id.")
    ordering = ("-last_message_at",)
    inlines = (MessageRows, OfferRows, HandlingRows)
    readonly_fields = ("in_state",)
    fieldsets = (
        (None, {"fields": (("customer", "inbox"), ("in_state", "owner"), ("queue", "priority"), "subject")}),
        (
            _("Routing"),
            {"fields": (("queued_at", "last_agent"), ("skills", "wrap_up_code"))},
        ),
        (
            _("Times"),
            {"fields": (("started_at", "answered_at"), ("replied_at", "last_message_at"), ("parked_at", "ended_at"))},
        ),
    )

    @display(description=_("state"), ordering="state", label=STATE_COLOURS)
    def in_state(self, interaction: Interaction) -> Coloured:
        """In colour."""
        return coloured(State(interaction.state))

    @display(description=_("text"))
    def beginning(self, interaction: Interaction) -> str:
        """How the last message begins."""
        return Truncator(interaction.preview).chars(60) or "–"


class OfInteraction(OfVisible):
    """Rows of interactions, the latest conversations first; each leads to its interaction."""

    search_fields = ("=interaction__id", "=id")
    search_help_text = _("An id: of the interaction, or its own.")

    @display(description=_("interaction"))
    def conversation(self, row: Any) -> str:
        """A link to it."""
        return link_to(row.interaction, row.interaction.customer)


@admin.register(Message)
class MessageAdmin(OfInteraction):
    """One post or private message."""

    list_display = ("created_at", "conversation", "direction", "visibility", "beginning", "in_status", "trouble")
    list_filter = ("status", "direction", "visibility", "inbox")
    list_select_related = ("interaction__customer", "interaction__inbox")
    ordering = ("-interaction__last_message_at", "-created_at")
    fieldsets = (
        (
            None,
            {"fields": (("conversation", "inbox"), ("direction", "visibility"), ("author", "agent"), "text")},
        ),
        (_("Delivery"), {"fields": (("in_status", "trouble"), ("reason", "retry_at"), "detail")}),
        (
            _("On the platform"),
            {"fields": ("url", ("external_id", "thread"), ("sent_at", "created_at"), ("edited_at", "removed_at"))},
        ),
    )
    readonly_fields = ("conversation", "in_status")

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def in_status(self, message: Message) -> Coloured:
        """In colour."""
        return coloured(MessageStatus(message.status))

    @display(description=_("text"))
    def beginning(self, message: Message) -> str:
        """How it begins."""
        return Truncator(message.text).chars(80) or "–"


@admin.register(Offer)
class OfferAdmin(OfInteraction):
    """An interaction was offered to one agent."""

    list_display = ("made_at", "conversation", "agent", "queue", "in_state", "closed_at")
    list_filter = ("state", "queue", "agent")
    list_select_related = ("interaction__customer", "interaction__inbox", "agent", "queue")
    ordering = ("-interaction__last_message_at", "-made_at")
    fields = (("conversation", "agent"), ("queue", "in_state"), ("made_at", "deadline"), "closed_at")
    readonly_fields = ("conversation", "in_state")

    @display(description=_("state"), ordering="state", label=OFFER_COLOURS)
    def in_state(self, offer: Offer) -> Coloured:
        """In colour."""
        return coloured(OfferState(offer.state))


@admin.register(Handling)
class HandlingAdmin(OfInteraction):
    """One agent's stretch of work on an interaction."""

    list_display = ("started_at", "conversation", "agent", "queue", "ended_at", "ended_by", "code", "wrapped_up_at")
    list_filter = ("queue", "agent", "code", "ended_by")
    list_select_related = ("interaction__customer", "interaction__inbox", "agent", "queue", "code")
    ordering = ("-interaction__last_message_at", "-started_at")
    fieldsets = (
        (None, {"fields": (("conversation", "agent"), ("queue", "ended_by"), ("started_at", "ended_at"))}),
        (
            _("After-contact work"),
            {"fields": (("acw_mode", "code"), ("acw_deadline", "wrapped_up_at"), "notes", "labels")},
        ),
    )
    readonly_fields = ("conversation", "labels")

    @display(description=_("tags"))
    def labels(self, handling: Handling) -> str:
        """One after the other."""
        return ", ".join(handling.tags) or "–"
