"""Part *waiting*: how many wait in the queues I may see, and for how long; by permission what waits, and Pull."""

from typing import Any

from django.db.models import OuterRef, QuerySet

from accounts.models import User
from accounts.permissions import ACCEPT, PULL, VIEW, allowed
from interactions.models import Inbox, Interaction
from queues.models import Queue
from socialcare.panel.counting import BoundedCount, BoundedMin
from socialcare.panel.screen import active
from socialcare.panel.screen.alike import KeptFor
from socialcare.panel.screen.screen import Screen

MOST = 500
"""More than so many in a queue are not counted: "500+" says enough."""
SHOWN = 12
"""How many of those that wait are listed."""


def gather(screen: Screen) -> dict[str, Any]:
    """What the part shows."""
    user, rows = screen.user, counted(screen.user)
    items = next_in(user) if any(row.waiting and allowed(user, VIEW, row) for row in rows) else []  # type: ignore[attr-defined]
    queues = [
        {
            "id": row.pk,
            "name": row.name,
            "waiting": row.waiting,  # type: ignore[attr-defined]
            "more": row.waiting == MOST,  # type: ignore[attr-defined]
            "longest": row.longest,  # type: ignore[attr-defined]
            "may_pull": allowed(user, PULL, row),
            "paused": row.paused,  # type: ignore[attr-defined]
            "items": [
                active.card(item, screen.interaction_id) | {"since": item.queued_at}
                for item in items
                if item.queue_id == row.pk
            ],
        }
        for row in rows
    ]
    longest = [queue["longest"] for queue in queues if queue["longest"]]
    return {
        "queues": queues,
        "total": sum(queue["waiting"] for queue in queues),
        "more": any(queue["more"] for queue in queues),
        "longest": min(longest) if longest else None,
    }


def counted(user: User) -> list[Queue]:
    """The queues this person may see, with how many wait, since when, and which of their channels is paused."""
    return _COUNTED.rows(user)


def next_in(user: User) -> list[Interaction]:
    """The next few that wait in the queues whose interactions this person may read."""
    return _NEXT_IN.rows(user)


def _counted(user: User) -> QuerySet[Queue]:
    waiting = Interaction.objects.filter(queue=OuterRef("pk")).waiting().order_by("rank")
    paused = Inbox.objects.filter(queue=OuterRef("pk"), endpoint__paused_at__isnull=False).order_by("name")
    return Queue.objects.visible_to(user).annotate(
        waiting=BoundedCount(waiting.values("pk")[:MOST]),
        longest=BoundedMin(waiting.values("queued_at")[:MOST], "queued_at"),
        paused=paused.values("name")[:1],
    )


def _next_in(user: User) -> QuerySet[Interaction]:
    rows = Interaction.objects.visible_to(user).waiting().select_related("inbox", "customer__contact")
    return rows.defer("inbox__secrets").order_by("rank")[:SHOWN]


_COUNTED = KeptFor(_counted, VIEW, ACCEPT)
_NEXT_IN = KeptFor(_next_in, VIEW, ACCEPT)
