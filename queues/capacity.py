"""How many interactions an agent works on at once."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from queues.models import AgentStatus
from socialcare.errors import Conflict, Invalid
from socialcare.events import publish

AT_MOST = 25


def set_capacity(user: User, capacity: int) -> AgentStatus:
    """Set the number of interactions that `user` takes at once, from 0 to 25. The clock offers into new room.

    Raises Invalid outside these bounds, and Conflict below what the agent is working on now.
    """
    if not 0 <= capacity <= AT_MOST:
        raise Invalid(_("Choose a number from 0 to %(most)s.") % {"most": AT_MOST}, field="capacity")
    with transaction.atomic():
        status = AgentStatus.objects.of(user)
        if not AgentStatus.objects.filter(user=user, load__lte=capacity).update(capacity=capacity):
            status.refresh_from_db()
            words = _("%(agent)s is working on %(load)s now; the capacity cannot be lower than that.")
            raise Conflict(words % {"agent": user, "load": status.load}, field="capacity", code="capacity.below.load")
        publish(status, "me")
    status.refresh_from_db()
    return status
