"""What no database and no platform can carry, taken out of whatever comes from outside."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Embeddings, overrides and isolates of direction. Letters carry their own; a name needs none of these."""


def clean(text: str) -> str:
    """The text without NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def clean_name(text: str) -> str:
    """The name in one line, without the marks that turn the direction of whatever is written after it."""
    return " ".join(clean(text).translate(_TURNING).split())


def cleaned(value: Any) -> Any:
    """The value with every text in it cleaned, however deep it lies."""
    if type(value) is str:
        return clean(value)
    if isinstance(value, Mapping):
        return {cleaned(name): cleaned(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(part) for part in value]
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: cleaned(getattr(value, field.name)) for field in fields(value)})
    return value
