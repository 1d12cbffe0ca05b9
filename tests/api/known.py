"""One of each thing that the API has an address for, by the name of the parameter in the address."""

from accounts.models import User
from interactions.models import Inbox


def known_ids(user: User, inbox: Inbox) -> dict[str, list[str]]:
    """The ids."""
    return {
        "user_id": [str(user.pk)],
        "queue_id": [str(inbox.queue_id)],
        "integration_id": [str(inbox.pk)],
    }
