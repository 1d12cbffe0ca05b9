"""Files in an object store, which all machines reach: attached, shown, sent, discarded."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from delivery.outbox import deliver
from delivery.replying import reply
from interactions.attachments import discard, upload
from tests.network import PNG, Network
from tests.scene import connected
from tests.store import Store, object_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """As settings.py has it where S3_BUCKET is set."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "unseen")
    with object_store() as store:
        options = {"bucket_name": "care", "endpoint_url": store.url, "signature_version": "s3v4"}
        kept = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "default": kept}
        yield store


def test_a_file_is_kept_shown_and_sent(store: Store, network: Network, alice: Any, inbox: Any) -> None:
    interaction = connected(alice, inbox)
    file = upload(alice, interaction.pk, io.BytesIO(PNG), "map.png")
    assert list(store.objects.values()) == [PNG]
    alices = Client()
    alices.force_login(alice)
    assert b"".join(alices.get(f"/panel/attachments/{file.pk}/")) == PNG
    messages = reply(alice, interaction.pk, visibility="public", text="Here", attachment_ids=[file.pk], key=file.pk)
    for message in messages:
        deliver(message.deliveries.get().pk)
    [sent] = [each.file for each in network.sent if each.file]
    assert sent.content == PNG


def test_a_discarded_file_is_gone(store: Store, alice: Any, inbox: Any) -> None:
    file = upload(alice, connected(alice, inbox).pk, io.BytesIO(PNG), "map.png")
    discard(alice, file.pk)
    assert store.objects == {}
