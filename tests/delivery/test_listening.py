"""Listening: what is captured, what becomes an interaction and where, and what waits for room."""

from datetime import timedelta

import pytest
from django.utils import timezone

from delivery.connectors.base import Author, Edit, Original, Removal
from delivery.listening.capturing import capture, react
from delivery.listening.configuring import delete_ingestion_rule, delete_topic, save_ingestion_rule
from delivery.listening.escalating import escalate_by_hand, escalate_throttled
from delivery.listening.models import CapturedPost, EscalationRule, IngestionRule, PostStatus
from delivery.receiving import receive
from delivery.tasks import tick
from interactions.intake import Destination
from interactions.models import Interaction, Message
from socialcare.errors import Conflict, Invalid, NotFound
from tests.factories import (
    EscalationRuleFactory,
    IngestionRuleFactory,
    InteractionFactory,
    MessageFactory,
    SkillFactory,
    TopicFactory,
)
from tests.network import post

pytestmark = pytest.mark.django_db


@pytest.fixture
def fed(webhook):
    """An open source that is answered through the open webhook."""
    return IngestionRuleFactory(inbox=webhook)


@pytest.fixture
def heard(inbox):
    """A rule that captures what people say of parcels to the practice account."""
    return IngestionRuleFactory(inbox=inbox, includes=["parcel"])


def statuses():
    return list(CapturedPost.objects.order_by("captured_at").values_list("status", flat=True))


# --- Capturing ------------------------------------------------------------------------------------------------------


def test_a_post_is_stored_once_with_all_that_is_known_of_it(fed) -> None:
    author = Author("maya", "@maya", "Maya", "https://x.example/maya", "", 1200, True)
    what = post("Lovely", external_id="p-1", url="https://x.example/1", reply_to="p-0", thread="root", language="fr")
    what = type(what)(**{**what.__dict__, "author": author})
    stored = capture(fed, what, {"sentiment": "Positive"})
    assert capture(fed, post("Changed on the way", external_id="p-1")) == stored
    row = CapturedPost.objects.get()
    assert (row.text, row.author_name, row.followers, row.verified) == ("Lovely", "Maya", 1200, True)
    assert (row.language, row.sentiment, row.moderation, row.post_type) == ("fr", "Positive", "", "Reply")
    assert (row.status, row.message) == ("NotEscalated", None)
    assert not Interaction.objects.exists()


def test_nothing_is_invented(fed) -> None:
    row = capture(fed, post("Quelle honte, mon colis est perdu"))
    assert (row.language, row.sentiment, row.moderation, row.followers) == ("", "", "", None)


def test_each_topic_has_its_own_but_there_is_one_interaction(webhook) -> None:
    EscalationRuleFactory()
    what = post()
    first, second = (capture(IngestionRuleFactory(inbox=webhook), what) for _ in range(2))
    assert (first.status, second.status) == (PostStatus.AUTOMATIC, PostStatus.PREVIOUSLY)
    assert first.message == second.message == Message.objects.get()


# --- What comes in through a channel --------------------------------------------------------------------------------


def test_a_channel_nobody_listens_to_is_as_it_was(inbox, webhook, django_assert_num_queries) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    receive(inbox, [post(author="a")])
    with CaptureQueriesContext(
        connection,
    ) as alone:
        receive(inbox, [post(author="b")])
    IngestionRuleFactory(inbox=webhook)
    EscalationRuleFactory()
    with django_assert_num_queries(len(alone)):
        receive(inbox, [post(author="c")])
    assert not any("captured" in query["sql"] or "rule" in query["sql"] for query in alone.captured_queries)
    assert Interaction.objects.count() == 3
    assert not CapturedPost.objects.exists()


def test_what_a_topic_wants_is_captured_and_all_else_comes_in_as_ever(inbox, heard) -> None:
    inbox.refresh_from_db()
    assert inbox.listening
    receive(inbox, [post("My PARCEL is late", author="a"), post("Hello", author="b"), post("My parcel", private=True)])
    assert [row.text for row in CapturedPost.objects.all()] == ["My PARCEL is late"]
    assert {message.text for message in Message.objects.all()} == {"Hello", "My parcel"}


def test_what_the_brand_itself_says_is_not_captured(inbox, heard) -> None:
    inbox.refresh_from_db()
    receive(inbox, [post("Your parcel", author=inbox.account_id)])
    assert not CapturedPost.objects.exists()
    assert not Message.objects.exists()


def test_whoever_is_in_a_conversation_stays_in_it(inbox, heard) -> None:
    inbox.refresh_from_db()
    running = InteractionFactory(inbox=inbox)
    asked = MessageFactory(interaction=InteractionFactory(inbox=inbox, state="ended"), external_id="ours")
    receive(inbox, [post("And my parcel?", author=running.customer.external_id)])
    receive(inbox, [post("This parcel too", author="somebody", reply_to=asked.external_id)])
    assert statuses() == ["PreviouslyEscalated"] * 2
    assert running.messages.get().text == "And my parcel?"
    assert Message.objects.filter(text="This parcel too", in_reply_to=asked).exists()


def test_a_post_that_was_a_message_before_anybody_listened_stays_one(inbox) -> None:
    what = post("My parcel", external_id="p-1")
    receive(inbox, [what])
    IngestionRuleFactory(inbox=inbox)
    inbox.refresh_from_db()
    receive(inbox, [what])
    assert Message.objects.count() == 1
    assert not CapturedPost.objects.exists()


def test_edits_and_removals_follow_the_post(inbox, heard) -> None:
    inbox.refresh_from_db()
    receive(inbox, [post("parcel", external_id="p-1"), post("a parcel", external_id="p-2", author="b")])
    now = timezone.now()
    receive(inbox, [Edit("p-1", "parcel, late", now), Edit("p-1", "older", now - timedelta(1)), Removal("p-2", now)])
    edited, removed = CapturedPost.objects.order_by("external_id")
    assert (edited.text, edited.edited_at, removed.removed_at) == ("parcel, late", now, now)


@pytest.mark.parametrize("ending", ["delete", "pause", "topic"])
def test_nobody_listens_any_more(inbox, heard, ending: str) -> None:
    if ending == "delete":
        delete_ingestion_rule(heard)
    elif ending == "topic":
        delete_topic(heard.topic)
    else:
        heard.status = "Paused"
        save_ingestion_rule(heard)
    inbox.refresh_from_db()
    assert not inbox.listening
    receive(inbox, [post("parcel")])
    assert Message.objects.get().text == "parcel"


@pytest.mark.parametrize("delete", [delete_ingestion_rule, lambda rule: delete_topic(rule.topic)])
def test_what_is_deleted_holds_no_channel(webhook, delete) -> None:
    rule = IngestionRuleFactory(inbox=webhook)
    row = capture(rule, post())
    delete(rule)
    rule.refresh_from_db()
    assert (rule.status, rule.versions.get(version=1).facts["inbox"]) == ("Deleted", str(webhook.pk))
    webhook.delete()
    row.refresh_from_db()
    assert row.inbox is None


def test_rules_are_kept_in_versions(heard) -> None:
    heard.includes = [" parcel ", "box", "box", ""]
    save_ingestion_rule(heard)
    assert [(each.version, each.facts["includes"]) for each in heard.versions.order_by("version")] == [
        (1, ["parcel"]),
        (2, ["parcel", "box"]),
    ]


def test_a_rule_needs_a_channel_of_its_platform(inbox, webhook) -> None:
    with pytest.raises(Invalid):
        IngestionRuleFactory(platform="practice")
    with pytest.raises(Invalid):
        save_ingestion_rule(IngestionRule(topic=TopicFactory(), platform="practice", inbox=webhook, name="x"))
    with pytest.raises(Invalid):
        IngestionRuleFactory(includes=["x" * 201])
    waiting = IngestionRuleFactory(platform="twitter")
    assert (waiting.status, waiting.shown_status) == ("Active", "Pending")


# --- Escalating -----------------------------------------------------------------------------------------------------


def test_a_rule_decides_queue_priority_and_skills(fed, vip) -> None:
    french = SkillFactory()
    rule = EscalationRuleFactory(queue=vip, priority=7)
    rule.skills.add(french)
    original = Original("p-0", "@brand", "New!", "https://x.example/0", timezone.now())
    row = capture(fed, post("Where is it?", thread="root", original=original, extra={"cid": "abc"}))
    interaction = Interaction.objects.get()
    assert (row.status, row.rule, row.message.interaction) == ("Automatic", rule, interaction)
    assert (interaction.queue, interaction.priority, list(interaction.skills.all())) == (vip, 7, [french])
    message = interaction.messages.get()
    assert (message.thread, message.extra, message.original["text"]) == ("root", {"cid": "abc"}, "New!")


def test_where_the_rule_says_nothing_the_channel_does(fed, webhook) -> None:
    webhook.priority = 3
    webhook.save()
    webhook.skills.add(SkillFactory())
    EscalationRuleFactory()
    capture(fed, post())
    interaction = Interaction.objects.get()
    assert (interaction.queue, interaction.priority) == (webhook.queue, 3)
    assert list(interaction.skills.all()) == list(webhook.skills.all())


def test_the_first_rule_that_fits_counts(fed, vip) -> None:
    EscalationRuleFactory(position=1, status="Paused")
    EscalationRuleFactory(position=3)
    second = EscalationRuleFactory(position=2, queue=vip)
    assert capture(fed, post()).rule == second
    assert Interaction.objects.get().queue == vip


FACTS = {"language": "fr-CA", "sentiment": "Negative", "followers": 500, "verified": True}


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({}, True),
        ({"platforms": ["open"]}, True),
        ({"platforms": ["bluesky"]}, False),
        ({"languages": ["de", "fr"]}, True),
        ({"languages": ["de"]}, False),
        ({"sentiments": ["Negative", "Neutral"]}, True),
        ({"sentiments": ["Positive"]}, False),
        ({"includes": ["colis"]}, True),
        ({"includes": ["coli"]}, False),
        ({"excludes": ["perdu"]}, False),
        ({"post_types": ["Post"]}, True),
        ({"post_types": ["Reply"]}, False),
        ({"verified": True}, True),
        ({"verified": False}, False),
        ({"followers_at_least": 500}, True),
        ({"followers_at_least": 501}, False),
        ({"likes_at_least": 1}, False),
    ],
)
def test_conditions(fed, conditions, fits: bool) -> None:
    EscalationRuleFactory(**conditions)
    row = capture(fed, post("Mon colis est perdu"), FACTS)
    assert row.is_escalated is fits


def test_the_topic_is_a_condition(fed, webhook) -> None:
    EscalationRuleFactory().topics.add(fed.topic)
    assert capture(IngestionRuleFactory(inbox=webhook), post()).status == PostStatus.NOT_ESCALATED
    assert capture(fed, post()).status == PostStatus.AUTOMATIC


def test_a_rule_fits_once_enough_people_have_reacted(fed) -> None:
    EscalationRuleFactory(likes_at_least=10, shares_at_least=2)
    capture(fed, post(external_id="p-1"))
    react(fed, "p-1", {"Like": 8, "Love": 2, "View": 1000})
    assert statuses() == ["NotEscalated"]
    row = react(fed, "p-1", {"Share": 2})
    assert (row.status, row.engagement) == ("Automatic", {"Like": 8, "Love": 2, "View": 1000, "Share": 2})
    assert react(fed, "p-1", {"Share": 3}).status == PostStatus.AUTOMATIC
    assert react(fed, "unknown", {"Share": 3}) is None
    assert Interaction.objects.count() == 1


def test_without_a_channel_a_post_is_only_captured(webhook) -> None:
    source = IngestionRuleFactory()
    assert capture(source, post("one")).status == PostStatus.NOT_ESCALATED
    EscalationRuleFactory()
    assert capture(source, post("two")).status == PostStatus.NOT_ESCALATED
    EscalationRuleFactory(inbox=webhook)
    assert capture(source, post("three", author="maya")).status == PostStatus.AUTOMATIC
    EscalationRule.objects.update(status="Paused")
    joins = capture(source, post("four", author="maya"))
    assert (joins.status, joins.message.interaction) == ("PreviouslyEscalated", Interaction.objects.get())


# --- The throttle ---------------------------------------------------------------------------------------------------


def test_what_is_over_the_limit_waits_and_follows_in_order(fed, monkeypatch) -> None:
    EscalationRuleFactory(per_minute=2)
    for number in range(5):
        capture(fed, post(f"{number}", author=f"c-{number}"))
    assert statuses() == ["Automatic"] * 2 + ["Throttled"] * 3
    assert escalate_throttled() == 0
    EscalationRule.objects.update(minute=timezone.now() - timedelta(minutes=1))
    capture(fed, post("5", author="c-5"))
    assert statuses()[-1] == "Throttled", "it does not overtake"
    tick()
    assert statuses() == ["Automatic"] * 4 + ["Throttled"] * 2
    assert [message.text for message in Message.objects.order_by("created_at")] == ["0", "1", "2", "3"]


def test_a_long_line_of_one_rule_hides_no_other(fed, monkeypatch) -> None:
    monkeypatch.setattr("delivery.listening.escalating.AT_ONCE", 2)
    full = EscalationRuleFactory(per_minute=1, includes=["a"])
    free = EscalationRuleFactory(per_minute=1, includes=["b"])
    for number, text in enumerate(("a", "a", "a", "a", "b", "b")):
        capture(fed, post(text, author=f"c-{number}"))
    EscalationRule.objects.filter(pk=free.pk).update(minute=timezone.now() - timedelta(minutes=1))
    assert escalate_throttled() == 1
    assert CapturedPost.objects.filter(rule=full, status="Throttled").count() == 3
    assert not CapturedPost.objects.filter(rule=free, status="Throttled").exists()


def test_a_rule_that_is_gone_holds_nothing(fed) -> None:
    rule = EscalationRuleFactory(per_minute=1)
    for number in range(2):
        capture(fed, post(author=f"c-{number}"))
    rule.delete()
    escalate_throttled()
    assert statuses() == ["Automatic", "NotEscalated"]


def test_one_that_fails_holds_up_no_other(fed, monkeypatch) -> None:
    from delivery.listening import escalating

    EscalationRuleFactory(per_minute=1)
    for number in range(3):
        capture(fed, post(f"{number}", author=f"c-{number}"))
    EscalationRule.objects.update(minute=timezone.now() - timedelta(minutes=1), per_minute=9)
    receive_post = escalating.receive_post

    def failing(inbox, what, into=None):
        if what.text == "1":
            raise ValueError
        return receive_post(inbox, what, into)

    monkeypatch.setattr(escalating, "receive_post", failing)
    assert escalate_throttled() == 1
    assert statuses() == ["Automatic", "Throttled", "Automatic"]


# --- By hand --------------------------------------------------------------------------------------------------------


def test_escalating_by_hand_counts_once(fed, vip, sam) -> None:
    row = capture(fed, post())
    done, new = escalate_by_hand(sam, row.pk, into=Destination(queue=vip))
    assert (done.status, done.escalated_by, new) == ("Manual", sam, True)
    assert Interaction.objects.get().queue == vip
    again, new = escalate_by_hand(sam, row.pk)
    assert (again.status, new) == ("Manual", False)
    assert Message.objects.count() == 1


def test_by_hand_over_the_throttle(fed, sam) -> None:
    EscalationRuleFactory(per_minute=1)
    capture(fed, post(author="a"))
    waiting = capture(fed, post(author="b"))
    assert escalate_by_hand(sam, waiting.pk)[0].status == "Manual"
    assert escalate_throttled() == 0


def test_what_cannot_be_escalated_by_hand(webhook, inbox, fed, sam) -> None:
    import uuid

    with pytest.raises(NotFound):
        escalate_by_hand(sam, uuid.uuid4())
    nowhere = capture(IngestionRuleFactory(), post())
    with pytest.raises(Invalid):
        escalate_by_hand(sam, nowhere.pk)
    with pytest.raises(Invalid):
        escalate_by_hand(sam, nowhere.pk, inbox=inbox)
    assert escalate_by_hand(sam, nowhere.pk, inbox=webhook)[1]
    gone = capture(fed, post(author="other"))
    CapturedPost.objects.filter(pk=gone.pk).update(removed_at=timezone.now())
    with pytest.raises(Conflict):
        escalate_by_hand(sam, gone.pk)
