"""Files: what they are is read from their bytes."""

import io

import pytest
from PIL import Image

from interactions.attachments import describe, discard, recognise, safe_name, upload
from interactions.models import Attachment
from socialcare.errors import Conflict, Invalid, NotFound
from tests.network import PNG
from tests.scene import connected

pytestmark = pytest.mark.django_db

JPEG, GIF, PDF = b"\xff\xd8\xff\xe0\x00\x10JFIF", b"GIF89a", b"%PDF-1.7\n"
PROGRAM = b"\x7fELF\x02\x01\x01" + bytes(64)


def picture(kind: str, size: tuple[int, int] = (3, 2)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size).save(out, kind)
    return out.getvalue()


def put(agent, interaction, content: bytes = PNG, name: str = "a.png", **facts) -> Attachment:
    return upload(agent, interaction.pk, io.BytesIO(content), name, **facts)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_pictures_are_taken_whatever_they_are_called(kind: str, alice, inbox) -> None:
    file = put(alice, connected(alice, inbox), picture(kind), "holiday.exe")
    ending = {"PNG": "png", "JPEG": "jpg", "GIF": "gif"}[kind]
    assert (file.content_type, file.name) == (f"image/{kind.lower()}", f"holiday.{ending}")
    assert (file.width, file.height, file.size) == (3, 2, len(picture(kind)))
    assert file.file.name.endswith(f"{file.pk}.{ending}")


@pytest.mark.parametrize("content", [PDF, PROGRAM, b"<svg onload='alert(1)'/>", b"plain text", picture("WEBP")])
def test_what_the_inbox_does_not_send_is_refused_whatever_it_is_called(content: bytes, alice, inbox) -> None:
    with pytest.raises(Invalid, match="GIF, JPEG, PNG") as error:
        put(alice, connected(alice, inbox), content, "photo.png")
    assert (error.value.field, error.value.code) == ("file", "media.type.not.allowed")
    assert not Attachment.objects.exists()


def test_the_inbox_says_what_it_sends(alice, inbox) -> None:
    interaction = connected(alice, inbox)
    inbox.media_types = ["application/pdf"]
    inbox.save()
    assert put(alice, interaction, PDF, "manual.pdf").content_type == "application/pdf"
    with pytest.raises(Invalid, match="PDF"):
        put(alice, interaction)


def test_twenty_six_megabytes_are_too_many(alice, inbox, settings) -> None:
    interaction = connected(alice, inbox)
    with pytest.raises(Invalid, match="larger than 25") as error:
        put(alice, interaction, PNG + bytes(26 * 1024 * 1024))
    assert error.value.code == "too.large"
    settings.MAX_ATTACHMENT_BYTES = len(PNG)
    assert put(alice, interaction)
    with pytest.raises(Invalid):
        put(alice, interaction, PNG + b"\x00")


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "empty"), (PNG[:20], "damaged"), (JPEG, "damaged"), (GIF, "damaged")]
)
def test_what_is_empty_or_damaged_is_refused(content: bytes, said: str, alice, inbox) -> None:
    with pytest.raises(Invalid, match=said):
        put(alice, connected(alice, inbox), content)


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    header = bytearray(PNG)
    header[16:24] = (60_000).to_bytes(4, "big") + (60_000).to_bytes(4, "big")
    with pytest.raises(Invalid):
        recognise(bytes(header))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\temp\\a b.jpg", "a_b.png"),
        ("gnp.\u202eexe.png", "gnp.exe.png"),
        ("\x00\ud800", "file.png"),
        ("", "file.png"),
        ("..", "file.png"),
        (".htaccess", "htaccess.png"),
        ("x" * 400, "x" * 100 + ".png"),
        ("名前.png", "名前.png"),
    ],
)
def test_names_are_made_harmless(given: str, kept: str) -> None:
    assert safe_name(given, "png") == kept


def test_a_file_not_sent_can_be_described_and_taken_out_by_who_put_it_in(alice, sam, inbox) -> None:
    file = put(alice, connected(alice, inbox))
    assert describe(alice, file.pk, " A\x00 map ").alt == "A map"
    path = file.file.path
    for other, pk in ((sam, file.pk), (alice, "nonsense")):
        with pytest.raises(NotFound):
            discard(other, pk)
    discard(alice, file.pk)
    with pytest.raises(NotFound):
        describe(alice, file.pk, "x")
    assert not file.file.storage.exists(path)


def test_twenty_files_may_wait(alice, inbox) -> None:
    interaction = connected(alice, inbox)
    for _ in range(20):
        put(alice, interaction)
    with pytest.raises(Conflict, match="some of the files first"):
        put(alice, interaction)
