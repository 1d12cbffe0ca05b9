"""The demo's queues, channels and wrap-up codes."""

from dataclasses import dataclass

from accounts.models import User
from interactions.models import Inbox
from queues.models import AfterContactWork, LastAgentMode, Queue, QueueMember, WrapUpCode

MEMBERS = {"Social Care": ("alice", "bob", "sam"), "VIP": ("alice", "sam")}
WRAP_UP_CODES = ("Answered", "Refund", "Replacement sent", "Follow-up needed", "Complaint", "Praise", "Spam")


@dataclass(frozen=True)
class House:
    """What the rest of the demo data refers to."""

    care: Queue
    vip: Queue
    practice: Inbox
    webhook: Inbox


def make(team: dict[str, User]) -> House:
    """Two queues with their members and codes, and the two channels that work on any machine."""
    care = Queue.objects.create(
        name="Social Care",
        description="Questions and complaints from all networks.",
        alerting_seconds=30,
        acw_mode=AfterContactWork.MANDATORY_TIMEOUT,
        acw_seconds=60,
        acw_extension_seconds=60,
    )
    vip = Queue.objects.create(
        name="VIP",
        description="Customers with a service contract.",
        alerting_seconds=20,
        acw_mode=AfterContactWork.OPTIONAL,
        last_agent_mode=LastAgentMode.QUEUE_MEMBERS_ONLY,
        service_level_percent=90,
        service_level_seconds=10,
    )
    for queue in (care, vip):
        QueueMember.objects.bulk_create(QueueMember(queue=queue, user=team[name]) for name in MEMBERS[queue.name])
    for name in WRAP_UP_CODES:
        WrapUpCode.objects.get_or_create(name=name)[0].queues.add(care, vip)
    practice = Inbox.objects.create(
        name="Practice network", kind="practice", account_id="brand:acme", account_handle="@acme", queue=care
    )
    webhook = Inbox.objects.create(
        name="Open webhook", kind="open", account_id="acme", account_handle="Acme", queue=care
    )
    return House(care, vip, practice, webhook)
