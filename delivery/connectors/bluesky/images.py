"""Pictures as Bluesky takes them: at most 1,000,000 bytes (lexicon app.bsky.embed.images)."""

import io
from typing import TYPE_CHECKING, Final

from delivery.connectors.base import Failure, File, SendError

if TYPE_CHECKING:
    from PIL import Image

LARGEST_IMAGE: Final = 1_000_000
"""Bytes. The lexicon's limit was raised to 2,000,000 in 2026; servers of before refuse more than this."""
LONGEST_SIDE: Final = 2000
ACCEPTED: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


def fitted(file: File) -> tuple[bytes, str, tuple[int, int]]:
    """The bytes to upload, their content type, and width and height in pixels.

    A picture over the limit is made smaller (and a JPEG); what is no picture is refused. Raises SendError.
    """
    from PIL import Image, ImageOps

    if file.content_type not in ACCEPTED:
        raise SendError(Failure.REJECTED, "MediaTypeNotAllowed", file.content_type)
    try:
        with Image.open(io.BytesIO(file.content)) as opened:
            if len(file.content) <= LARGEST_IMAGE:
                return file.content, file.content_type, _shown_size(opened)
            picture = ImageOps.exif_transpose(opened)
            content = _shrunk(_opaque(picture))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise SendError(Failure.REJECTED, "InvalidMediaContentLength", str(error)) from error
    with Image.open(io.BytesIO(content)) as result:
        return content, "image/jpeg", result.size


def _shown_size(picture: "Image.Image") -> tuple[int, int]:
    """Width and height as seen: a camera's picture may lie on its side (EXIF orientation 5 to 8)."""
    width, height = picture.size
    return (height, width) if picture.getexif().get(0x0112, 1) >= 5 else (width, height)


def _opaque(picture: "Image.Image") -> "Image.Image":
    """On white: JPEG knows no transparency."""
    from PIL import Image

    layered = picture.convert("RGBA")
    white = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(white, layered).convert("RGB")


def _shrunk(picture: "Image.Image") -> bytes:
    side = min(LONGEST_SIDE, max(picture.size))
    while True:
        picture.thumbnail((side, side))
        for quality in (88, 75, 60):
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= LARGEST_IMAGE:
                return out.getvalue()
        side = side * 3 // 4
