"""Pictures to send: small ones, and ones that are too large."""

import io
import random

from PIL import Image


def png(width=64, height=48):
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 90)).save(out, "PNG")
    return out.getvalue()


def noise(width, height, kind="PNG"):
    """Noise does not compress: about 3 bytes a pixel as PNG."""
    out = io.BytesIO()
    pixels = random.Random(1).randbytes(width * height * 3)
    Image.frombytes("RGB", (width, height), pixels).save(out, kind)
    return out.getvalue()
