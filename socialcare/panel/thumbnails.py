"""Small pictures of attached ones, made without being hurt by a picture that is a bomb."""

import io
import warnings

WIDTH, HEIGHT = 480, 360
"""Twice what is shown, for fine screens."""
MOST_PIXELS = 50_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")


def fitted(width: int | None, height: int | None) -> tuple[int, int]:
    """The size in which a picture is shown in the thread; zeros where its own is not known."""
    if not width or not height:
        return 0, 0
    scale = min(1.0, WIDTH / 2 / width, HEIGHT / 2 / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def thumbnail(content: bytes) -> bytes | None:
    """A still WebP of a picture, at most 480 × 360; None for what is not a picture, is broken, or too large to open."""
    from PIL import Image, ImageOps, UnidentifiedImageError  # not before there is a picture: it is large

    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return None
                picture.draft("RGB", (WIDTH, HEIGHT))  # a JPEG is then decoded small
                small = ImageOps.exif_transpose(picture)
                small.thumbnail((WIDTH, HEIGHT))
                made = io.BytesIO()
                small.convert("RGBA" if "A" in small.getbands() or "transparency" in small.info else "RGB").save(
                    made, "WEBP", quality=80
                )
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError):
            return None
    return made.getvalue()
