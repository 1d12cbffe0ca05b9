"""Our account on the real network: signing in and staying so, and what is wrong with it in words."""

import pytest

from delivery.connectors.base import Author, Failure, Outbound, SendError, Visibility
from delivery.connectors.bluesky.xrpc import forget_sessions
from tests.networks.bluesky.people import Brand, join

NOBODY = Author("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa")


def failure(call):
    with pytest.raises(SendError) as caught:
        call()
    return caught.value


def app_password(person, **options):
    return person.client.com.atproto.server.create_app_password({"name": "care", **options}).password


def test_the_check_says_who_we_are(brand):
    assert brand.connector().check() == f"Signed in as @{brand.handle}"


def test_a_wrong_password_is_an_account_failure(brand):
    brand.password = "wrong"

    error = failure(brand.connector().check)

    assert error.failure == Failure.ACCOUNT
    assert "Invalid identifier or password" in error.detail


def test_a_deactivated_account_is_an_account_failure(brand, customer):
    post = customer.post("hello")
    brand.connector().check()
    brand.person.client.com.atproto.server.deactivate_account({})
    record = {"repo": brand.did, "collection": "app.bsky.feed.post", "record": {"text": "x", "createdAt": post.cid}}

    error = failure(lambda: brand.connector().api.post("com.atproto.repo.createRecord", record))
    assert (error.failure, error.name) == (Failure.ACCOUNT, "AccountDeactivated")

    forget_sessions()
    assert failure(brand.connector().check).failure == Failure.ACCOUNT


def test_an_app_password_without_chat_rights_still_has_the_public_side(brand, customer, chat):
    brand.password = app_password(brand.person)
    customer.mention(brand, "hello")

    assert "without direct messages" in brand.connector().check()
    assert len(brand.hears(object)) == 1
    private = Outbound("key", Visibility.PRIVATE, Author(customer.did), "hello")
    error = failure(lambda: brand.connector().send(private))
    assert (error.failure, error.reason) == (Failure.REJECTED, "MessageNotAllowed")


def test_an_app_password_with_chat_rights_has_both(brand):
    brand.password = app_password(brand.person, privileged=True)

    assert brand.connector().check() == f"Signed in as @{brand.handle}"


def test_one_session_serves_many_calls_and_is_refreshed(brand, cutting):
    connector = brand.connector(service=cutting.url)
    first = connector.api.session
    assert brand.connector(service=cutting.url).api.session is first

    first.access = "worn out"
    brand.connector(service=cutting.url).check()
    second = brand.connector(service=cutting.url).api.session
    assert second.access not in {first.access, "worn out"}

    second.access = second.refresh = "both worn out"
    brand.connector(service=cutting.url).check()


def test_a_network_that_is_down_is_said_so(brand):
    error = failure(brand.connector(service="http://localhost:24599").check)

    assert error.failure == Failure.NETWORK
    error = failure(lambda: brand.connector(service="http://localhost:24599").poll({}))
    assert error.failure == Failure.NETWORK


def test_the_quota_says_when_to_come_back(small_network):
    """The PDS allows thirty sign-ins in five minutes."""
    brand = Brand(join(small_network, "busy", indexed=False), small_network, "did:web:localhost")

    def sign_in_often():
        for _ in range(31):
            forget_sessions()
            assert brand.connector().api.session.did == brand.did

    error = failure(sign_in_often)

    assert (error.failure, error.reason) == (Failure.QUOTA, "RateLimited")
    assert 1 <= error.retry_after <= 300
