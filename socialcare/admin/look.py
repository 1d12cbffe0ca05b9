"""How the administration looks, and its menu: the settings of django-unfold."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def theme(request: HttpRequest) -> str | None:
    """Light or dark as the person has chosen; None lets the device decide."""
    chosen = getattr(request.user, "theme", "auto")
    return chosen if chosen in ("light", "dark") else None


def sees(app: str, model: str) -> Any:
    """Whether a line of the menu is for this person: asks the page itself."""

    def may(request: HttpRequest) -> bool:
        from django.apps import apps
        from django.contrib import admin

        return bool(admin.site.get_model_admin(apps.get_model(app, model)).has_module_permission(request))

    return may


def line(title: Any, icon: str, app: str, model: str) -> dict[str, Any]:
    """One line of the menu."""
    link = reverse_lazy(f"admin:{app}_{model}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": sees(app, model)}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Administration"),
    "SITE_HEADER": _("Administration"),
    "SITE_SYMBOL": "forum",
    "SITE_URL": "/panel/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("panel/icon.svg")}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
    "THEME": theme,
    "STYLES": [lambda request: static("administration/house.css")],
    "SCRIPTS": [lambda request: static("administration/house.js")],
    "DASHBOARD_CALLBACK": "socialcare.admin.overview.show",
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {"title": _("Overview"), "icon": "home", "link": reverse_lazy("admin:index")},
                    {"title": _("Agents' panel"), "icon": "forum", "link": reverse_lazy("panel:home")},
                ],
            },
            {
                "title": _("Work"),
                "separator": True,
                "items": [
                    line(_("Queues"), "stacks", "queues", "queue"),
                    line(_("Agents"), "support_agent", "queues", "agentstatus"),
                    line(_("Skills and languages"), "school", "queues", "skill"),
                    line(_("Wrap-up codes"), "label", "queues", "wrapupcode"),
                    line(_("Canned responses"), "quickreply", "interactions", "cannedlibrary"),
                ],
            },
            {
                "title": _("Channels"),
                "separator": True,
                "items": [
                    line(_("Channels"), "hub", "interactions", "inbox"),
                    line(_("Deliveries"), "outbox", "delivery", "delivery"),
                    line(_("Inbound payloads"), "move_to_inbox", "delivery", "inboundpayload"),
                ],
            },
            {
                "title": _("Listening"),
                "separator": True,
                "items": [
                    line(_("Posts"), "campaign", "delivery", "capturedpost"),
                    line(_("Topics"), "tag", "delivery", "topic"),
                    line(_("Escalation rules"), "filter_alt", "delivery", "escalationrule"),
                ],
            },
            {
                "title": _("People"),
                "separator": True,
                "items": [
                    line(_("People"), "person", "accounts", "user"),
                    line(_("Roles"), "admin_panel_settings", "accounts", "rolegroup"),
                    line(_("Customers"), "contacts", "interactions", "contact"),
                    line(_("API clients"), "smart_toy", "accounts", "apiclient"),
                    line(_("API tokens"), "key", "accounts", "apitoken"),
                ],
            },
            {
                "title": _("Running now"),
                "separator": True,
                "collapsible": True,
                "items": [
                    line(_("Interactions"), "chat", "interactions", "interaction"),
                    line(_("Messages"), "chat_bubble", "interactions", "message"),
                    line(_("Offers"), "notifications_active", "interactions", "offer"),
                    line(_("Handlings"), "timelapse", "interactions", "handling"),
                ],
            },
        ],
    },
}
