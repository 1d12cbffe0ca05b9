"""One of each thing that the API has an address for, by the name of the parameter in the address."""

from accounts.models import User
from accounts.roles import AGENT, group_of
from interactions.models import Inbox, Upload
from interactions.uploading import address
from queues.skills import set_skills
from socialcare.api.live.channels import make
from socialcare.api.people import id_of
from socialcare.api.tokens import checksum_of
from tests.api.conftest import token_of
from tests.factories import (
    CannedResponseFactory,
    EscalationRuleFactory,
    IngestionRuleFactory,
    QueueMemberFactory,
    SkillFactory,
    WrapUpCodeFactory,
)
from tests.scene import connected


def known_ids(user: User, inbox: Inbox) -> dict[str, list[str]]:
    """The ids."""
    skill, code = SkillFactory(), WrapUpCodeFactory()
    set_skills(user, {skill: 3})
    inbox.queue.wrap_up_codes.add(code)
    QueueMemberFactory(queue=inbox.queue, user=user)
    rule = IngestionRuleFactory(inbox=inbox)
    work = connected(user, inbox)
    response = CannedResponseFactory()
    part = str(work.handlings.get().pk)
    upload = Upload.objects.create(interaction=work, agent=user, name="a.png")
    return {
        "conversation_id": [str(work.pk)],
        "participant_id": [part],
        "communication_id": [part],
        "media_id": [str(upload.pk)],
        "word": [address(upload)],
        "message_id": [str(work.messages.get().pk)],
        "topic_id": [str(rule.topic_id)],
        "platform": [rule.platform],
        "rule_id": [str(rule.pk)],
        "version": [str(rule.version)],
        "escalation_rule_id": [str(EscalationRuleFactory().pk)],
        "skill_id": [str(skill.pk)],
        "code_id": [str(code.pk)],
        "group_id": [str(id_of(group_of(AGENT)))],
        "user_id": [str(user.pk)],
        "queue_id": [str(inbox.queue_id)],
        "integration_id": [str(inbox.pk)],
        "channel_id": [str(make(user, checksum_of(token_of(user))).pk)],
        "library_id": [str(response.library_id)],
        "response_id": [str(response.pk)],
        "contact_id": [str(work.customer.contact_id)],
    }
