"""Files that customers and agents send each other."""

from io import BytesIO

from PIL import Image


def png(colour: str = "teal") -> bytes:
    """A small picture."""
    made = BytesIO()
    Image.new("RGB", (64, 48), colour).save(made, "PNG")
    return made.getvalue()
