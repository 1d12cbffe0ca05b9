"""Listening: what other software brings to an open source of a topic: posts, and how people react to them."""

import re
import uuid
from typing import Any

from django.http import HttpRequest

from accounts.permissions import RECEIVE, Permission, allowed
from delivery.connectors.base import BadPayload, Visibility
from delivery.connectors.normalized import LONGEST_ID, Part, read_message
from delivery.connectors.open_webhook import load
from delivery.listening.capturing import capture, react, react_to_message
from delivery.listening.escalating import in_force
from delivery.listening.models import CapturedPost, IngestionRule, IngestionStatus, TopicStatus
from delivery.listening.models.posts import ModerationFlag, Sentiment
from interactions.models import Inbox, Message
from socialcare.errors import Conflict, NotFound, NotPermitted

from .doors import read, require_sender
from .limits import count
from .tokens import bearer
from .wire import time_out

KINDS = "Like Love Wow Haha Sad Angry Thankful Pride Care Share Comment View Rating Repost Save"
REACTIONS = frozenset(KINDS.split())
MANY = 10**12
VIEW_RULES = Permission("Socialmedia", "IngestionRule", "View")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}")


def rule_of(topic: uuid.UUID, rule: uuid.UUID) -> IngestionRule:
    """The open source of a topic. Raises NotFound; Conflict while it is paused."""
    rows = IngestionRule.objects.kept().filter(pk=rule, topic=topic, platform="open").select_related("topic", "inbox")
    found = rows.first()
    if found is None or found.topic.status != TopicStatus.ACTIVE:
        raise NotFound
    return found


def admit(request: HttpRequest, rule: IngestionRule) -> Any:
    """The body, of somebody who may bring messages to the rule's channel: to all, where it has none.

    Raises ApiError, BadSignature, NotPermitted, NotFound, Conflict.
    """
    body = read(request)
    if rule.inbox:
        require_sender(request, rule.inbox, body)
    else:
        user, token = bearer(request)
        count(token)
        if not allowed(user, RECEIVE):
            raise NotPermitted(str(RECEIVE)) if allowed(user, VIEW_RULES) else NotFound
    if rule.status != IngestionStatus.ACTIVE:
        raise Conflict("The rule is paused.", code="rule.paused")
    return load(body)


def feed(rule: IngestionRule, data: list[Any]) -> list[dict[str, Any]]:
    """Capture posts, all or none: one that is malformed is named. Gives each as it was stored the first time."""
    read_first = [(read_message(each, Visibility.PUBLIC, f"[{n}]"), _enrichment(each)) for n, each in enumerate(data)]
    rules = in_force()
    return [_described(capture(rule, post, enrichment, rules=rules)) for post, enrichment in read_first]


def feed_reactions(rule: IngestionRule, events: list[tuple[str, dict[str, int], Any]]) -> list[dict[str, Any]]:
    """Write down how many reactions posts have now. Gives the events of posts that are known."""
    return [event for external_id, counts, event in events if react(rule, external_id, counts)]


def told_of_messages(inbox: Inbox, events: list[tuple[str, dict[str, int], Any]]) -> list[dict[str, Any]]:
    """The same for posts that became interactions at once, by the built-in topic of an inbox."""
    known = Message.objects.filter(inbox=inbox, external_id__in=[external_id for external_id, _, _ in events])
    messages = {message.external_id: message for message in known.filter(visibility="public")}
    for external_id, counts, _event in events:
        if external_id in messages:
            react_to_message(messages[external_id], counts)
    return [event for external_id, _counts, event in events if external_id in messages]


def read_reactions(data: Any, most: int) -> list[tuple[str, dict[str, int], Any]]:
    """The id of a post, its counts, and the whole, for each event. Raises BadPayload."""
    found = []
    whole = {"events": data} if isinstance(data, list) else data
    for number, event in enumerate(Part(whole).parts("events", most)):
        channel = event.part("channel", required=True)
        external_id = channel.text("messageId", required=True, longest=LONGEST_ID)
        counts: dict[str, int] = {}
        for inner in event.parts("events"):
            for reaction in inner.parts("reactions"):
                kind = reaction.text("reactionType", required=True)
                if kind not in REACTIONS:
                    raise BadPayload(f"there is no reaction {kind[:40]}", reaction.path("reactionType"))
                counts[kind] = reaction.number("count", most=MANY)
        found.append((external_id, counts, _told(whole["events"][number], counts)))
    return found


def _told(event: dict[str, Any], counts: dict[str, int]) -> dict[str, Any]:
    reactions = [{"reactionType": kind, "count": number} for kind, number in counts.items()]
    channel = {"platform": "Open", "type": "Public", "messageId": event["channel"]["messageId"]}
    return {"channel": channel, "events": [{"reactions": reactions}]}


def _enrichment(data: dict[str, Any]) -> dict[str, Any]:
    """What the source says of a post in its `metadata`; what is not understood is not taken."""
    given = data.get("metadata")
    metadata = {str(k): v for k, v in given.items() if isinstance(v, str)} if isinstance(given, dict) else {}
    found: dict[str, Any] = {}
    if _LANGUAGE.fullmatch(language := metadata.get("language", "")):
        found["language"] = language[:16]
    if (sentiment := metadata.get("sentiment", "").capitalize()) in Sentiment.values:
        found["sentiment"] = sentiment
    if (flag := metadata.get("moderationFlag", "")) in ModerationFlag.values:
        found["moderation"] = flag
    if re.fullmatch(r"[0-9]{1,15}", followers := metadata.get("followers", "")):
        found["followers"] = int(followers)
    if (verified := metadata.get("verified", "").lower()) in ("true", "false"):
        found["verified"] = verified == "true"
    return found


def _described(post: CapturedPost) -> dict[str, Any]:
    """A post as it was stored, and what has become of it."""
    sender = {"id": post.author_id, "idType": "Opaque", "nickname": post.author_handle}
    known = {"rootId": post.details.get("thread"), "replyToId": post.details.get("reply_to"), "url": post.url}
    channel: dict[str, Any] = {
        "id": str(post.topic_id),
        "platform": "Open",
        "type": "Public",
        "messageId": post.external_id,
        "from": {name: value for name, value in sender.items() if value},
        "time": time_out(post.sent_at),
        "publicMetadata": {name: value for name, value in known.items() if value},
    }
    told = {"id": str(post.pk), "channel": channel, "type": "Text", "text": post.text, "escalationStatus": post.status}
    if post.message:
        told["conversationId"] = str(post.message.interaction_id)
    return told
