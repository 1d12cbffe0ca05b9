"""Channels: the brand's accounts on platforms."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.admin.base import ByTable, HouseAdmin
from accounts.admin.buttons import button
from accounts.admin.grants import GrantsAdmin
from delivery.admin.addresses import inbound_addresses
from delivery.admin.channel_forms import columns, field_names, form_for
from delivery.connectors import connector_class, connector_kinds
from delivery.pausing import paused_since, resume
from delivery.rotating import has_older_secret, retire_older_secret
from delivery.trying import try_connection
from interactions.models import Inbox


def kinds_to_add() -> dict[str, Any]:
    """The kinds of channel that can be added here, by name."""
    found = {kind: connector.label for kind, connector in connector_kinds().items()}
    if not settings.PRACTICE_NETWORK:
        found.pop("practice", None)
    return found


@admin.register(Inbox)
class ChannelAdmin(GrantsAdmin, ByTable, HouseAdmin):
    """One account on one platform. The kind is chosen first; then the form asks for what this platform needs."""

    domain, entity = "Messaging", "Integration"
    list_display = ("name", "platform", "account_handle", "queue", "state", "is_active")
    list_filter = ("kind", "is_active", "queue")
    list_select_related = ("queue", "endpoint")
    search_fields = ("name", "account_handle", "account_id")
    ordering = ("name",)
    autocomplete_fields = ("queue", "skills")
    buttons = ("test_connection", "resume", "retire_secret")
    actions = ("test_connections",)
    _where = (
        _("Where its messages go"),
        {
            "fields": (("queue", "priority"), "skills", "reopen_hours"),
            "description": _(
                "Every new conversation waits in this queue, with this priority, for an agent with these skills."
            ),
        },
    )
    _out = (_("What goes out"), {"fields": ("media_types", "text_limit")})

    # ------------------------------------------------------------ the kind comes first

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask for the kind; then show its form."""
        kinds = kinds_to_add()
        if request.GET.get("kind") in kinds:
            titled = {"title": _("Add a channel: %(kind)s") % {"kind": kinds[request.GET["kind"]]}}
            return super().add_view(request, form_url, {**titled, **(extra_context or {})})  # type: ignore[no-any-return]
        if not self.has_add_permission(request):
            raise PermissionDenied
        shown = {"title": _("Add a channel"), "kinds": kinds, "opts": self.opts}
        return TemplateResponse(
            request, "administration/kinds.html", {**self.admin_site.each_context(request), **shown}
        )

    def get_form(self, request: HttpRequest, obj: Inbox | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form of this kind."""
        return super().get_form(request, obj, change, **{"form": form_for(self._kind(request, obj)), **kwargs})

    def get_fieldsets(self, request: HttpRequest, obj: Inbox | None = None) -> Any:
        """What every channel has around what its platform asks for; no settings for those who may only look."""
        may_change = self.has_change_permission(request, obj) if obj else True
        kind = self._kind(request, obj)
        own = field_names(kind, obj.secrets if obj else {}) if may_change else []
        general = ("name", "is_active", ("account_handle", "account_id"))
        return (
            (None, {"fields": (*general, "trouble_since") if obj and obj.trouble else general}),
            *(((connector_class(kind).label, {"fields": own}),) if own else ()),
            *(
                ((_("Addresses for your system"), {"fields": ("addresses",)}),)
                if obj and inbound_addresses(obj)
                else ()
            ),
            self._where,
            self._out,
            self.grants_fieldset,
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Inbox | None = None) -> tuple[str, ...]:
        """What is shown, not typed."""
        return ("trouble_since", "addresses")

    def changed_fields(self, form: Any) -> set[str]:
        """The platform's own settings are kept together, and so are its secrets."""
        known = {field.name for field in self.opts.concrete_fields}
        return columns(form.changed_data) & known

    # ------------------------------------------------------------ testing

    @button(_("Test connection"), icon="cable")
    def test_connection(self, request: HttpRequest, obj: Inbox) -> str:
        """Ask the platform."""
        return f"{obj}: {try_connection(obj)}"

    @admin.action(description=_("Test connection"), permissions=["change"])
    def test_connections(self, request: HttpRequest, queryset: QuerySet[Inbox]) -> None:
        """Ask the platforms of several."""
        for inbox in queryset:
            self.press(request, inbox, "test_connection")

    @button(_("Resume"), icon="play_arrow", when=lambda inbox: bool(paused_since(inbox)))
    def resume(self, request: HttpRequest, obj: Inbox) -> str:
        """Let out what waits."""
        resume(obj)
        return str(_("What waited is being sent."))

    @button(_("Retire the older secret"), icon="key_off", when=has_older_secret)
    def retire_secret(self, request: HttpRequest, obj: Inbox) -> str:
        """End the time in which two are good."""
        retire_older_secret(obj)
        return str(_("Only the newest secret is good now."))

    def notice(self, request: HttpRequest, obj: Any) -> Any:
        """What is wrong with it, if something is."""
        if since := paused_since(obj):
            words = _("Paused since %(time)s: its address keeps failing. What is to be sent waits; we go on trying.")
            return words % {"time": date_format(timezone.localtime(since), "SHORT_DATETIME_FORMAT")}
        if obj.trouble:
            return _("The platform has refused this account: %(words)s") % {"words": obj.trouble}
        if not obj.is_active:
            return _("Not active: nothing is received or sent.")
        if has_older_secret(obj):
            return _("Two signing secrets are good. Retire the older one once your system uses the newest.")
        return _("No trouble known.")

    # ------------------------------------------------------------ columns

    @display(description=_("platform"), ordering="kind")
    def platform(self, inbox: Inbox) -> str:
        """The kind, as people call it."""
        return str(connector_class(inbox.kind).label)

    @display(description=_("state"), label={"trouble": "danger", "good": "success", "off": "default"})
    def state(self, inbox: Inbox) -> tuple[str, Any]:
        """Whether it works, as far as we know."""
        if inbox.trouble:
            return "trouble", _("Refused")
        if paused_since(inbox):
            return "trouble", _("Paused")
        return ("good", _("No trouble")) if inbox.is_active else ("off", _("Off"))

    @display(description=_("trouble since"))
    def trouble_since(self, inbox: Inbox) -> Any:
        """When the platform first refused the account."""
        return inbox.trouble_at

    @display(description=_("addresses"))
    def addresses(self, inbox: Inbox) -> str:
        """Where another system brings messages, ready to copy."""
        return render_to_string("administration/addresses.html", {"addresses": inbound_addresses(inbox)})

    def _kind(self, request: HttpRequest, obj: Inbox | None) -> str:
        return obj.kind if obj else request.GET.get("kind", "")
