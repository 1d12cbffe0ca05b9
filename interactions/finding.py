"""Getting hold of the interaction that a use case is about."""

import uuid

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interactions.models import Interaction
from socialcare.errors import Conflict, NotFound

Id = uuid.UUID | str


def find(user: User, interaction_id: Id, *, lock: bool = False) -> Interaction:
    """The interaction, if `user` may see it; locked until the end of the transaction if asked. Raises NotFound."""
    visible = Interaction.objects.visible_to(user).select_related("queue", "inbox", "customer__contact")
    found = visible.filter(pk=interaction_id).first()
    if not found:
        raise NotFound
    if lock:
        Interaction.objects.select_for_update(no_key=True).get(pk=found.pk)
        found.refresh_from_db(fields=["state", "owner", "queue", "version", "unread", "customer_visibility"])
    return found


def find_own(user: User, interaction_id: Id) -> Interaction:
    """The interaction that `user` works on, locked. Raises NotFound, and Conflict where it is somebody else's."""
    interaction = find(user, interaction_id, lock=True)
    if interaction.owner_id != user.pk:
        raise Conflict(_("This interaction is not with you any more."), code="not.owner")
    return interaction
