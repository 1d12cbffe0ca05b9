"""Deliveries: what goes out, and sending it again."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from accounts.admin.base import ByTable, RunningAdmin, link_to
from accounts.admin.buttons import button
from accounts.admin.coloured import Coloured, coloured
from delivery.models import Delivery, DeliveryState
from delivery.redelivering import may_redeliver, redeliver
from delivery.replying import send_again
from interactions.models import Interaction
from interactions.reasons import Reason
from socialcare.errors import DomainError

COLOURS = {
    **dict.fromkeys(DeliveryState, "default"),
    DeliveryState.SENT: "success",
    DeliveryState.FAILED: "danger",
    DeliveryState.UNCERTAIN: "warning",
    DeliveryState.WAITING: "warning",
    DeliveryState.SENDING: "info",
}


@admin.register(Delivery)
class DeliveryAdmin(ByTable, RunningAdmin):
    """One message on its way to its platform. It cannot be changed; a failed one can be sent again."""

    domain, entity = "Messaging", "Integration"
    list_display = ("created_at", "in_state", "inbox", "customer", "text", "attempts", "why", "finished_at")
    list_filter = ("state", "inbox", "reason")
    list_select_related = ("inbox", "interaction__customer", "message")
    search_fields = ("=interaction__id", "=message__id")
    search_help_text = _("An id: of the interaction, or of the message.")
    ordering = ("-created_at",)
    buttons = ("resend", "redeliver")
    actions = ("resend_chosen",)
    fieldsets = (
        (None, {"fields": (("in_state", "inbox"), ("conversation", "customer"), "text")}),
        (_("Tries"), {"fields": (("attempts", "due_at", "lease_until"), ("created_at", "finished_at"), "log")}),
        (_("What went wrong"), {"fields": ("why", "detail")}),
    )
    readonly_fields = ("in_state", "conversation", "customer", "text", "why", "log")
    has_change_permission = RunningAdmin.has_change_permission
    has_add_permission = RunningAdmin.has_add_permission
    has_delete_permission = RunningAdmin.has_delete_permission

    def has_resend_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may edit channels may send again."""
        return self.may(request, "Edit")

    may_press = has_resend_permission

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Each with whether this person may read what it says."""
        found = super().get_queryset(request)
        if getattr(request.user, "is_superuser", False):
            return found.annotate(readable=Value(True))  # type: ignore[no-any-return]
        visible = Interaction.objects.visible_to(request.user).filter(pk=OuterRef("interaction"))
        return found.annotate(readable=Exists(visible))  # type: ignore[no-any-return]

    def get_list_filter(self, request: HttpRequest) -> Any:
        """As listed."""
        return self.list_filter

    def get_actions(self, request: HttpRequest) -> Any:
        """Only sending again."""
        return {name: each for name, each in super().get_actions(request).items() if name == "resend_chosen"}

    @button(_("Resend"), icon="replay", when=lambda delivery: delivery.message.is_lost)
    def resend(self, request: HttpRequest, obj: Delivery) -> str:
        """Put the message into the outbox once more."""
        send_again(obj.message)
        return str(_("The message is being sent again."))

    @button(_("Redeliver"), icon="send", when=may_redeliver)
    def redeliver(self, request: HttpRequest, obj: Delivery) -> str:
        """Bring it to the webhook again, under the same key."""
        redeliver(obj)
        return str(_("The webhook has taken it again."))

    @admin.action(description=_("Resend"), permissions=["resend"])
    def resend_chosen(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Send several again; those that have not failed are counted, not sent."""
        sent, kept = 0, 0
        for delivery in queryset.select_related("message__interaction__owner"):
            try:
                send_again(delivery.message)
                sent += 1
            except DomainError:
                kept += 1
        if sent:
            self.message_user(request, _sent(sent), "SUCCESS")
        if kept:
            self.message_user(request, _kept(kept), "WARNING")

    def notice(self, request: HttpRequest, obj: Any) -> Any:
        """What to know before pressing."""
        if obj.state == DeliveryState.UNCERTAIN and obj.message.is_lost:
            return _(
                "The line broke while this was sent. Look on the platform whether it is there before you resend it."
            )
        if obj.message.is_lost:
            return _("This message has not arrived, and nobody is trying any more.")
        return ""

    @display(description=_("state"), ordering="state", label=COLOURS)
    def in_state(self, delivery: Delivery) -> Coloured:
        """In colour."""
        return coloured(DeliveryState(delivery.state))

    @display(description=_("customer"))
    def customer(self, delivery: Delivery) -> str:
        """To whom."""
        return str(delivery.interaction.customer)

    @display(description=_("interaction"))
    def conversation(self, delivery: Delivery) -> str:
        """A link to it."""
        return link_to(delivery.interaction)

    @display(description=_("text"))
    def text(self, delivery: Any) -> str:
        """How it begins, for those who may read it in the panel as well."""
        if not delivery.readable:
            return str(_("(not yours to read)"))
        return Truncator(delivery.message.text).chars(80) or str(_("(a file)"))

    @display(description=_("log"))
    def log(self, delivery: Any) -> str:
        """The last tries, the latest first; the answers for those who may read the message as well."""
        tries = [{**each, "at": timezone.localtime(datetime.fromisoformat(each["at"]))} for each in delivery.tries]
        shown = {"tries": tries[::-1], "readable": delivery.readable}
        more = max(delivery.attempts - len(tries), 0) if tries else 0
        return render_to_string("administration/tries.html", {**shown, "more": more})

    @display(description=_("reason"), ordering="reason")
    def why(self, delivery: Delivery) -> str:
        """Why it has not arrived, in words."""
        known = delivery.reason in Reason.values
        return str(Reason(delivery.reason).label) if known else delivery.reason or "–"


def _sent(count: int) -> str:
    words = ngettext("%(count)s message is being sent again.", "%(count)s messages are being sent again.", count)
    return words % {"count": count}


def _kept(count: int) -> str:
    words = ngettext(
        "%(count)s had not failed and was left alone.", "%(count)s had not failed and were left alone.", count
    )
    return words % {"count": count}
