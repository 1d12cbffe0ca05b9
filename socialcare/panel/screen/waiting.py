"""Part *waiting*: how many wait in the queues I may see, and for how long; by permission what waits, and Pull."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from accounts.permissions import PULL, VIEW, objects_for
from interactions.models import Inbox, Interaction
from queues.models import Queue
from socialcare.panel.counting import BoundedCount, BoundedMin
from socialcare.panel.screen import active
from socialcare.panel.screen.screen import Screen

MOST = 500
"""More than so many in a queue are not counted: "500+" says enough."""
SHOWN = 12
"""How many of those that wait are listed."""


def gather(screen: Screen) -> dict[str, Any]:
    """What the part shows."""
    rows = list(counted(screen.user))
    items = list(next_in(screen)) if any(row.may_view and row.waiting for row in rows) else []  # type: ignore[attr-defined]
    queues = [
        {
            "id": row.pk,
            "name": row.name,
            "waiting": row.waiting,  # type: ignore[attr-defined]
            "more": row.waiting == MOST,  # type: ignore[attr-defined]
            "longest": row.longest,  # type: ignore[attr-defined]
            "may_pull": row.may_pull,  # type: ignore[attr-defined]
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


def counted(user: User) -> QuerySet[Queue]:
    """The queues this person may see, with how many wait, since when, and what the person may do about it."""
    waiting = Interaction.objects.filter(queue=OuterRef("pk")).waiting().order_by("rank")
    paused = Inbox.objects.filter(queue=OuterRef("pk"), endpoint__paused_at__isnull=False).order_by("name")
    return Queue.objects.visible_to(user).annotate(
        waiting=BoundedCount(waiting.values("pk")[:MOST]),
        longest=BoundedMin(waiting.values("queued_at")[:MOST], "queued_at"),
        may_pull=Exists(objects_for(user, PULL, Queue).filter(pk=OuterRef("pk"))),
        paused=paused.values("name")[:1],
        may_view=Exists(objects_for(user, VIEW, Queue).filter(pk=OuterRef("pk"))),
    )


def next_in(screen: Screen) -> QuerySet[Interaction]:
    """The next few that wait in the queues whose interactions this person may read."""
    rows = Interaction.objects.visible_to(screen.user).waiting()
    return rows.select_related("inbox", "customer__contact").order_by("rank")[:SHOWN]
