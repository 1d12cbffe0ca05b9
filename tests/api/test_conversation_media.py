"""Files over the API: announced, sent to an address of their own, named by a reply."""

import base64
import hashlib
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from interactions.models import Attachment, Interaction, Upload
from tests.api.conftest import Api
from tests.api.sdk import read_as
from tests.scene import connected


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(made, "PNG")
    return made.getvalue()


PNG = picture()


@pytest.fixture
def work(alice: User, inbox: Any) -> Interaction:
    return connected(alice, inbox)


@pytest.fixture
def path(work: Interaction) -> str:
    part = work.handlings.get().pk
    return f"conversations/messages/{work.pk}/communications/{part}/messages"


def put(told: dict[str, Any], content: bytes, **headers: str) -> Any:
    """As any HTTP client would: without a token, with the headers it was told."""
    address = told["uploadUrl"].partition("/api/")[2]
    content_type = told["uploadHeaders"]["Content-Type"]
    return Client().generic("PUT", f"/api/{address}", content, content_type=content_type, headers=headers)


def test_from_the_announcement_to_the_reply(as_alice: Api, work: Interaction, path: str) -> None:
    md5 = base64.b64encode(hashlib.md5(PNG).digest()).decode()
    body = {"fileName": "café.png", "contentLengthBytes": len(PNG), "contentMd5": md5}
    told = as_alice.of("post", f"{path}/media/uploads", body)
    assert read_as("MessageMediaUploadData", told).upload_url.startswith("http")
    media = f"{path}/media/{told['id']}"
    assert read_as("MessageMediaData", as_alice.of("get", media)).status == "uploading"
    as_alice.refused(400, "post", path, {"mediaIds": [told["id"]]})
    stored = put(told, PNG)
    assert (stored.status_code, stored.json()["status"]) == (200, "valid")
    read = read_as("MessageMediaData", as_alice.of("get", media))
    assert (read.status, read.media_type, read.content_length_bytes) == ("valid", "image/png", len(PNG))
    assert read_as("MessageMediaListing", as_alice.of("get", f"{path}/media?status=valid")).entities[0].id == told["id"]
    as_alice.of("post", path, {"mediaIds": [told["id"]]})
    url = as_alice.of("get", media)["url"]
    assert Client().get("/files/" + url.partition("/files/")[2]).status_code == 200


def test_an_address_takes_one_file(as_alice: Api, path: str) -> None:
    told = as_alice.of("post", f"{path}/media/uploads", {"fileName": "a.png"})
    assert put(told, PNG).status_code == 200
    again = put(told, PNG)
    assert (again.status_code, again.json()["code"]) == (409, "upload.done")
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "announced", "code"),
    [
        (b"", {}, "invalid.value"),
        (b"<svg onload=alert(1)>", {}, "media.type.not.allowed"),
        (PNG, {"contentLengthBytes": len(PNG) + 1}, "wrong.size"),
        (PNG, {"contentMd5": "x" * 24}, "wrong.checksum"),
    ],
)
def test_what_is_no_good_is_invalid(as_alice: Api, path: str, content: bytes, announced: Any, code: str) -> None:
    told = as_alice.of("post", f"{path}/media/uploads", {"fileName": "a.png", **announced})
    refused = put(told, content)
    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert as_alice.of("get", f"{path}/media/{told['id']}")["status"] == "invalid"
    assert put(told, PNG).status_code == 409
    as_alice.refused(400, "post", path, {"mediaIds": [told["id"]]})


def test_what_is_too_large(as_alice: Api, path: str, settings: Any) -> None:
    settings.MAX_ATTACHMENT_BYTES = len(PNG) - 1
    told = as_alice.of("post", f"{path}/media/uploads", {"fileName": "a.png"})
    assert put(told, PNG).status_code == 413
    settings.MAX_ATTACHMENT_BYTES = 25 * 1024 * 1024
    wrong = as_alice.refused(
        400, "post", f"{path}/media/uploads", {"fileName": "a.png", "contentLengthBytes": 26 * 1024 * 1024}
    )
    assert wrong["details"][0]["fieldName"] == "contentLengthBytes"


def test_a_file_larger_than_other_bodies(as_alice: Api, path: str) -> None:
    told = as_alice.of("post", f"{path}/media/uploads", {"fileName": "a.png"})
    assert put(told, PNG + b"\0" * 3_000_000).status_code == 200


def test_an_address_that_is_too_old_or_forged(as_alice: Api, path: str) -> None:
    told = as_alice.of("post", f"{path}/media/uploads", {"fileName": "a.png"})
    Upload.objects.update(good_until=timezone.now() - timedelta(seconds=1))
    assert put(told, PNG).json()["code"] == "upload.expired"
    assert put({**told, "uploadUrl": told["uploadUrl"][:-1] + "~"}, PNG).status_code == 404
    assert Client().get("/api/v2/uploads/x").status_code == 405


def test_only_who_has_the_conversation(as_alice: Api, bob: User, charlie: User, path: str) -> None:
    Api(bob).refused(403, "post", f"{path}/media/uploads", {"fileName": "a.png"})
    Api(charlie).refused(404, "post", f"{path}/media/uploads", {"fileName": "a.png"})
    told = as_alice.of("post", f"{path}/media/uploads", {"fileName": "a.png"})
    put(told, PNG)
    Api(bob).refused(404, "get", f"{path}/media/{told['id']}")
    for body in ({}, {"fileName": ""}, {"fileName": "x" * 256}, {"fileName": "a", "contentLengthBytes": 0}, []):
        as_alice.refused(400, "post", f"{path}/media/uploads", body)


def test_not_too_many_at_once(as_alice: Api, path: str) -> None:
    for _ in range(20):
        as_alice.of("post", f"{path}/media/uploads", {"fileName": "a.png"})
    assert as_alice.refused(409, "post", f"{path}/media/uploads", {"fileName": "a.png"})["code"] == "too.many.files"
    Upload.objects.update(good_until=timezone.now() - timedelta(days=2))
    as_alice.of("post", f"{path}/media/uploads", {"fileName": "a.png"})
    assert Upload.objects.count() == 1


def test_the_path_of_a_file_names_a_part_of_its_conversation(as_alice: Api, alice: User, inbox: Any, path: str) -> None:
    told = as_alice.of("post", f"{path}/media/uploads", {"fileName": "a.png"})
    assert put(told, PNG).status_code == 200
    as_alice.of("post", path, {"mediaIds": [told["id"]]})
    media = f"{path}/media/{told['id']}"
    as_alice.of("get", media)
    other = connected(alice, inbox)
    conversation, part = path.split("/")[2], path.split("/")[4]
    foreign = str(other.handlings.get().pk)
    as_alice.refused(404, "get", media.replace(part, foreign))
    as_alice.refused(404, "get", media.replace(part, "00000000-0000-4000-8000-000000000000"))
    as_alice.refused(404, "get", media.replace(conversation, str(other.pk)))
    as_alice.refused(404, "get", media.replace(conversation, str(other.pk)).replace(part, foreign))
