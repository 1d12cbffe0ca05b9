"""What agents can do, and how well."""

from collections.abc import Mapping

from django.db import transaction

from accounts.models import User
from queues.models import AgentSkill, Skill


def set_skills(user: User, levels: Mapping[Skill, int]) -> None:
    """Give an agent skills or languages at these proficiencies, 0 to 5; what else they have stays."""
    AgentSkill.objects.bulk_create(
        [AgentSkill(user=user, skill=skill, proficiency=level) for skill, level in levels.items()],
        update_conflicts=True,
        unique_fields=["user", "skill"],
        update_fields=["proficiency"],
    )


def replace_skills(user: User, kind: str, levels: Mapping[Skill, int]) -> None:
    """Let an agent have these skills (or, by `kind`, languages) and no others."""
    with transaction.atomic():
        AgentSkill.objects.filter(user=user, skill__kind=kind).exclude(skill__in=levels).delete()
        set_skills(user, levels)
