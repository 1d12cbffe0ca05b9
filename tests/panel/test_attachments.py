"""Files: in by their bytes, out only to who may see them, never run, and no bomb goes off."""

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import User
from interactions import attachments
from interactions.models import Attachment, Interaction
from socialcare.panel.thumbnails import HEIGHT, WIDTH, fitted, thumbnail

JSON = {"Accept": "application/json"}


def png(width: int = 900, height: int = 600) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(made, "PNG")
    return made.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def upload(client: Client, interaction: Interaction, content: bytes, name: str = "a.png") -> object:
    file = SimpleUploadedFile(name, content)
    return client.post(f"/panel/i/{interaction.pk}/uploads/", {"file": file, "alt": "A square"}, headers=JSON)


def test_a_picture_goes_in_and_comes_out_sandboxed(at_alice: Client, work: Interaction) -> None:
    told = upload(at_alice, work, png()).json()["attachment"]  # type: ignore[attr-defined]
    assert told["type"] == "image/png"
    response = at_alice.get(told["url"])
    assert b"".join(response.streaming_content) == png()  # type: ignore[attr-defined]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["Content-Disposition"].startswith("inline")
    small = at_alice.get(told["thumb"])
    assert small["Content-Type"] == "image/webp"
    assert Image.open(io.BytesIO(small.content)).size == (480, 320)


def test_a_file_one_has_seen_is_asked_for_again_each_time(
    at_alice: Client, at_charlie: Client, work: Interaction
) -> None:
    url = upload(at_alice, work, png()).json()["attachment"]["url"]  # type: ignore[attr-defined]
    seen = {"If-None-Match": at_alice.get(url)["ETag"]}
    again = at_alice.get(url, headers=seen)
    assert (again.status_code, again["Cache-Control"]) == (304, "private, no-cache")
    assert at_charlie.get(url, headers=seen).status_code == 404


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "empty.png"), (b"<svg onload=alert(1)>", "x.png"), (b"MZ" + b"\0" * 200, "x.jpg"), (bomb(), "bomb.png")],
)
def test_what_is_not_a_sendable_picture_is_refused_in_words(
    at_alice: Client, work: Interaction, content: bytes, name: str
) -> None:
    response = upload(at_alice, work, content, name)
    assert response.status_code == 400  # type: ignore[attr-defined]
    assert response.json()["error"]["field"] == "file"  # type: ignore[attr-defined]
    assert not Attachment.objects.exists()


def test_a_file_too_large_is_refused_in_words(at_alice: Client, work: Interaction, settings: object) -> None:
    settings.MAX_ATTACHMENT_BYTES = 1024 * 1024  # type: ignore[attr-defined]
    response = upload(at_alice, work, b"\x89PNG" + b"\0" * 1024 * 1024)
    assert response.status_code == 400  # type: ignore[attr-defined]
    assert "larger than" in response.json()["error"]["message"]  # type: ignore[attr-defined]


def test_unsent_files_are_their_owners_alone(
    at_alice: Client, at_sam: Client, at_charlie: Client, work: Interaction
) -> None:
    url = upload(at_alice, work, png()).json()["attachment"]["url"]  # type: ignore[attr-defined]
    assert at_sam.get(url).status_code == 404
    assert at_charlie.get(url).status_code == 404
    assert at_sam.post(f"{url}discard/", headers=JSON).status_code == 404
    assert at_alice.post(f"{url}discard/", headers=JSON).status_code == 200
    assert at_alice.get(url).status_code == 404


def test_what_a_browser_could_run_is_only_downloaded(at_alice: Client, alice: User, work: Interaction) -> None:
    stored = attachments.store(work, b"<html>", attachments.Kind("text/html", "html"), "page.html", uploaded_by=alice)
    response = at_alice.get(f"/panel/attachments/{stored.pk}/")
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] == "application/octet-stream"
    assert at_alice.get(f"/panel/attachments/{stored.pk}/?thumb=1").status_code == 404


def test_a_bomb_makes_no_thumbnail() -> None:
    assert thumbnail(bomb()) is None
    assert thumbnail(b"not a picture") is None
    assert thumbnail(png()[:100]) is None


@pytest.mark.parametrize(
    ("size", "shown"), [((900, 600), (240, 160)), ((10, 20), (10, 20)), ((1, 90_000), (1, 180)), ((None, 5), (0, 0))]
)
def test_pictures_are_shown_in_their_final_size(size: tuple[int | None, int], shown: tuple[int, int]) -> None:
    assert fitted(*size) == shown
    assert shown[0] <= WIDTH
    assert shown[1] <= HEIGHT
