"""Part *me*: who I am, on queue or off, my presence, and the way back from Not Responding."""

from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True)
class Me:
    """Facts; of whom these are the same, the part is the same. Their words are found when it is rendered."""

    name: str
    staff: bool
    language: str
    theme: str
    timezone: str
    sound: bool
    notifications: bool
    missed: str
    missed_at: datetime | None
    presence: str
    routing_status: str
    on_queue: bool
    may_go_on_queue: bool

    @property
    def dot(self) -> str:
        """The colour beside the name."""
        free = "free" if self.presence == Presence.AVAILABLE else "off"
        return DOTS.get(RoutingStatus(self.routing_status), free)

    @property
    def standing(self) -> str:
        """One or two words for what I am doing."""
        return standing(self.presence, self.routing_status)

    @property
    def presences(self) -> list[tuple[str, Any]]:
        """What I can say that I am doing."""
        return [(value, label) for value, label in Presence.choices if value != Presence.ON_QUEUE]

    @property
    def go_on_queue(self) -> str:
        """Why I cannot."""
        return _("You need the permission “%(permission)s” for this.") % {"permission": GO_ON_QUEUE}

    @property
    def switches(self) -> list[dict[str, Any]]:
        """Preferences that are on or off."""
        return [
            {"name": "sound", "label": _("Sound"), "on": self.sound},
            {"name": "notifications", "label": _("Notifications of the browser"), "on": self.notifications},
        ]

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Preferences that are one of several."""
        languages = [("en", "English"), ("fr", "Français")]
        return [
            {"name": "language", "label": _("Language"), "value": self.language, "options": languages},
            {"name": "theme", "label": _("Theme"), "value": self.theme, "options": Theme.choices},
        ]


def shown(user: User, status: AgentStatus) -> Me:
    """What the part shows of a person."""
    return Me(
        name=user.display_name,
        staff=user.is_staff,
        language=user.language,
        theme=user.theme,
        timezone=user.timezone,
        sound=user.sound,
        notifications=user.notifications,
        missed=status.missed,
        missed_at=status.missed_at,
        presence=status.presence,
        routing_status=status.routing_status,
        on_queue=status.on_queue,
        may_go_on_queue=allowed(user, GO_ON_QUEUE),
    )


def standing(presence: str, routing_status: str) -> str:
    """One or two words for what an agent is doing: the routing status on queue, the presence off it."""
    if routing_status == RoutingStatus.OFF_QUEUE:
        return str(Presence(presence).label)
    return str(RoutingStatus(routing_status).label)
