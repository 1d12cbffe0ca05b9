"""Reading notifications against a network in the test's hand: order, lateness, poison, history."""

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from delivery.connectors.base import Failure
from delivery.connectors.bluesky import notifications
from delivery.connectors.bluesky.errors import XrpcError
from delivery.connectors.bluesky.notifications import new_posts
from delivery.connectors.bluesky.removals import removals
from delivery.connectors.bluesky.views import text_of

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    """The moment of the test, not the one at which this file was read: a whole run is longer than a look back."""
    monkeypatch.setattr(sys.modules[__name__], "NOW", datetime.now(UTC))


class Api:
    """Answers queries from a list of notifications, newest first, as the AppView does."""

    def __init__(self):
        self.notifications: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.poison = ""

    def add(self, name, at=None, reason="mention", **record):
        uri = f"at://did:plc:{name}/app.bsky.feed.post/{name}"
        author = {"did": f"did:plc:{name}", "handle": f"{name}.example"}
        record = {"text": name, **record}
        view = {"uri": uri, "cid": "c", "author": author, "reason": reason, "record": record}
        self.notifications.append({**view, "indexedAt": (at or NOW).isoformat()})
        return uri

    def get(self, method, **params):
        self.asked.append(method)
        name = "".join("_" + letter.lower() if letter.isupper() else letter for letter in method.rsplit(".", 1)[1])
        return getattr(self, name)(**params)

    def list_notifications(self, limit, reasons, cursor=None):
        found = sorted(self.notifications, key=lambda view: view["indexedAt"], reverse=True)
        page = [view for view in found if cursor is None or view["indexedAt"] < cursor][:limit]
        return {"notifications": page, "cursor": page[-1]["indexedAt"] if len(page) == limit else None}

    def get_posts(self, uris):
        if self.poison in uris:
            raise XrpcError("InvalidRequest", Failure.REJECTED, "InvalidMessageStructure")
        return {"posts": [view for view in self.notifications if view["uri"] in uris]}

    def get_profiles(self, actors):
        return {"profiles": []}

    def get_record(self, repo, collection, rkey):
        raise XrpcError("RecordNotFound", Failure.REJECTED, "GeneralError")


@pytest.fixture
def api():
    return Api()


def read(api, place):
    posts, place = new_posts(api, place)
    return [post.external_id for post in posts], place


def test_oldest_first_and_each_once(api):
    uris = [api.add(f"n{number}", NOW - timedelta(seconds=60 - number)) for number in range(3)]

    got, place = read(api, {})
    assert got == uris
    assert read(api, place)[0] == []


def test_a_late_one_is_found_behind_a_newer_one(api):
    api.add("newer")
    _, place = read(api, {})
    late = api.add("late", NOW - timedelta(minutes=4))

    assert read(api, place)[0] == [late]


def test_one_that_claims_to_be_old_is_found_far_back(api, monkeypatch):
    monkeypatch.setattr(notifications, "PAGE", 5)
    for number in range(20):
        api.add(f"n{number}", NOW - timedelta(seconds=number * 20))
    _, place = read(api, {})
    old = api.add("old", NOW - timedelta(days=2))

    got, place = read(api, place)
    assert got == []
    got, place = read(api, {**place, "far_back_at": place["far_back_at"] - 3600})
    assert got == [old]
    assert read(api, place)[0] == []


def test_history_is_not_work(api):
    api.add("history", NOW - timedelta(hours=1))
    new = api.add("new", NOW - timedelta(minutes=1))

    got, place = read(api, {})
    assert got == [new]
    assert read(api, {**place, "far_back_at": 0})[0] == []


def test_more_than_is_remembered_is_not_given_again_as_history(api, monkeypatch):
    monkeypatch.setattr(notifications, "REMEMBERED", 10)
    for number in range(40):
        api.add(f"n{number}", NOW - timedelta(hours=1, seconds=number))
    got, place = read(api, {})
    assert got == []

    assert read(api, {**place, "far_back_at": 0})[0] == []


def test_a_long_way_back_is_walked_without_a_gap(api, monkeypatch):
    monkeypatch.setattr(notifications, "PAGE", 4)
    monkeypatch.setattr(notifications, "PAGES", 2)
    api.add("first", NOW - timedelta(hours=5))
    _, place = read(
        api,
        {
            "newest": int((NOW - timedelta(hours=5)).timestamp()),
            "far_back_at": 2**40,
            "horizon": int((NOW - timedelta(days=3)).timestamp()),
            "seen": {},
        },
    )
    wanted = [api.add(f"n{number}", NOW - timedelta(minutes=number)) for number in range(40)]

    got, during = [], None
    for look in range(12):
        found, place = read(api, place)
        got += found
        if look == 1:
            during = api.add("during", NOW + timedelta(seconds=5))

    assert set(got) == {*wanted, during}
    assert "walk" not in place


def test_other_notifications_are_passed_over(api):
    api.add("fan", reason="like")

    assert read(api, {})[0] == []


@pytest.mark.parametrize(
    "record",
    [
        {"facets": [{"index": {}}]},
        {"facets": "none"},
        {"embed": {"media": [1]}},
        {"reply": {"parent": "x"}},
        {"text": 7},
        {"langs": 3},
    ],
)
def test_an_odd_post_is_taken_by_its_text(api, record):
    odd, good = api.add("odd", **record), api.add("good", NOW - timedelta(seconds=1))

    assert read(api, {})[0] == [good, odd]


def test_one_malformed_address_does_not_hide_the_others(api):
    api.poison = "at://x/app.bsky.feed.post/ "
    api.add("quoter", embed={"record": {"uri": api.poison}})
    api.add(
        "good", NOW - timedelta(seconds=1), reply={"parent": {"uri": "at://did:plc:quoter/app.bsky.feed.post/quoter"}}
    )

    posts, _ = new_posts(api, {})

    assert [post.original.text if post.original else None for post in posts] == ["quoter", None]


def test_all_watched_posts_are_looked_at_in_turn(api):
    uris = [api.add(f"n{number}") for number in range(60)]
    gone, watched = removals(api, [], uris)
    assert (gone, watched) == ([], uris)
    lost = api.notifications.pop(40)["uri"]

    told = []
    for _ in range(3):
        gone, watched = removals(api, watched, [])
        told += [removal.external_id for removal in gone]

    assert told == [lost]
    assert sorted(watched) == sorted(set(uris) - {lost})


@pytest.mark.parametrize(
    ("embed", "text"),
    [
        (None, "look"),
        ({"external": {"uri": "https://e.com/a"}}, "look\nhttps://e.com/a"),
        ({"media": {"external": {"uri": "https://e.com/a"}}}, "look\nhttps://e.com/a"),
        ({"external": {"uri": "look"}}, "look"),
    ],
)
def test_the_address_of_a_link_card_is_part_of_the_text(embed, text):
    assert text_of({"text": "look", "embed": embed}) == text
