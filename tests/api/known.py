"""One of each thing that the API has an address for, by the name of the parameter in the address."""

from accounts.models import User
from accounts.roles import AGENT, group_of
from interactions.models import Inbox
from queues.skills import set_skills
from socialcare.api.people import id_of
from tests.factories import QueueMemberFactory, SkillFactory, WrapUpCodeFactory


def known_ids(user: User, inbox: Inbox) -> dict[str, list[str]]:
    """The ids."""
    skill, code = SkillFactory(), WrapUpCodeFactory()
    set_skills(user, {skill: 3})
    inbox.queue.wrap_up_codes.add(code)
    QueueMemberFactory(queue=inbox.queue, user=user)
    return {
        "skill_id": [str(skill.pk)],
        "code_id": [str(code.pk)],
        "group_id": [str(id_of(group_of(AGENT)))],
        "user_id": [str(user.pk)],
        "queue_id": [str(inbox.queue_id)],
        "integration_id": [str(inbox.pk)],
    }
