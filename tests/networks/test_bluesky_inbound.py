"""What customers write on the real network reaches us: all of it, once, with what an agent needs to know."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from atproto import models

from delivery.connectors.base import Post, Removal, Visibility
from delivery.connectors.bluesky import notifications
from tests.networks.bluesky.people import eventually, join, reference
from tests.networks.bluesky.pictures import png


def test_a_mention_comes_in_with_its_author(brand, customer):
    customer.record("app.bsky.actor.profile", rkey="self", displayName="Cleo Customer")
    join(brand.service, "fan").client.follow(customer.did)
    post = customer.mention(brand, "mon zootrope est cassé 😡", langs=["fr"])

    [got] = brand.hears(Post)

    assert got.external_id == post.uri
    assert got.visibility == Visibility.PUBLIC
    assert got.text == f"@{brand.handle} mon zootrope est cassé 😡"
    assert (got.author.external_id, got.author.handle) == (customer.did, f"@{customer.handle}")
    assert got.author.name == "Cleo Customer"
    assert got.author.followers == 1
    assert not got.author.verified
    assert got.language == "fr"
    assert got.thread == post.uri
    assert got.url == f"https://bsky.app/profile/{customer.did}/post/{post.uri.rsplit('/', 1)[1]}"
    assert abs(got.sent_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert brand.poll() == []


def test_a_reply_comes_with_the_post_it_answers(brand, customer):
    ours = brand.says("We sell zoetropes.")
    first = customer.reply("Do they turn?", ours)
    second = customer.reply("And in the dark?", ours, parent=first)

    got = {post.external_id: post for post in brand.hears(Post, 2)}

    assert got[first.uri].original.text == "We sell zoetropes."
    assert got[first.uri].original.external_id == got[first.uri].reply_to == ours.uri
    assert got[second.uri].reply_to == first.uri
    assert got[second.uri].original.text == "Do they turn?"
    assert got[second.uri].thread == got[first.uri].thread == ours.uri


def test_a_quote_comes_with_the_post_it_quotes(brand, customer):
    ours = brand.says("Now with free shipping.")
    embed = models.AppBskyEmbedRecord.Main(record=models.create_strong_ref(ours))
    quote = customer.post("Free? Ha!", embed=embed)

    [got] = brand.hears(Post)

    assert (got.external_id, got.text) == (quote.uri, "Free? Ha!")
    assert (got.original.external_id, got.original.text) == (ours.uri, "Now with free shipping.")


def test_pictures_come_with_their_alternative_text(brand, customer):
    customer.client.send_image(
        f"@{brand.handle} look", png(), "a broken strip", reply_to=reference(post := brand.says("Hi"), post)
    )

    [got] = brand.hears(Post)

    [media] = got.media
    assert media.alt == "a broken strip"
    assert httpx.get(media.url).headers["content-type"].startswith("image/")


def test_nothing_is_lost_and_nothing_comes_twice(brand, customer):
    """Thirty posts while we look all the time: they are indexed late and in any order."""
    sent, got = set(), []
    for number in range(30):
        sent.add(customer.mention(brand, f"number {number}").uri)
        got += brand.poll(Post)
    eventually(lambda: got.extend(brand.poll(Post)) or len(got) >= 30)

    assert sorted(post.external_id for post in got) == sorted(sent)


def test_a_long_way_back_is_walked_in_several_looks(brand, customer, monkeypatch):
    monkeypatch.setattr(notifications, "PAGE", 4)
    monkeypatch.setattr(notifications, "PAGES", 2)
    sent = {customer.mention(brand, f"number {number}").uri for number in range(21)}
    last = max(sent)
    eventually(
        lambda: (
            last in {each.uri for each in brand.person.client.app.bsky.notification.list_notifications().notifications}
        )
    )

    looks = []
    while len(looks) < 10 and ("walk" in brand.position["posts"] or not looks):
        looks.append([post.external_id for post in brand.poll(Post)])

    assert len(looks) >= 3
    assert max(len(look) for look in looks) <= 8
    assert {uri for look in looks for uri in look} == sent


def test_a_post_that_claims_to_be_old_is_new_all_the_same(brand, customer):
    day_old = (datetime.now(UTC) - timedelta(days=1)).isoformat().replace("+00:00", "Z")
    text = f"@{brand.handle} from a ship without a line"
    mention = {"$type": "app.bsky.richtext.facet#mention", "did": brand.did}
    facet = {"index": {"byteStart": 0, "byteEnd": len(brand.handle) + 1}, "features": [mention]}
    post = customer.record("app.bsky.feed.post", text=text, createdAt=day_old, facets=[facet])

    brand.position["posts"]["far_back_at"] -= 3600
    [got] = brand.hears(Post)

    assert got.external_id == post.uri


def test_what_is_older_than_the_inbox_is_history(brand, customer):
    long_ago = (datetime.now(UTC) - timedelta(hours=2)).isoformat().replace("+00:00", "Z")
    mention = {"$type": "app.bsky.richtext.facet#mention", "did": brand.did}
    facet = {"index": {"byteStart": 0, "byteEnd": 1}, "features": [mention]}
    old = customer.record("app.bsky.feed.post", text="@ old", createdAt=long_ago, facets=[facet])
    new = customer.mention(brand, "new")
    listed = brand.person.client.app.bsky.notification.list_notifications
    eventually(lambda: {old.uri, new.uri} <= {each.uri for each in listed().notifications})

    brand.position = {}
    assert [post.external_id for post in brand.poll(Post)] == [new.uri]
    brand.position["posts"]["far_back_at"] -= 3600
    assert brand.poll(Post) == []


def test_a_deleted_post_is_told(brand, customer):
    post, other = customer.mention(brand, "never mind"), customer.mention(brand, "still here")
    brand.hears(Post, 2)
    assert customer.client.delete_post(post.uri)

    [gone] = brand.hears(Removal)

    assert gone.external_id == post.uri
    assert other.uri in brand.position["watched"]
    assert brand.poll(Removal) == []


def test_a_block_is_not_taken_for_a_removal(brand, customer):
    customer.mention(brand, "and now I block you")
    brand.hears(Post)
    customer.record("app.bsky.graph.block", subject=brand.did)
    eventually(lambda: not brand.connector().api.get("app.bsky.feed.getPosts", uris=brand.position["watched"])["posts"])

    assert brand.poll(Removal) == []


def test_the_position_survives_as_json(brand, customer):
    customer.mention(brand, "one")
    brand.hears(Post)
    brand.position = json.loads(json.dumps(brand.position))
    second = customer.mention(brand, "two")

    assert [post.external_id for post in brand.hears(Post)] == [second.uri]


@pytest.mark.parametrize("text", ["e\u0301" * 300, "👩‍👩‍👧" * 160, "\u202eright to left"])
def test_odd_text_comes_as_it_was_written(brand, customer, text):
    post = customer.reply(text, brand.says("Say something"))

    [got] = brand.hears(Post)

    assert (got.external_id, got.text) == (post.uri, text)
