"""Changing by what a waiting interaction is routed: its priority, its skills, its language."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import ASSIGN, require
from interactions.finding import Id, find_locked
from interactions.intake import set_needs
from interactions.models import Interaction, State
from interactions.queueing import wake_routing
from interactions.screens import show_thread
from queues.models import Skill
from socialcare.errors import Conflict, Invalid


def route_anew(
    user: User,
    interaction_id: Id,
    *,
    priority: int | None = None,
    skill_ids: Sequence[Id] | None = None,
    language_id: Id | None = None,
) -> Interaction:
    """Write what is given, leave what is not, and look for an agent again.

    Raises NotFound, NotPermitted (Conversation > Message > Assign), Invalid for a skill or language that there is not,
    and Conflict where the interaction waits no more.
    """
    with transaction.atomic():
        interaction = find_locked(user, interaction_id)
        require(user, ASSIGN, interaction.queue)
        if interaction.state not in (State.WAITING, State.ALERTING):
            raise Conflict(_("This can be changed only while it waits."), code="not.waiting")
        if skill_ids is not None or language_id is not None:
            set_needs(interaction, _needs(interaction, skill_ids, language_id))
        if priority is not None:
            interaction.priority = priority
            # The rank follows from it
            interaction.save(update_fields=["priority", "rank"])
        show_thread(interaction, "head", "context")
        wake_routing(interaction.queue_id)
    return interaction


def _needs(interaction: Interaction, skill_ids: Sequence[Id] | None, language_id: Id | None) -> list[Skill]:
    known = list(interaction.skills.all())
    skills = [each for each in known if each.kind == Skill.Kind.SKILL]
    languages = [each for each in known if each.kind == Skill.Kind.LANGUAGE]
    if skill_ids is not None:
        skills = _find(set(skill_ids), Skill.Kind.SKILL, "skills")
    if language_id is not None:
        languages = _find({language_id}, Skill.Kind.LANGUAGE, "language")
    return skills + languages


def _find(ids: set[Id], kind: str, field: str) -> list[Skill]:
    found = list(Skill.objects.filter(kind=kind, pk__in=ids))
    if len(found) < len(ids):
        raise Invalid(_("This skill is not there any more."), field=field)
    return found
