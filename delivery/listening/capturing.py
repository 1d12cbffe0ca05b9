"""Capturing: a public post is stored once for each topic that wants it, and escalated where a rule says so."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from delivery.connectors.base import Edit, Post, Removal, Visibility
from delivery.listening.escalating import in_force, judge
from delivery.listening.models import CapturedPost, EscalationRule, IngestionRule, PostStatus
from delivery.listening.posting import captured
from interactions.cleaning import clean
from interactions.intake import TEXT_LENGTH
from interactions.models import Inbox, Message


def listen(inbox: Inbox, post: Post) -> bool:
    """Capture what came in through an inbox for every topic that wants it. False if none does: it goes on as ever.

    A post that is captured becomes an interaction by an escalation rule, by hand, or because its author is in one.
    """
    if post.visibility is not Visibility.PUBLIC or post.author.external_id == inbox.account_id:
        return False
    wanting = (
        IngestionRule.objects.capturing().filter(inbox=inbox, platform=inbox.kind).select_related("inbox", "topic")
    )
    topics = {rule.topic_id: rule for rule in wanting.order_by("topic", "-pk") if rule.terms.match(post.text)}
    if not topics or Message.objects.filter(inbox=inbox, external_id=post.external_id).exists():
        return False
    rules = in_force()
    for rule in topics.values():
        capture(rule, post, rules=rules)
    return True


def capture(
    rule: IngestionRule,
    post: Post,
    enrichment: Mapping[str, Any] | None = None,
    *,
    rules: Iterable[EscalationRule] | None = None,
) -> CapturedPost:
    """Store a post once for the rule's topic, and escalate it if an escalation rule fits. Gives it as it now is.

    `enrichment` is what the source says of it: language, sentiment, moderation, followers, verified. Whoever brings the
    same post at the same moment waits here, and finds it stored.
    """
    new = captured(rule, post, dict(enrichment or {}))
    with transaction.atomic():
        CapturedPost.objects.bulk_create([new], ignore_conflicts=True)
        known = CapturedPost.objects.select_related("inbox", "message")
        stored = known.get(topic=rule.topic_id, platform=rule.platform, external_id=post.external_id)
        return judge(stored, in_force() if rules is None else rules) if stored.pk == new.pk else stored


def follow(inbox: Inbox, news: Edit | Removal) -> None:
    """A captured post was changed by its author, or taken away."""
    posts = CapturedPost.objects.filter(inbox=inbox, external_id=news.external_id)
    match news:
        case Edit():
            text = clean(news.text)[:TEXT_LENGTH]
            for post in posts.exclude(edited_at__gte=news.at):
                CapturedPost.objects.filter(pk=post.pk).update(text=text, edited_at=news.at)
        case Removal():
            posts.update(removed_at=news.at)
            # It is nobody's work any more.
            posts.filter(status=PostStatus.THROTTLED).update(status=PostStatus.NOT_ESCALATED)


def react(rule: IngestionRule, external_id: str, counts: Mapping[str, int]) -> CapturedPost | None:
    """So many reactions of each kind a post has now; a rule may fit only since. None if the post is not known."""
    with transaction.atomic():
        found = CapturedPost.objects.select_for_update(no_key=True, of=("self",)).select_related("inbox")
        post = found.filter(topic=rule.topic_id, platform=rule.platform, external_id=external_id).first()
        if post is None:
            return None
        post.engagement = {**post.engagement, **counts}
        post.save(update_fields=["engagement"])
        return judge(post, in_force()) if post.status == PostStatus.NOT_ESCALATED else post


def react_to_message(message: Message, counts: Mapping[str, int]) -> None:
    """The same for a post that became an interaction without being captured: by the built-in topic of an inbox."""
    with transaction.atomic():
        fresh = Message.objects.select_for_update(no_key=True, of=("self",)).get(pk=message.pk)
        fresh.extra = {**fresh.extra, "reactions": {**fresh.extra.get("reactions", {}), **counts}}
        fresh.save(update_fields=["extra"])
