"""What other software brings to an open inbox: private messages, receipts and events, and public messages in bulk.

Repeats are harmless and answer as the first time: a message is known by its `channel.messageId`, a receipt moves a
message only forward.
"""

import uuid
from typing import Any

from django.http import HttpRequest
from django.urls import path

from delivery.connectors.base import BadPayload, Post, Visibility
from delivery.connectors.normalized import read_event, read_message, read_receipt
from delivery.connectors.open_webhook import load, rule_id, topic_id
from delivery.receiving import receive, receive_post
from interactions.models import Inbox, Message
from socialcare.errors import NotFound

from . import fed_posts
from .doors import door, read, require_sender

MOST = 500
"""Messages in one request."""


@door
def message(request: HttpRequest, integration: uuid.UUID) -> dict[str, Any]:
    """One private message of a customer."""
    inbox, data = _admit(request, _integration(integration))
    return _take(inbox, read_message(data, Visibility.PRIVATE))


@door
def receipt(request: HttpRequest, integration: uuid.UUID) -> dict[str, Any]:
    """What became of a message of ours."""
    inbox, data = _admit(request, _integration(integration))
    news = read_receipt(data)
    receive(inbox, [news])
    return {
        "id": news.external_id,
        "channel": {"id": str(inbox.pk), "platform": "Open", "type": "Private", "time": _time(news.at)},
        "type": "Receipt",
        "status": str(news.kind),
        "reasons": [{"code": news.reason, "message": news.detail}] if news.reason else [],
        "isFinalReceipt": bool(data.get("isFinalReceipt", False)),
        "direction": "Outbound",
    }


@door
def event(request: HttpRequest, integration: uuid.UUID) -> dict[str, Any]:
    """What a customer does besides writing. Nothing follows from it yet."""
    inbox, data = _admit(request, _integration(integration))
    names = read_event(data)
    return {
        "id": str(uuid.uuid4()),
        "channel": {"id": str(inbox.pk), "platform": "Open", "type": "Private"},
        "type": "Event",
        "events": [{"eventType": name} for name in names],
    }


@door
def public_messages(request: HttpRequest, topic: uuid.UUID, rule: uuid.UUID) -> dict[str, Any]:
    """Public messages, all or none: one that is malformed is named, and nothing is taken."""
    if inbox := _of_rule(topic, rule):
        data = _listed(_admit(request, inbox)[1])
        posts = [read_message(each, Visibility.PUBLIC, f"[{number}]") for number, each in enumerate(data)]
        return _page([_take(inbox, post) for post in posts])
    fed = fed_posts.rule_of(topic, rule)
    return _page(fed_posts.feed(fed, _listed(fed_posts.admit(request, fed))))


@door
def public_reactions(request: HttpRequest, topic: uuid.UUID, rule: uuid.UUID) -> dict[str, Any]:
    """How many reactions posts have now: `{"events": […]}`. Gives those of posts that are known."""
    if inbox := _of_rule(topic, rule):
        events = fed_posts.read_reactions(_admit(request, inbox)[1], MOST)
        return _page(fed_posts.told_of_messages(inbox, events))
    fed = fed_posts.rule_of(topic, rule)
    return _page(fed_posts.feed_reactions(fed, fed_posts.read_reactions(fed_posts.admit(request, fed), MOST)))


# ------------------------------------------------------------------ who, where


def _integration(pk: uuid.UUID) -> Inbox:
    inbox = Inbox.objects.filter(pk=pk, kind="open", is_active=True).first()
    if not inbox:
        raise NotFound
    return inbox


def _of_rule(topic: uuid.UUID, rule: uuid.UUID) -> Inbox | None:
    """The inbox whose built-in topic and rule these are, if they are."""
    for inbox in Inbox.objects.filter(kind="open", is_active=True):
        if (topic_id(str(inbox.pk)), rule_id(str(inbox.pk))) == (topic, rule):
            return inbox
    return None


def _admit(request: HttpRequest, inbox: Inbox) -> tuple[Inbox, Any]:
    body = read(request)
    require_sender(request, inbox, body)
    return inbox, load(body)


# ------------------------------------------------------------------ taking and answering


def _listed(data: Any) -> list[Any]:
    if not isinstance(data, list) or len(data) > MOST:
        raise BadPayload(f"an array of at most {MOST} messages is expected")
    return data


def _page(entities: list[dict[str, Any]]) -> dict[str, Any]:
    return {"entities": entities, "total": len(entities), "pageSize": len(entities), "pageNumber": 1, "pageCount": 1}


def _take(inbox: Inbox, post: Post) -> dict[str, Any]:
    taken, _new = receive_post(inbox, post)
    if taken is None:
        return {"id": "", "channel": {"messageId": post.external_id}, "type": "Text"}
    return _described(inbox, taken)


def _described(inbox: Inbox, taken: Message) -> dict[str, Any]:
    """The message as it was stored the first time."""
    assert taken.author
    sender = {"id": taken.author.external_id, "idType": "Opaque", "nickname": taken.author.handle}
    channel: dict[str, Any] = {
        "id": str(inbox.pk),
        "platform": "Open",
        "type": "Public" if taken.is_public else "Private",
        "messageId": taken.external_id,
        "from": {name: value for name, value in sender.items() if value},
        "time": _time(taken.sent_at),
    }
    if taken.is_public:
        answers = taken.in_reply_to.external_id if taken.in_reply_to else None
        known = {"rootId": taken.thread, "replyToId": answers, "url": taken.url}
        channel["publicMetadata"] = {name: value for name, value in known.items() if value}
    return {
        "id": str(taken.pk),
        "channel": channel,
        "type": "Text",
        "text": taken.text,
        "conversationId": str(taken.interaction_id),
    }


def _time(at: Any) -> str:
    return str(at.isoformat(timespec="milliseconds").replace("+00:00", "Z"))


INTEGRATION = "conversations/messages/<uuid:integration>/inbound/open"
RULE = "socialmedia/topics/<uuid:topic>/dataingestionrules/open/<uuid:rule>"

urlpatterns = [
    path(f"{INTEGRATION}/message", message, name="open-message"),
    path(f"{INTEGRATION}/receipt", receipt, name="open-receipt"),
    path(f"{INTEGRATION}/event", event, name="open-event"),
    path(f"{RULE}/messages/bulk", public_messages, name="open-public"),
    path(f"{RULE}/reactions/bulk", public_reactions, name="open-reactions"),
]
