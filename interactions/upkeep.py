"""What the clock does every second: all that has come due, whatever was lost on the way."""

from interactions.models import Interaction
from interactions.offers import expire_due, withdraw_from_absent
from interactions.routing import route
from interactions.shifts import return_work_of_absent
from interactions.wrapup import end_overdue
from queues.models import AgentStatus


def keep_up() -> None:
    """Expire offers, take work back from the absent, end overdue wrap-ups, and offer what still waits."""
    expire_due()
    withdraw_from_absent()
    return_work_of_absent()
    end_overdue()
    if AgentStatus.objects.free().exists():
        for queue_id in Interaction.objects.waiting().values_list("queue", flat=True).distinct().order_by():
            route(queue_id)
