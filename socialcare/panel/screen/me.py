"""Part *me*: who I am, on queue or off, my presence, and the way back from Not Responding."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Theme, User
from accounts.permissions import GO_ON_QUEUE, allowed
from queues.models import AgentStatus, Presence, RoutingStatus
from socialcare.panel.screen.screen import Screen

DOTS = {RoutingStatus.IDLE: "on", RoutingStatus.INTERACTING: "on", RoutingStatus.NOT_RESPONDING: "missed"}


def gather(screen: Screen) -> dict[str, Any]:
    """What the part shows."""
    return {"me": shown(screen.user, screen.status)}


def shown(user: User, status: AgentStatus) -> dict[str, Any]:
    """Of whom this is the same, the part is the same."""
    return {
        "name": user.display_name,
        "staff": user.is_staff,
        "timezone": user.timezone,
        "missed": status.missed,
        "missed_at": status.missed_at,
        "presence": status.presence,
        "on_queue": status.on_queue,
        "dot": DOTS.get(RoutingStatus(status.routing_status), "free" if status.presence == "Available" else "off"),
        "standing": standing(status.presence, status.routing_status),
        "presences": [(value, label) for value, label in Presence.choices if value != Presence.ON_QUEUE],
        "may_go_on_queue": allowed(user, GO_ON_QUEUE),
        "go_on_queue": _("You need the permission “%(permission)s” for this.") % {"permission": GO_ON_QUEUE},
        "switches": [
            {"name": "sound", "label": _("Sound"), "on": user.sound},
            {"name": "notifications", "label": _("Notifications of the browser"), "on": user.notifications},
        ],
        "choices": [
            {
                "name": "language",
                "label": _("Language"),
                "value": user.language,
                "options": [("en", "English"), ("fr", "Français")],
            },
            {"name": "theme", "label": _("Theme"), "value": user.theme, "options": Theme.choices},
        ],
    }


def standing(presence: str, routing_status: str) -> str:
    """One or two words for what an agent is doing: the routing status on queue, the presence off it."""
    if routing_status == RoutingStatus.OFF_QUEUE:
        return str(Presence(presence).label)
    return str(RoutingStatus(routing_status).label)
