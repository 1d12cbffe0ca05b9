"""Trying out a channel's connection."""

import pytest

from delivery.connectors.base import Author
from delivery.connectors.practice import PracticeConnector
from delivery.trying import try_connection
from interactions.models import Inbox


def test_a_connection_that_works_clears_the_trouble_and_tells_who_the_brand_is_there(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    Inbox.objects.filter(pk=inbox.pk).update(trouble="Token expired")
    monkeypatch.setattr(PracticeConnector, "check", lambda self: "Signed in")
    monkeypatch.setattr(PracticeConnector, "own_account", lambda self: Author("did:us", "@us.example"))

    assert try_connection(inbox) == "Signed in"

    inbox.refresh_from_db()
    assert (inbox.trouble, inbox.account_id, inbox.account_handle) == (
        "",
        "did:us",
        "@us.example",
    )
