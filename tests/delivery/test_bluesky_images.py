"""Pictures: what fits goes out as it is, what is too large smaller, what is no picture not at all."""

import io
import random

import pytest
from PIL import Image

from delivery.connectors.base import Failure, File, SendError
from delivery.connectors.bluesky.images import LARGEST_IMAGE, fitted


def picture(kind, mode="RGB", size=(40, 30), **options):
    out = io.BytesIO()
    Image.new(mode, size, 1).save(out, kind, **options)
    return File(f"a.{kind}", f"image/{kind}", out.getvalue())


def noise(mode, size):
    out = io.BytesIO()
    pixels = random.Random(1).randbytes(size[0] * size[1] * len(mode))
    Image.frombytes(mode, size, pixels).save(out, "png")
    return File("noise.png", "image/png", out.getvalue())


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp"])
def test_what_fits_goes_out_as_it_is(kind):
    file = picture(kind)

    assert fitted(file) == (file.content, f"image/{kind}", (40, 30))


def test_a_picture_lying_on_its_side_is_described_as_it_is_seen():
    exif = Image.Exif()
    exif[0x0112] = 6

    assert fitted(picture("jpeg", exif=exif))[2] == (30, 40)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_what_is_too_large_goes_out_smaller_and_in_shape(mode):
    file = noise(mode, (1000, 700))
    assert len(file.content) > LARGEST_IMAGE

    content, content_type, (width, height) = fitted(file)

    assert len(content) <= LARGEST_IMAGE
    assert content_type == "image/jpeg"
    assert width / height == pytest.approx(10 / 7, rel=0.01)


@pytest.mark.parametrize(
    ("content_type", "content", "reason"),
    [
        ("application/pdf", b"%PDF", "MediaTypeNotAllowed"),
        ("image/svg+xml", b"<svg/>", "MediaTypeNotAllowed"),
        ("image/png", b"", "InvalidMediaContentLength"),
        ("image/png", b"\x89PNG\r\n\x1a\n" + b"x" * 100, "InvalidMediaContentLength"),
        ("image/png", b"\x89PNG\r\n\x1a\n" + b"x" * (LARGEST_IMAGE + 1), "InvalidMediaContentLength"),
    ],
)
def test_what_is_no_picture_is_refused(content_type, content, reason):
    with pytest.raises(SendError) as caught:
        fitted(File("a", content_type, content))

    assert (caught.value.failure, caught.value.reason) == (Failure.REJECTED, reason)


def test_a_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)

    with pytest.raises(SendError) as caught:
        fitted(picture("png"))

    assert caught.value.reason == "InvalidMediaContentLength"
