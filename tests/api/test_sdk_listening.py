"""Listening, configured and fed through the public SDK against the running product."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.conftest import sdk_client

if TYPE_CHECKING:
    from tests.product import Product

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]
sdk = pytest.importorskip("PureCloudPlatformClientV2")


@pytest.fixture(scope="module")
def social(live_product: "Product") -> Any:
    return sdk.SocialMediaApi(sdk_client(live_product, "admin"))


@pytest.fixture(scope="module")
def conversations(live_product: "Product") -> Any:
    return sdk.ConversationsApi(sdk_client(live_product, "admin"))


@pytest.fixture(scope="module")
def integration(conversations: Any) -> str:
    found = conversations.get_conversations_messaging_integrations_open()
    return str(found.entities[0].id)


def known(*answers: Any) -> None:
    for answer in answers:
        assert "outdated_sdk_version" not in str(answer).lower(), answer


def message(number: int, text: str) -> Any:
    found = sdk.OpenSocialMediaNormalizedMessage()
    found.type, found.text = "Text", text
    found.channel = sdk.OpenSocialMediaChannel()
    found.channel.platform, found.channel.type, found.channel.message_id = "Open", "Public", f"sdk-{number}"
    sender = sdk.OpenSocialMediaRecipient()
    sender.id, sender.id_type, sender.nickname = f"sdk-customer-{number}", "Opaque", f"Customer {number}"
    found.channel.pcFrom = sender
    found.channel.public_metadata = sdk.OpenSocialMediaPublicMetadata()
    found.channel.public_metadata.url = f"https://forum.example/{number}"
    return found


def test_topics_rules_posts_and_escalations(social: Any, integration: str) -> None:
    body = sdk.SocialTopicRequest()
    body.name, body.description, body.division_id = "Trains", "Late ones", "home"
    topic = social.post_socialmedia_topics(body=body)
    patch = sdk.SocialTopicPatchRequest()
    patch.description = "All of them"
    assert social.patch_socialmedia_topic(topic.id, body=patch).description == "All of them"

    rule_body = sdk.OpenDataIngestionRuleRequest()
    rule_body.name = "Forum"
    rule = social.post_socialmedia_topic_dataingestionrules_open(topic.id, body=rule_body)
    x_body = sdk.TwitterDataIngestionRuleRequest()
    x_body.name, x_body.search_terms, x_body.countries = "X", "trains", ["FR"]
    on_x = social.post_socialmedia_topic_dataingestionrules_twitter(topic.id, body=x_body)
    assert (rule.status, on_x.status, on_x.search_terms, on_x.countries) == ("Active", "Pending", "trains", ["FR"])
    assert on_x.ingestion_rule_info.message
    rule_body.name = "The forum"
    changed = social.put_socialmedia_topic_dataingestionrules_open_open_id(topic.id, rule.id, body=rule_body)
    versions = social.get_socialmedia_topic_dataingestionrules_open_open_id_versions(topic.id, rule.id)
    first = social.get_socialmedia_topic_dataingestionrules_open_open_id_version(topic.id, rule.id, "1")
    assert ([each.version for each in versions.entities], first.name, changed.version) == ([2, 1], "Forum", 2)
    listed = social.get_socialmedia_topics(name="train", ids=[topic.id])
    [metadata] = [each for each in listed.entities[0].data_ingestion_rules_metadata if each.platform == "Open"]
    assert (listed.total, metadata.total_count, metadata.count_by_status) == (1, 1, {"Active": 1})
    all_rules = social.get_socialmedia_topic_dataingestionrules(topic.id)
    assert all_rules.total == 2

    escalation_body = sdk.EscalationRuleRequest()
    escalation_body.name, escalation_body.priority, escalation_body.division_id = "Late ones", 1, "home"
    escalation_body.match_criteria = '{"predicates": [{"dimension": "text", "operator": "matches", "value": "late"}]}'
    escalation_body.status = "Active"
    target = sdk.EscalationTarget()
    target.target_type, target.destination = "Conversation", "OverrideIntegration"
    target.override = sdk.OverrideEscalationTarget()
    target.override.integration_id = integration
    escalation_body.open_escalation = target
    escalation = social.post_socialmedia_escalationrules(body=escalation_body)
    assert escalation.open_escalation.override.integration_id == integration
    assert social.get_socialmedia_escalationrules("home").total >= 1

    messages = [message(1, "The train is late"), message(2, "A fine train")]
    captured = social.post_socialmedia_topic_dataingestionrules_open_rule_id_messages_bulk(topic.id, rule.id, messages)
    late, fine = captured.entities
    assert (late.text, late.channel.pcFrom.id, late.channel.message_id) == (
        "The train is late",
        "sdk-customer-1",
        "sdk-1",
    )

    reactions = sdk.OpenSocialMediaReactionsRequest()
    event = sdk.OpenSocialMediaReactionsNormalizedEvent()
    event.channel = sdk.OpenSocialMediaReactionsChannel()
    event.channel.platform, event.channel.type, event.channel.message_id = "Open", "Public", "sdk-2"
    inner, like = sdk.OpenSocialMediaReactionsEvent(), sdk.ContentReaction()
    like.reaction_type, like.count = "Like", 7
    inner.reactions, event.events = [like], []
    event.events = [inner]
    reactions.events = [event]
    told = social.post_socialmedia_topic_dataingestionrules_open_rule_id_reactions_bulk(topic.id, rule.id, reactions)
    assert told.entities[0].events[0].reactions[0].count == 7

    by_hand = sdk.ManualEscalationRequest()
    by_hand.social_media_normalized_message_id, by_hand.escalation_target = fine.id, target
    done = social.post_socialmedia_escalations_messages("home", body=by_hand)
    again = social.post_socialmedia_escalations_messages("home", body=by_hand)
    by_hand.social_media_normalized_message_id = late.id
    before = social.post_socialmedia_escalations_messages("home", body=by_hand)
    statuses = [each.escalation_status for each in (done, again, before)]
    assert statuses == ["Manual", "PreviouslyEscalated", "PreviouslyEscalated"]
    assert done.conversation_normalized_message_id

    known(topic, rule, on_x, changed, versions, first, listed, all_rules, escalation, captured, told, done, before)

    pause = sdk.DataIngestionRuleStatusPatchRequest()
    pause.status = "Paused"
    paused = social.patch_socialmedia_topic_dataingestionrules_open_open_id(topic.id, rule.id, body=pause)
    assert paused.status == "Paused"
    escalation_body.status = "Paused"
    assert social.put_socialmedia_escalationrule(escalation.id, body=escalation_body).status == "Paused"
    social.delete_socialmedia_escalationrule(escalation.id)
    social.delete_socialmedia_topic_dataingestionrules_open_open_id(topic.id, rule.id)
    social.delete_socialmedia_topic(topic.id)
    deleted = social.get_socialmedia_topic(topic.id, include_deleted=True)
    assert deleted.status == "Deleted"
    known(paused, deleted)
    with pytest.raises(sdk.rest.ApiException) as refused:
        social.get_socialmedia_topic(topic.id)
    assert refused.value.status == 404
