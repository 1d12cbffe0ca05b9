"""Inbound payloads: what platforms brought, what is in quarantine, and processing it again."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.admin.base import ByTable, RunningAdmin
from accounts.admin.buttons import button
from accounts.admin.coloured import Coloured, coloured
from accounts.permissions import VIEW, allowed
from delivery.models import InboundPayload, PayloadState
from delivery.receiving import process_again
from socialcare.errors import Conflict

COLOURS = {PayloadState.STORED: "warning", PayloadState.PROCESSED: "success", PayloadState.QUARANTINED: "danger"}
SHOWN = 20_000


@admin.register(InboundPayload)
class PayloadAdmin(ByTable, RunningAdmin):
    """What a platform brought, byte for byte. What could not be understood is in quarantine and holds up nothing."""

    domain, entity = "Messaging", "Integration"
    list_display = ("received_at", "in_state", "inbox", "attempts", "what")
    list_filter = ("state", "inbox")
    list_select_related = ("inbox__queue",)
    ordering = ("-received_at",)
    buttons = ("process_again",)
    actions = ("process_chosen",)
    fieldsets = (
        (None, {"fields": (("in_state", "inbox"), ("received_at", "attempts"), "error")}),
        (_("What came in"), {"fields": ("content",)}),
    )
    readonly_fields = ("in_state", "content")
    has_change_permission = RunningAdmin.has_change_permission
    has_add_permission = RunningAdmin.has_add_permission
    has_delete_permission = RunningAdmin.has_delete_permission

    def has_process_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may edit channels may process again."""
        return self.may(request, "Edit")

    may_press = has_process_permission

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundPayload]:
        """Without the bodies: the page of one loads its own."""
        return super().get_queryset(request).select_related("inbox__queue").defer("body", "headers")  # type: ignore[no-any-return]

    def get_fieldsets(self, request: HttpRequest, obj: InboundPayload | None = None) -> Any:
        """The content is a customer's words: for those who may read the queue's interactions."""
        readable = obj and allowed(request.user, VIEW, obj.inbox.queue)
        return self.fieldsets if readable else self.fieldsets[:1]

    def get_actions(self, request: HttpRequest) -> Any:
        """Only processing again."""
        return {name: each for name, each in super().get_actions(request).items() if name == "process_chosen"}

    @button(_("Process again"), icon="replay", when=lambda payload: payload.state == PayloadState.QUARANTINED)
    def process_again(self, request: HttpRequest, obj: InboundPayload) -> str:
        """Try once more. Raises Conflict with what went wrong."""
        process_again(obj)
        obj.refresh_from_db()
        if obj.state != PayloadState.PROCESSED:
            raise Conflict(_("It failed again: %(error)s") % {"error": Truncator(obj.error).chars(200)})
        return str(_("It has been processed."))

    @admin.action(description=_("Process again"), permissions=["process"])
    def process_chosen(self, request: HttpRequest, queryset: QuerySet[InboundPayload]) -> None:
        """Try several once more."""
        for payload in queryset:
            self.press(request, payload, "process_again")

    @display(description=_("state"), ordering="state", label=COLOURS)
    def in_state(self, payload: InboundPayload) -> Coloured:
        """In colour."""
        return coloured(PayloadState(payload.state))

    @display(description=_("error"))
    def what(self, payload: InboundPayload) -> str:
        """What was wrong with it."""
        return Truncator(payload.error).chars(100) or "–"

    @display(description=_("content"))
    def content(self, payload: InboundPayload) -> str:
        """As text, in lines where it is JSON."""
        return format_html('<pre class="house-code">{}</pre>', Truncator(_readable(bytes(payload.body))).chars(SHOWN))


def _readable(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body.decode("utf-8", "replace")
