"""Listening over the API: topics, what feeds them, the rules that escalate, and doing so by hand."""

import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.permissions import RECEIVE, Permission
from delivery.listening.models import CapturedPost, EscalationRule, IngestionRule
from interactions.models import Inbox, Interaction, Message
from queues.models import Queue
from tests.api.conftest import Api
from tests.api.test_open_messages import bulk
from tests.factories import (
    EscalationRuleFactory,
    IngestionRuleFactory,
    SkillFactory,
    TopicFactory,
    UserFactory,
    grant,
)

pytestmark = pytest.mark.django_db
TOPICS, RULES = "socialmedia/topics", "socialmedia/escalationrules"
GIVEN = {"language": "en", "sentiment": "negative", "followers": "1200", "verified": "true", "moderationFlag": "rude"}


def message(number: int, **facts: Any) -> dict[str, Any]:
    channel = {
        "type": "Public",
        "messageId": f"p-{number}",
        "from": {"id": f"c-{number}", "nickname": f"Customer {number}"},
        "publicMetadata": {"rootId": "root", "url": f"https://x.example/{number}"},
    }
    return {"channel": channel, "text": f"Post {number}", "type": "Text", **facts}


def reactions(number: int, **counts: int) -> dict[str, Any]:
    told = [{"reactionType": kind, "count": count} for kind, count in counts.items()]
    channel = {"platform": "Open", "type": "Public", "messageId": f"p-{number}"}
    return {"channel": channel, "events": [{"reactions": told}]}


def feed_of(rule: IngestionRule, what: str = "messages") -> str:
    return f"{TOPICS}/{rule.topic_id}/dataingestionrules/open/{rule.pk}/{what}/bulk"


@pytest.fixture
def fed(webhook: Inbox) -> IngestionRule:
    return IngestionRuleFactory(inbox=webhook)


# --- Topics ---------------------------------------------------------------------------------------------------------


def test_topics(as_admin: Api) -> None:
    made = as_admin.of("post", TOPICS, {"name": "Trains", "description": "Late ones", "divisionId": "x"})
    assert (made["name"], made["status"], made["dataIngestionRulesMetadata"]) == ("Trains", "Active", [])
    one = f"{TOPICS}/{made['id']}"
    assert made["selfUri"] == f"/api/v2/{one}"
    changed = as_admin.of("patch", one, {"description": "All"})
    assert (changed["name"], changed["description"]) == ("Trains", "All")
    as_admin.of("post", f"{one}/dataingestionrules/open", {"name": "Forum"})
    as_admin.of("post", f"{one}/dataingestionrules/twitter", {"name": "X", "searchTerms": "trains"})
    told = as_admin.of("get", one)["dataIngestionRulesMetadata"]
    assert told == [
        {"platform": "Open", "countByStatus": {"Active": 1}, "totalCount": 1},
        {"platform": "Twitter", "countByStatus": {"Pending": 1}, "totalCount": 1},
    ]
    assert as_admin.of("get", f"{TOPICS}?name=rain")["total"] == 1
    assert as_admin.of("get", f"{TOPICS}?name=bus")["total"] == 0
    assert as_admin.of("get", f"{TOPICS}?ids={made['id']}&ids={uuid.uuid4()}")["total"] == 1
    assert as_admin.call("delete", one).status_code == 204
    as_admin.refused(404, "get", one)
    assert as_admin.of("get", TOPICS)["total"] == 0
    assert as_admin.of("get", f"{one}?includeDeleted=true")["status"] == "Deleted"


def test_a_topic_needs_a_name(as_admin: Api) -> None:
    for body in ({}, {"name": ""}, {"name": "x" * 256}, []):
        as_admin.refused(400, "post", TOPICS, body)


@pytest.mark.parametrize(("method", "path"), [("get", TOPICS), ("post", TOPICS), ("get", RULES), ("post", RULES)])
def test_without_rights(as_alice: Api, method: str, path: str) -> None:
    error = as_alice.refused(403, method, path, {"name": "x"} if method == "post" else None)
    assert error["messageParams"]["permission"].startswith("Socialmedia > ")


def test_who_may_look_may_not_change(calling: Any) -> None:
    user = UserFactory()
    grant(user, *(Permission("Socialmedia", entity, "View") for entity in ("Topic", "IngestionRule", "EscalationRule")))
    rule, escalation = IngestionRuleFactory(), EscalationRuleFactory()
    api = calling(user)
    topic = f"{TOPICS}/{rule.topic_id}"
    ingestion, escalating = f"{topic}/dataingestionrules/open/{rule.pk}", f"{RULES}/{escalation.pk}"
    for path in (topic, ingestion, f"{ingestion}/versions", escalating):
        api.of("get", path)
    for method, path in (
        ("patch", topic),
        ("delete", topic),
        ("put", ingestion),
        ("patch", ingestion),
        ("delete", ingestion),
        ("put", escalating),
        ("delete", escalating),
        ("post", "socialmedia/escalations/messages"),
    ):
        api.refused(403, method, path, {"name": "x"})
    api.refused(403, "post", feed_of(rule), [message(1)])


# --- Ingestion rules ------------------------------------------------------------------------------------------------


def test_ingestion_rules_in_versions(as_admin: Api, inbox: Inbox) -> None:
    rules = f"{TOPICS}/{TopicFactory().pk}/dataingestionrules"
    body = {"name": "Ours", "integrationId": str(inbox.pk), "includes": ["late"], "excludes": ["late night"]}
    made = as_admin.of("post", f"{rules}/practice", body)
    assert (made["version"], made["status"], made["platform"]) == (1, "Active", "Practice")
    one = f"{rules}/practice/{made['id']}"
    changed = as_admin.of("put", one, {**body, "name": "Theirs", "includes": []})
    assert (changed["version"], changed["includes"]) == (2, [])
    assert as_admin.of("patch", one, {"status": "Paused"})["status"] == "Paused"
    inbox.refresh_from_db()
    assert not inbox.listening
    versions = as_admin.of("get", f"{one}/versions")["entities"]
    assert [(each["version"], each["name"], each["status"]) for each in versions] == [
        (3, "Theirs", "Paused"),
        (2, "Theirs", "Active"),
        (1, "Ours", "Active"),
    ]
    assert as_admin.of("get", f"{one}/versions/1")["includes"] == ["late"]
    as_admin.refused(404, "get", f"{one}/versions/9")
    assert as_admin.of("get", rules)["total"] == 1
    assert as_admin.call("delete", one).status_code == 204
    as_admin.refused(404, "get", one)
    assert as_admin.of("get", f"{rules}?includeDeleted=true")["entities"][0]["status"] == "Deleted"


def test_rules_of_platforms_that_are_not_connected_say_so(as_admin: Api) -> None:
    rules = f"{TOPICS}/{TopicFactory().pk}/dataingestionrules"
    x = as_admin.of("post", f"{rules}/twitter", {"name": "X", "searchTerms": "late -night", "countries": ["FR"]})
    assert (x["status"], x["searchTerms"], x["countries"]) == ("Pending", "late -night", ["FR"])
    assert "no connector" in x["ingestionRuleInfo"]["message"]
    facebook = as_admin.of("post", f"{rules}/facebook", {"name": "F", "integrationId": "abc"})
    assert (facebook["status"], facebook["integrationId"]) == ("Pending", "abc")
    as_admin.refused(404, "post", f"{rules}/myspace", {"name": "M"})


def test_ingestion_rules_that_cannot_be(as_admin: Api, webhook: Inbox) -> None:
    rules = f"{TOPICS}/{TopicFactory().pk}/dataingestionrules"
    as_admin.refused(400, "post", f"{rules}/practice", {"name": "no channel"})
    as_admin.refused(
        400, "post", f"{rules}/practice", {"name": "of another platform", "integrationId": str(webhook.pk)}
    )
    for wrong in ("x", str(uuid.uuid4())):
        error = as_admin.refused(400, "post", f"{rules}/open", {"name": "unknown", "integrationId": wrong})
        assert error["details"][0]["fieldName"] == "integrationId"
    as_admin.refused(400, "post", f"{rules}/open", {"name": "long", "includes": ["x" * 201]})
    as_admin.refused(404, "post", f"{TOPICS}/{uuid.uuid4()}/dataingestionrules/open", {"name": "no topic"})
    assert not IngestionRule.objects.exists()


# --- Feeding --------------------------------------------------------------------------------------------------------


def test_posts_are_captured_and_escalated_by_rule(as_admin: Api, fed: IngestionRule, vip: Queue) -> None:
    EscalationRuleFactory(includes=["2"], queue=vip)
    body = [message(1, metadata=GIVEN), message(2), message(1)]
    told = as_admin.of("post", feed_of(fed), body)
    assert (told["total"], told["entities"][0]) == (3, told["entities"][2])
    assert [each["escalationStatus"] for each in told["entities"]] == ["NotEscalated", "Automatic", "NotEscalated"]
    row = CapturedPost.objects.get(external_id="p-1")
    assert str(row.pk) == told["entities"][0]["id"]
    assert (row.language, row.sentiment, row.followers, row.verified, row.moderation) == (
        "en",
        "Negative",
        1200,
        True,
        "",
    )
    interaction = Interaction.objects.get()
    assert (interaction.queue, told["entities"][1]["conversationId"]) == (vip, str(interaction.pk))
    again = as_admin.of("post", feed_of(fed), body)
    assert again["entities"] == told["entities"]


def test_all_or_none(as_admin: Api, fed: IngestionRule) -> None:
    error = as_admin.refused(400, "post", feed_of(fed), [message(1), {"text": "x"}])
    assert error["details"] == [{"fieldName": "[1].channel", "errorCode": "invalid.value"}]
    as_admin.refused(400, "post", feed_of(fed), {})
    assert not CapturedPost.objects.exists()


def test_who_may_feed(calling: Any, fed: IngestionRule, webhook: Inbox) -> None:
    user = UserFactory()
    calling(user).refused(404, "post", feed_of(fed), [message(1)])
    grant(user, RECEIVE, on=webhook)
    calling(user).of("post", feed_of(fed), [message(1)])
    without_channel = IngestionRuleFactory()
    calling(user).refused(404, "post", feed_of(without_channel), [message(1)])
    Api().refused(401, "post", feed_of(without_channel), [message(1)])
    grant(user, RECEIVE)
    calling(user).of("post", feed_of(without_channel), [message(1)])


def test_what_is_paused_or_deleted_is_not_fed(as_admin: Api, fed: IngestionRule) -> None:
    one = f"{TOPICS}/{fed.topic_id}/dataingestionrules/open/{fed.pk}"
    as_admin.of("patch", one, {"status": "Paused"})
    as_admin.refused(409, "post", feed_of(fed), [message(1)])
    as_admin.of("patch", one, {"status": "Active"})
    as_admin.of("post", feed_of(fed), [message(1)])
    as_admin.call("delete", f"{TOPICS}/{fed.topic_id}")
    as_admin.refused(404, "post", feed_of(fed), [message(2)])
    as_admin.refused(404, "post", feed_of(fed, "reactions"), {"events": []})


def test_reactions(as_admin: Api, fed: IngestionRule) -> None:
    EscalationRuleFactory(likes_at_least=5)
    as_admin.of("post", feed_of(fed), [message(1)])
    told = as_admin.of("post", feed_of(fed, "reactions"), {"events": [reactions(1, Like=5, Share=1), reactions(9)]})
    assert [each["channel"]["messageId"] for each in told["entities"]] == ["p-1"]
    row = CapturedPost.objects.get()
    assert (row.engagement, row.status) == ({"Like": 5, "Share": 1}, "Automatic")
    for wrong in ({"Like": -1}, {"Like": "5"}, {"Like": 1.5}, {"Kick": 1}, {"Like": 10**13}):
        as_admin.refused(400, "post", feed_of(fed, "reactions"), {"events": [reactions(1, **wrong)]})
    for body in ({"events": 1}, 7, {"events": [1]}, {"events": [{"events": []}]}):
        as_admin.refused(400, "post", feed_of(fed, "reactions"), body)


def test_reactions_of_the_built_in_topic(as_admin: Api, webhook: Inbox) -> None:
    path = bulk(webhook).removeprefix("/api/v2/")
    as_admin.of("post", path, [message(1)])
    assert not CapturedPost.objects.exists()
    told = as_admin.of(
        "post", path.replace("messages/", "reactions/"), {"events": [reactions(1, Like=2), reactions(2)]}
    )
    assert (told["total"], Message.objects.get().extra) == (1, {"reactions": {"Like": 2}})


# --- Escalation rules -----------------------------------------------------------------------------------------------


def criteria(**values: Any) -> str:
    clauses = [
        {
            "type": "or",
            "predicates": [
                {"type": "dimension", "dimension": name, "operator": "matches", "value": v} for v in several
            ],
        }
        for name, several in values.items()
    ]
    return json.dumps({"type": "and", "clauses": clauses})


def test_escalation_rules(as_admin: Api, webhook: Inbox, vip: Queue) -> None:
    topic, skill = TopicFactory(), SkillFactory()
    body = {
        "name": "Angry",
        "matchCriteria": criteria(topic=[str(topic.pk)], sentiment=["negative"], language=["en", "fr"]),
        "priority": 5,
        "divisionId": "home",
        "status": "Active",
        "openEscalation": {
            "targetType": "Conversation",
            "destination": "OverrideIntegration",
            "override": {"integrationId": str(webhook.pk)},
        },
        "twitterEscalation": {"targetType": "Conversation", "destination": "SourceIntegration"},
        "routing": {"queue": {"id": str(vip.pk)}, "priority": 3, "skills": [{"id": str(skill.pk)}]},
        "throttlePerMinute": 20,
    }
    made = as_admin.of("post", RULES, body)
    rule = EscalationRule.objects.get()
    assert (list(rule.topics.all()), rule.sentiments, rule.languages) == ([topic], ["Negative"], ["en", "fr"])
    assert (rule.inbox, rule.queue, rule.priority, rule.per_minute) == (webhook, vip, 3, 20)
    assert made["openEscalation"] == body["openEscalation"]
    assert made["twitterEscalation"]["destination"] == "SourceIntegration"
    assert made["routing"]["queue"]["name"] == "VIP"
    one = f"{RULES}/{made['id']}"
    fields = ("name", "matchCriteria", "priority", "description", "status", "openEscalation", "twitterEscalation")
    again = as_admin.of("put", one, {name: made[name] for name in (*fields, "routing", "throttlePerMinute")})
    assert {**again, "dateModified": ""} == {**made, "dateModified": ""}
    plain = as_admin.of("put", one, {"name": "All", "status": "Paused"})
    assert (plain["status"], plain["routing"]["queue"], plain["routing"]["skills"]) == ("Paused", None, [])
    assert (json.loads(plain["matchCriteria"]), plain["throttlePerMinute"]) == ({"type": "and", "clauses": []}, 10)
    EscalationRuleFactory(position=0)
    assert [each["priority"] for each in as_admin.of("get", f"{RULES}?divisionId=*")["entities"]] == [0, 1]
    assert as_admin.call("delete", one).status_code == 204
    as_admin.refused(404, "get", one)


def test_every_condition_comes_back_as_it_went(as_admin: Api) -> None:
    rule = EscalationRuleFactory(
        platforms=["open", "bluesky"],
        includes=["late", "lost"],
        excludes=["night", "found"],
        post_types=["Post"],
        verified=False,
        followers_at_least=0,
        likes_at_least=1,
        shares_at_least=2,
        comments_at_least=3,
        views_at_least=4,
    )
    columns = ("platforms", "includes", "excludes", "post_types", "verified", "followers_at_least", "views_at_least")
    before = EscalationRule.objects.values(*columns).get()
    told = as_admin.of("get", f"{RULES}/{rule.pk}")
    as_admin.of("put", f"{RULES}/{rule.pk}", {"name": "x", "matchCriteria": told["matchCriteria"]})
    assert EscalationRule.objects.values(*columns).get() == before


def predicate(**facts: Any) -> dict[str, Any]:
    return {"type": "dimension", "operator": "matches", **facts}


@pytest.mark.parametrize(
    "wrong",
    [
        "sentiment == 'Negative'",
        "[]",
        "7",
        "[" * 5000,
        {"type": "or"},
        {"clauses": [1]},
        {"clauses": {}},
        {"predicates": [predicate(dimension="country", value="FR")]},
        {"predicates": [predicate(dimension="sentiment", value="Cross")]},
        {"predicates": [predicate(dimension="sentiment")]},
        {"predicates": [predicate(dimension="language", value="en\0")]},
        {"predicates": [predicate(dimension="topic", value="x")]},
        {"predicates": [predicate(dimension="topic", value=str(uuid.uuid4()))]},
        {"predicates": [predicate(dimension="likes", value="7")]},
        {"predicates": [predicate(dimension="likes", range={"lt": 7})]},
        {"predicates": [predicate(dimension="likes", range={"gte": 1e300})]},
        {"predicates": [predicate(dimension="text", operator="exists")]},
        {"predicates": [predicate(dimension="language", value="en"), predicate(dimension="language", value="fr")]},
        {
            "clauses": [
                {
                    "type": "or",
                    "predicates": [
                        predicate(dimension="language", value="en"),
                        predicate(dimension="sentiment", value="Negative"),
                    ],
                }
            ]
        },
    ],
)
def test_criteria_that_cannot_be_kept_are_refused(as_admin: Api, wrong: Any) -> None:
    text = wrong if isinstance(wrong, str) else json.dumps(wrong)
    error = as_admin.refused(400, "post", RULES, {"name": "x", "matchCriteria": text})
    assert error["details"][0]["fieldName"] == "matchCriteria"
    assert not EscalationRule.objects.exists()


def test_targets_that_do_not_exist(as_admin: Api) -> None:
    unknown = {"destination": "OverrideIntegration", "override": {"integrationId": str(uuid.uuid4())}}
    for body in (
        {"openEscalation": unknown},
        {"openEscalation": {"destination": "OverrideIntegration"}},
        {"routing": {"queue": {"id": str(uuid.uuid4())}}},
        {"routing": {"skills": [{"id": str(uuid.uuid4())}]}},
        {"routing": {"priority": 10**9}},
        {"status": "Asleep"},
        {"priority": -1},
    ):
        as_admin.refused(400, "post", RULES, {"name": "x", **body})


def test_at_most_five_hundred(as_admin: Api) -> None:
    EscalationRule.objects.bulk_create(EscalationRule(name=f"{n}") for n in range(500))
    as_admin.refused(409, "post", RULES, {"name": "one more", "matchCriteria": criteria(sentiment=["negative"])})


def test_a_rule_for_all_posts_is_not_made_by_leaving_something_out(as_admin: Api) -> None:
    assert as_admin.refused(400, "post", RULES, {"name": "E"})["details"][0]["fieldName"] == "matchCriteria"
    assert as_admin.of("post", RULES, {"name": "E", "status": "Paused"})["status"] == "Paused"


# --- By hand --------------------------------------------------------------------------------------------------------


def test_escalating_by_hand(as_admin: Api, fed: IngestionRule, vip: Queue) -> None:
    [told] = as_admin.of("post", feed_of(fed), [message(1)])["entities"]
    body = {
        "socialMediaNormalizedMessageId": told["id"],
        "escalationTarget": {"targetType": "Conversation", "destination": "SourceIntegration"},
        "routing": {"queue": {"id": str(vip.pk)}},
    }
    done = as_admin.of("post", "socialmedia/escalations/messages?divisionId=home", body)
    stored = Message.objects.get()
    assert (done["escalationStatus"], done["conversationNormalizedMessageId"]) == ("Manual", str(stored.pk))
    assert (done["conversationId"], stored.interaction.queue) == (str(stored.interaction_id), vip)
    again = as_admin.of("post", "socialmedia/escalations/messages", body)
    assert (again["escalationStatus"], again["conversationId"]) == ("PreviouslyEscalated", done["conversationId"])
    as_admin.refused(
        404, "post", "socialmedia/escalations/messages", {"socialMediaNormalizedMessageId": str(uuid.uuid4())}
    )
    assert Message.objects.count() == 1


def test_an_integration_of_another_platform_is_refused_by_its_name(
    as_admin: Api, fed: IngestionRule, inbox: Inbox
) -> None:
    [told] = as_admin.of("post", feed_of(fed), [message(1)])["entities"]
    target = {
        "targetType": "Conversation",
        "destination": "OverrideIntegration",
        "override": {"integrationId": str(inbox.pk)},
    }
    body = {"socialMediaNormalizedMessageId": told["id"], "escalationTarget": target}
    error = as_admin.refused(400, "post", "socialmedia/escalations/messages", body)
    assert error["details"][0]["fieldName"] == "escalationTarget"


# --- Figures --------------------------------------------------------------------------------------------------------


def test_the_number_of_statements_does_not_grow(as_admin: Api, webhook: Inbox, admin: User) -> None:
    def statements(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            as_admin.of("get", path)
        return len(captured)

    topic = TopicFactory()
    paths = (TOPICS, f"{TOPICS}/{topic.pk}/dataingestionrules", RULES)

    def grow(number: int) -> None:
        for _ in range(number):
            IngestionRuleFactory(inbox=webhook)
            IngestionRuleFactory(topic=topic)
            rule = EscalationRuleFactory(inbox=webhook, queue=webhook.queue)
            rule.topics.add(topic)
            rule.skills.add(SkillFactory())

    grow(2)
    as_admin.of("get", TOPICS)
    few = [statements(path) for path in paths]
    grow(10)
    assert [statements(path) for path in paths] == few
