"""One of each thing that the API has an address for, by the name of the parameter in the address."""

from accounts.models import User
from accounts.roles import AGENT, group_of
from interactions.models import Inbox, Upload
from interactions.uploading import address
from queues.models import Presence
from queues.skills import set_skills
from socialcare.api.live.channels import make
from socialcare.api.people import id_of
from socialcare.api.tokens import checksum_of
from socialcare.api.users import presence_id
from socialcare.api.wire import HOME
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
        "conversationId": [str(work.pk)],
        "participantId": [part],
        "communicationId": [part],
        "mediaId": [str(upload.pk)],
        "word": [address(upload)],
        "messageId": [str(work.messages.get().pk)],
        "topicId": [str(rule.topic_id)],
        "platform": [rule.platform],
        "ruleId": [str(rule.pk)],
        "version": [str(rule.version)],
        "escalationRuleId": [str(EscalationRuleFactory().pk)],
        "skillId": [str(skill.pk)],
        "codeId": [str(code.pk)],
        "groupId": [str(id_of(group_of(AGENT)))],
        "userId": [str(user.pk)],
        "queueId": [str(inbox.queue_id)],
        "integrationId": [str(inbox.pk)],
        "channelId": [str(make(user, checksum_of(token_of(user))).pk)],
        "libraryId": [str(response.library_id)],
        "responseId": [str(response.pk)],
        "divisionId": [HOME["id"]],
        "definitionId": [str(presence_id(Presence.AVAILABLE))],
        "contactId": [str(work.customer.contact_id)],
    }
