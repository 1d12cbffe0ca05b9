"""Listening in the administration: topics with their rules, escalation rules in order, posts."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.permissions import Permission
from delivery.listening.capturing import capture
from delivery.listening.models import (
    CapturedPost,
    EscalationRule,
    IngestionRule,
    IngestionStatus,
    PostType,
    RuleStatus,
    Topic,
    TopicStatus,
)
from interactions.models import Interaction
from tests.admin.forms import errors, save, words
from tests.factories import EscalationRuleFactory, IngestionRuleFactory, TopicFactory, UserFactory, grant
from tests.network import post

pytestmark = pytest.mark.django_db
POSTS = reverse("admin:delivery_capturedpost_changelist")
ADD_TOPIC = reverse("admin:delivery_topic_add")
ADD_RULE = reverse("admin:delivery_escalationrule_add")


@pytest.fixture
def as_admin(client: Client, admin):
    client.force_login(admin)
    return client


@pytest.fixture
def fed(webhook):
    return IngestionRuleFactory(inbox=webhook)


def of_topic(topic):
    return reverse("admin:delivery_topic_change", args=[topic.pk])


def row(**facts):
    return {"ingestion_rules-TOTAL_FORMS": "1", **{f"ingestion_rules-0-{name}": value for name, value in facts.items()}}


# --- Topics ---------------------------------------------------------------------------------------------------------


def test_a_topic_with_a_rule(as_admin, inbox) -> None:
    page = save(
        as_admin,
        ADD_TOPIC,
        name="Trains",
        **row(platform="practice", name="Ours", status="Active", inbox=str(inbox.pk), includes="late\r\n\r\nlost "),
    )
    assert page.status_code == 200
    rule = IngestionRule.objects.get(topic__name="Trains")
    assert (rule.includes, rule.version, rule.versions.count()) == (["late", "lost"], 1, 1)
    inbox.refresh_from_db()
    assert inbox.listening
    save(as_admin, of_topic(rule.topic), **{"ingestion_rules-0-includes": "late"})
    rule.refresh_from_db()
    assert (rule.includes, rule.version) == (["late"], 2)
    save(as_admin, of_topic(rule.topic), name="Late trains")
    rule.refresh_from_db()
    assert (rule.version, rule.topic.name) == (2, "Late trains")
    save(as_admin, of_topic(rule.topic), **{"ingestion_rules-0-DELETE": "on"})
    rule.refresh_from_db()
    assert rule.status == "Deleted"
    assert "Ours" not in as_admin.get(of_topic(rule.topic)).content.decode()


def test_a_rule_without_the_channel_it_needs(as_admin, webhook) -> None:
    facts = {"platform": "practice", "name": "Ours", "status": "Active"}
    assert "Choose the channel" in errors(save(as_admin, ADD_TOPIC, name="Trains", **row(**facts)))
    facts["inbox"] = str(webhook.pk)
    assert "another platform" in errors(save(as_admin, ADD_TOPIC, name="Trains", **row(**facts)))
    assert not Topic.objects.exists()


def test_a_deleted_topic_keeps_its_posts(as_admin, fed) -> None:
    capture(fed, post())
    as_admin.post(reverse("admin:delivery_topic_delete", args=[fed.topic.pk]), {"post": "yes"})
    fed.topic.refresh_from_db()
    assert (fed.topic.status, CapturedPost.objects.count()) == ("Deleted", 1)
    assert "was deleted" in as_admin.get(reverse("admin:delivery_topic_changelist")).content.decode()
    assert fed.topic.name not in as_admin.get(reverse("admin:delivery_topic_changelist")).content.decode()


def test_where_a_source_is_fed_and_what_is_not_connected(as_admin, fed, inbox) -> None:
    IngestionRuleFactory(topic=fed.topic, platform="twitter")
    IngestionRuleFactory(topic=fed.topic, inbox=inbox)
    page = as_admin.get(of_topic(fed.topic)).content.decode()
    assert f"/dataingestionrules/open/{fed.pk}/messages/bulk" in page
    assert "There is no connector" in page
    assert "Nothing is searched for beyond the channel" in page


# --- Escalation rules -----------------------------------------------------------------------------------------------


def test_an_escalation_rule(as_admin, vip) -> None:
    topic = TopicFactory()
    save(
        as_admin,
        ADD_RULE,
        name="Angry",
        position="3",
        queue=str(vip.pk),
        topics=[str(topic.pk)],
        platforms=["open", "bluesky"],
        sentiments=["Negative"],
        languages="en\r\nfr",
        likes_at_least="5",
        verified="true",
    )
    rule = EscalationRule.objects.get()
    assert (rule.position, rule.queue, list(rule.topics.all()), rule.verified) == (3, vip, [topic], True)
    assert (rule.platforms, rule.sentiments, rule.languages) == (["open", "bluesky"], ["Negative"], ["en", "fr"])
    assert (rule.likes_at_least, rule.per_minute, rule.includes) == (5, 10, [])
    address = reverse("admin:delivery_escalationrule_change", args=[rule.pk])
    save(as_admin, address, includes="late", languages="")
    rule.refresh_from_db()
    assert (rule.includes, rule.languages, rule.sentiments) == (["late"], [], ["Negative"])


def test_rules_that_cannot_be(as_admin) -> None:
    assert "At most" in errors(save(as_admin, ADD_RULE, name="x", includes="y" * 201))
    EscalationRule.objects.bulk_create(EscalationRule(name=f"{n}") for n in range(500))
    assert "more are not possible" in errors(save(as_admin, ADD_RULE, name="x"))


def test_the_order_is_changed_in_the_list(as_admin) -> None:
    rules = [EscalationRuleFactory(name=f"Rule {n}", position=n) for n in (1, 2)]
    listing = reverse("admin:delivery_escalationrule_changelist")
    page = as_admin.get(listing).content.decode()
    assert page.index("Rule 1") < page.index("Rule 2")
    data = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "2", "_save": "Save"}
    for number, (rule, position) in enumerate(zip(rules, (9, 2), strict=True)):
        data |= {f"form-{number}-id": str(rule.pk), f"form-{number}-position": str(position)}
    as_admin.post(listing, data)
    assert [rule.name for rule in EscalationRule.objects.all()] == ["Rule 2", "Rule 1"]


# --- Posts ----------------------------------------------------------------------------------------------------------


def test_posts_are_listed_filtered_and_counted(as_admin, fed, inbox, monkeypatch) -> None:
    EscalationRuleFactory(includes=["late"], per_minute=1)
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)  # the next minute would have a place of its own
    capture(fed, post("late one", author="a"), {"language": "en"})
    capture(fed, post("late two", author="b"), {"language": "en"})
    capture(fed, post("fine three", author="c"), {"language": "fr"})
    page = as_admin.get(POSTS)
    assert page.context["figures"]["parts"] == [
        ("Not escalated", 1),
        ("Escalated by a rule", 1),
        ("Throttled: it follows", 1),
    ]
    shown = page.content.decode()
    assert "3 posts" in shown
    assert "late one" in shown
    for query, texts in (
        ("status__exact=Throttled", {"late two"}),
        ("language=fr", {"fine three"}),
        (f"topic__id__exact={fed.topic.pk}", {"late one", "late two", "fine three"}),
        ("platform__exact=bluesky", set()),
    ):
        filtered = as_admin.get(f"{POSTS}?{query}")
        assert {each.text for each in filtered.context["cl"].result_list} == texts, query
        assert filtered.context["figures"]["all"] == len(texts)


def chosen(rows, **facts):
    return {"action": "escalate_chosen", "_selected_action": [str(each.pk) for each in rows], "index": "0", **facts}


def test_escalating_to_a_queue(as_admin, fed, vip) -> None:
    rows = [capture(fed, post(f"{n}", author=f"c-{n}")) for n in range(3)]
    told = as_admin.post(POSTS, chosen(rows[:2], queue=str(vip.pk)), follow=True)
    assert "2 posts are interactions now." in words(told)
    assert {interaction.queue for interaction in Interaction.objects.all()} == {vip}
    assert "1 post was in an interaction already." in words(as_admin.post(POSTS, chosen(rows[:1]), follow=True))
    address = reverse("admin:delivery_capturedpost_escalate", args=[rows[2].pk])
    assert "It is an interaction now." in words(as_admin.post(address, follow=True))
    assert set(CapturedPost.objects.values_list("status", flat=True)) == {"Manual"}


def test_a_source_without_a_channel_needs_one(as_admin, webhook) -> None:
    row = capture(IngestionRuleFactory(), post())
    assert "Choose a channel" in words(as_admin.post(POSTS, chosen([row]), follow=True))
    told = as_admin.post(POSTS, chosen([row], inbox=str(webhook.pk)), follow=True)
    assert "1 post is an interaction now." in words(told)


def test_who_may_look_may_not_escalate(client: Client, fed) -> None:
    row = capture(fed, post())
    viewer = UserFactory(is_staff=True)
    grant(viewer, Permission("Socialmedia", "Topic", "View"))
    client.force_login(viewer)
    assert row.text in client.get(POSTS).content.decode()
    client.post(POSTS, chosen([row]), follow=True)
    assert client.post(reverse("admin:delivery_capturedpost_escalate", args=[row.pk])).status_code == 403
    assert not Interaction.objects.exists()


def test_the_number_of_statements_does_not_grow(as_admin, fed) -> None:
    lists = [POSTS, *(reverse(f"admin:delivery_{name}_changelist") for name in ("topic", "escalationrule"))]

    def statements(place: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            as_admin.get(place)
        return len(captured)

    def grow(number: int) -> None:
        for _ in range(number):
            capture(fed, post(author=f"c-{CapturedPost.objects.count()}"))
            EscalationRuleFactory(per_minute=100, queue=fed.inbox.queue).topics.add(IngestionRuleFactory().topic)

    grow(3)
    as_admin.get(POSTS)
    few = [statements(place) for place in lists]
    grow(12)
    assert [statements(place) for place in lists] == few


# --- Words -----------------------------------------------------------------------------------------------------------


def test_the_words_of_rules_and_posts_are_theirs_in_french() -> None:
    with override("fr"):
        assert (str(PostType.POST.label), str(RuleStatus.ACTIVE.label)) == ("Publication", "Active")
        assert (str(TopicStatus.ACTIVE.label), str(IngestionStatus.ACTIVE.label)) == ("Actif", "Active")
        assert (str(TopicStatus.DELETED.label), str(IngestionStatus.DELETED.label)) == ("Supprimé", "Supprimée")


def test_listening_is_found_under_its_name(as_admin) -> None:
    assert "Channels and listening" in as_admin.get(ADD_RULE).content.decode()
