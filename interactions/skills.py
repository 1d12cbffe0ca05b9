"""A skill is deleted: what waits asks for it no more, or nobody could ever be found for it."""

from typing import Any

from interactions.models import Interaction, State
from queues.models import Skill


def forget_skill(instance: Skill, **_: Any) -> None:
    """Take a skill from the needs of all that is not ended. Good as a receiver of `pre_delete`."""
    needing = Interaction.objects.exclude(state=State.ENDED).filter(skill_key__contains=str(instance.pk))
    for key in set(needing.values_list("skill_key", flat=True)):
        left = [needed for needed in key.split(",") if needed != str(instance.pk)]
        needing.filter(skill_key=key).update(skill_key=",".join(left))
