"""Mentions, replies and quotes: reading the notifications so that none is skipped.

Notifications come 0.2 to 1.2 s late and out of order, and each stands at the time its author's clock claims, when that
is in the past: one that looks old may be new. So a look goes back over what was read before, every quarter of an hour
far back, and leaves out what it knows by a digest of the address. A long way back (the product was off) is walked in
several looks; the place is kept in the position.
"""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from delivery.connectors.base import Post, Visibility
from delivery.connectors.bluesky.errors import XrpcError
from delivery.connectors.bluesky.profiles import author, chunks, profiles
from delivery.connectors.bluesky.records import moment, web_link
from delivery.connectors.bluesky.views import post, related
from delivery.connectors.bluesky.xrpc import JSON, Xrpc

REASONS: Final = ("mention", "reply", "quote")
FIRST_LOOK: Final = timedelta(minutes=10)
"""What is older when an inbox is read for the first time is history, not work."""
OVERLAP: Final = timedelta(minutes=5)
FAR_BACK: Final = timedelta(days=3)
FAR_BACK_EVERY: Final = timedelta(minutes=15)
PAGE: Final = 100
PAGES: Final = 5
REMEMBERED: Final = 300

log = logging.getLogger(__name__)
Place = dict[str, Any]
"""Times in it are whole seconds since 1970. `newest`: the latest that was read; `seen`: digest → time; `horizon`: all
since then are in `seen`; `far_back_at`: the last look far back; `walk`: the long way that is being walked."""


def new_posts(api: Xrpc, place: Mapping[str, Any]) -> tuple[list[Post], Place]:
    """Posts that concern us and were not given before, oldest first, and the next place. Raises SendError."""
    now = int(datetime.now(UTC).timestamp())
    walk = place.get("walk") or _walk(place, now)
    found, cursor = _read(api, walk)
    seen = dict(place.get("seen", {}))
    fresh = {view["uri"]: view for view in found if _at(view) >= walk["give"] and _digest(view) not in seen}
    seen |= {_digest(view): _at(view) for view in found}
    newest = max([walk["newest"], *map(_at, found)])
    after: Place = {"far_back_at": walk["far_back_at"], "newest": newest}
    if cursor and place:
        after |= {"newest": place["newest"], "walk": {**walk, "newest": newest, "cursor": cursor}}
    horizon = place.get("horizon", _at(found[-1]) if cursor and found else walk["stop"])
    after["seen"], after["horizon"] = _newest_of(seen, horizon)
    return _posts(api, list(reversed(fresh.values()))), after


def _walk(place: Mapping[str, Any], now: int) -> Place:
    """Where a look starts and stops. The first one remembers what is old without giving it."""
    if not place:
        give = now - _seconds(FIRST_LOOK)
        return {"stop": now - _seconds(FAR_BACK), "give": give, "newest": give, "far_back_at": now}
    stop, far_back_at = place["newest"] - _seconds(OVERLAP), place["far_back_at"]
    give = min(place["horizon"], stop)
    if now - far_back_at >= _seconds(FAR_BACK_EVERY):
        stop, far_back_at = min(stop, max(place["horizon"], now - _seconds(FAR_BACK))), now
    return {"stop": stop, "give": give, "newest": place["newest"], "far_back_at": far_back_at}


def _read(api: Xrpc, walk: Place) -> tuple[list[JSON], str | None]:
    """Notifications (app.bsky.notification.listNotifications) newest first, and where to go on, if not at the stop."""
    found: list[JSON] = []
    cursor = walk.get("cursor")
    for _ in range(PAGES):
        page = api.get("app.bsky.notification.listNotifications", limit=PAGE, reasons=REASONS, cursor=cursor)
        found += [view for view in page["notifications"] if view["reason"] in REASONS]
        cursor = page.get("cursor")
        if not cursor or not page["notifications"] or _at(page["notifications"][-1]) < walk["stop"]:
            return found, None
    return found, cursor


def _newest_of(seen: dict[str, int], horizon: int) -> tuple[dict[str, int], int]:
    """What is worth remembering, and since when that is all there was."""
    if len(seen) <= REMEMBERED:
        return seen, horizon
    kept = sorted(seen.items(), key=lambda item: -item[1])[:REMEMBERED]
    return dict(kept), max(horizon, kept[-1][1])


def _posts(api: Xrpc, views: Sequence[JSON]) -> list[Post]:
    wanted = [uri for view in views for uri in (view["uri"], *related(view["record"])) if uri]
    known = posts_by_uri(api, wanted)
    people = profiles(api, [view["author"]["did"] for view in views])
    return [_post(view, known, people) for view in views]


def _post(view: JSON, known: Mapping[str, JSON], people: Mapping[str, JSON]) -> Post:
    writer = author(view["author"], people.get(view["author"]["did"]))
    try:
        return post({**view, "embed": known.get(view["uri"], {}).get("embed")}, writer, known)
    except (AttributeError, KeyError, TypeError, ValueError):
        log.exception("An odd post is taken by its text alone: %s", view["uri"])
        text, at = str(view["record"].get("text", "")), moment(view.get("indexedAt", ""))
        return Post(view["uri"], Visibility.PUBLIC, writer, text, at, web_link(view["uri"]), thread=view["uri"])


def posts_by_uri(api: Xrpc, uris: Sequence[str]) -> dict[str, JSON]:
    """Posts as others see them (app.bsky.feed.getPosts); what is gone or blocked is not among them."""
    found: dict[str, JSON] = {}
    for chunk in chunks(uris):
        try:
            views = api.get("app.bsky.feed.getPosts", uris=chunk)["posts"]
        except XrpcError as error:
            if error.name != "InvalidRequest":
                raise
            # One malformed address among them refuses all: then each for itself.
            views = [view for uri in chunk if len(chunk) > 1 for view in posts_by_uri(api, [uri]).values()]
        found |= {view["uri"]: view for view in views}
    return found


def _at(view: JSON) -> int:
    return int(moment(view["indexedAt"]).timestamp())


def _digest(view: JSON) -> str:
    return hashlib.sha256(view["uri"].encode()).hexdigest()[:12]


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
