"""Direct messages (lexicons chat.bsky.convo.*), through the PDS to the chat service that the inbox names."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from delivery.connectors.base import (
    Author,
    Failure,
    Inbound,
    Outbound,
    Post,
    Removal,
    SendError,
    Sent,
    Visibility,
)
from delivery.connectors.bluesky.facets import facets, whole_links
from delivery.connectors.bluesky.notifications import FIRST_LOOK
from delivery.connectors.bluesky.posts import did_of
from delivery.connectors.bluesky.profiles import author, profiles
from delivery.connectors.bluesky.records import moment
from delivery.connectors.bluesky.views import original_of
from delivery.connectors.bluesky.xrpc import JSON, Xrpc

CREATED: Final = "chat.bsky.convo.defs#logCreateMessage"
DELETED: Final = "chat.bsky.convo.defs#logDeleteMessage"
MESSAGE: Final = "chat.bsky.convo.defs#messageView"
PAGES: Final = 10

# ------------------------------------------------------------------ out


def send(api: Xrpc, message: Outbound) -> Sent:
    """Write to a customer (chat.bsky.convo.sendMessage). Raises SendError.

    The service knows no idempotency: after a doubtful try the conversation is looked through for our message.
    """
    if message.file:
        raise SendError(Failure.REJECTED, "MediaTypeNotAllowed", _("Direct messages on Bluesky carry no files."))
    members = [message.recipient.external_id]
    convo = api.get("chat.bsky.convo.getConvoForMembers", chat=True, members=members)["convo"]
    if convo.get("status") == "request":
        api.post("chat.bsky.convo.acceptConvo", {"convoId": convo["id"]}, chat=True)
    view = _sent_before(api, convo["id"], message) if message.attempt > 1 else None
    view = view or _send(api, convo, message.text)
    return Sent(f"{convo['id']}/{view['id']}", published=True)


def _send(api: Xrpc, convo: JSON, text: str) -> JSON:
    content: JSON = {"text": text}
    if marked := facets(text, lambda handle: did_of(api, handle)):
        content["facets"] = marked
    body = {"convoId": convo["id"], "message": content}
    try:
        return api.post("chat.bsky.convo.sendMessage", body, chat=True, safe=False)
    except SendError as error:
        if error.failure not in {Failure.UNCERTAIN, Failure.SERVER}:
            raise
        return _found_after(api, convo, text, error)


def _found_after(api: Xrpc, convo: JSON, text: str, doubt: SendError) -> JSON:
    """Our message, if it stands in the conversation in spite of the doubt; else raises what is left of it."""
    try:
        ours = [view for view in _ours(api, convo["id"], text) if view["rev"] > convo["rev"]]
    except SendError:
        raise SendError(Failure.UNCERTAIN, doubt.reason, doubt.detail) from doubt
    if not ours:
        late = "UpstreamTimeout" in doubt.detail
        raise SendError(Failure.UNCERTAIN, doubt.reason, doubt.detail) if late else doubt
    return ours[0]


def _sent_before(api: Xrpc, convo_id: str, message: Outbound) -> JSON | None:
    """Our message, if an earlier try brought it there after all."""
    since = message.created_at or datetime.now(UTC)
    return next((view for view in _ours(api, convo_id, message.text) if moment(view["sentAt"]) >= since), None)


def _ours(api: Xrpc, convo_id: str, text: str) -> list[JSON]:
    latest = api.get("chat.bsky.convo.getMessages", chat=True, convoId=convo_id, limit=50)["messages"]
    me = api.session.did
    return [view for view in latest if _is_message(view) and view["sender"]["did"] == me and view["text"] == text]


# ------------------------------------------------------------------ in


def new_messages(api: Xrpc, place: Mapping[str, Any]) -> tuple[list[Inbound], dict[str, Any]]:
    """What has come since the cursor of `place` (chat.bsky.convo.getLog), and the next one. Raises SendError."""
    if "cursor" not in place:
        return _first_look(api)
    cursor, logs = str(place["cursor"]), list[JSON]()
    for _page in range(PAGES):
        answer = api.get("chat.bsky.convo.getLog", chat=True, cursor=cursor or None)
        logs += answer["logs"]
        following = answer.get("cursor") or max([cursor, *(str(each.get("rev", "")) for each in answer["logs"])])
        if not answer["logs"] or following == cursor:
            break
        cursor = following
    me = api.session.did
    written = [(each["convoId"], each["message"]) for each in logs if each["$type"] == CREATED]
    items = _posts(api, [(convo, view) for convo, view in written if _is_message(view) and view["sender"]["did"] != me])
    deleted = [each for each in logs if each["$type"] == DELETED and each["message"]["sender"]["did"] != me]
    now = datetime.now(UTC)
    return [*items, *(Removal(f"{each['convoId']}/{each['message']['id']}", now) for each in deleted)], {
        "cursor": cursor
    }


def _first_look(api: Xrpc) -> tuple[list[Inbound], dict[str, Any]]:
    """The last minutes of each conversation (chat.bsky.convo.listConvos), and the log's cursor for what follows."""
    convos = api.get("chat.bsky.convo.listConvos", chat=True, limit=100)["convos"]
    since, me = datetime.now(UTC) - FIRST_LOOK, api.session.did
    written: list[tuple[str, JSON]] = []
    for convo in convos:
        if moment((convo.get("lastMessage") or {}).get("sentAt", "1970-01-01")) >= since:
            latest = api.get("chat.bsky.convo.getMessages", chat=True, convoId=convo["id"], limit=50)["messages"]
            written += [(convo["id"], view) for view in reversed(latest) if _is_message(view)]
    new = [(convo, view) for convo, view in written if view["sender"]["did"] != me and moment(view["sentAt"]) >= since]
    return list(_posts(api, new)), {"cursor": max((convo["rev"] for convo in convos), default="")}


def _posts(api: Xrpc, written: Sequence[tuple[str, JSON]]) -> list[Post]:
    people = profiles(api, [view["sender"]["did"] for _, view in written])
    return [_post(convo, view, author(view["sender"], people.get(view["sender"]["did"]))) for convo, view in written]


def _post(convo: str, view: JSON, writer: Author) -> Post:
    shared = (view.get("embed") or {}).get("record") or {}
    return Post(
        external_id=f"{convo}/{view['id']}",
        visibility=Visibility.PRIVATE,
        author=writer,
        text=whole_links(view.get("text", ""), view.get("facets") or ()),
        sent_at=moment(view["sentAt"]),
        thread=convo,
        original=original_of(shared) if "author" in shared else None,
    )


def _is_message(view: JSON) -> bool:
    return bool(view.get("$type") == MESSAGE)
