"""Pictures: what they are is read from their bytes, never from their names."""

from io import BytesIO
from pathlib import PurePosixPath

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from socialcare.errors import Invalid

from .models import Picture

LARGEST = 25 * 1024 * 1024
TYPES = {"JPEG": ("image/jpeg", ".jpg"), "PNG": ("image/png", ".png"), "GIF": ("image/gif", ".gif")}


def keep(content: bytes, name: str = "", alt: str = "") -> Picture:
    """Store a picture. Raises Invalid unless it is a JPEG, PNG or GIF of at most 25 MB."""
    if len(content) > LARGEST:
        raise Invalid(_("The picture is too large: 25 MB at most."), field="picture", code="too.large")
    from PIL import Image, UnidentifiedImageError  # not before there is a picture: it is large

    try:
        with Image.open(BytesIO(content), formats=list(TYPES)) as image:
            content_type, suffix = TYPES[image.format or ""]
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, KeyError, ValueError) as error:
        raise Invalid(_("That is no JPEG, PNG or GIF picture."), field="picture", code="wrong.type") from error
    picture = Picture(content_type=content_type, name=PurePosixPath(name).name[:200], alt=alt[:1000])
    picture.file.save(f"{picture.pk}{suffix}", ContentFile(content), save=False)
    picture.save()
    return picture
