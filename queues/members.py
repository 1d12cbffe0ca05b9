"""Who works in a queue."""

import uuid
from collections.abc import Collection, Mapping

from django.db import transaction

from accounts.models import User
from accounts.rights import rights_changed
from queues.models import AgentStatus, Queue, QueueMember
from socialcare.errors import NotFound


def add_members(queue: Queue, people: Collection[User]) -> None:
    """Let people work in a queue, however many, in the same number of statements; who does already stays as they are.

    They are agents from now on.
    """
    with transaction.atomic():
        QueueMember.objects.bulk_create(
            [QueueMember(queue=queue, user=person) for person in people], ignore_conflicts=True
        )
        AgentStatus.objects.bulk_create([AgentStatus(user=person) for person in people], ignore_conflicts=True)
        rights_changed()


def remove_members(queue: Queue, people: Collection[uuid.UUID]) -> int:
    """Offer people nothing more from a queue; what they have from it stays with them. Gives how many worked there."""
    removed, _kinds = QueueMember.objects.filter(queue=queue, user__in=people).delete()
    return removed


def set_joined(queue: Queue, joined: Mapping[uuid.UUID, bool]) -> None:
    """Say which members take work from the queue. Raises NotFound, changing nothing, where one is no member."""
    members = QueueMember.objects.filter(queue=queue)
    with transaction.atomic():
        if members.filter(user__in=joined).count() != len(joined):
            raise NotFound
        for wanted in (True, False):
            members.filter(user__in=[who for who, how in joined.items() if how is wanted]).update(joined=wanted)
        rights_changed()
