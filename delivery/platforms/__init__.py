"""The platform rules: what each network lets us write, and how it counts. One table for the server and the browser."""

from .clusters import graphemes
from .counting import Measure, measure
from .table import (
    UNIT_NAMES,
    VERSION,
    Attachments,
    NotOffered,
    PlatformRules,
    Unit,
    VisibilityRules,
    platforms,
    rules,
)

__all__ = [
    "UNIT_NAMES",
    "VERSION",
    "Attachments",
    "Measure",
    "NotOffered",
    "PlatformRules",
    "Unit",
    "VisibilityRules",
    "graphemes",
    "measure",
    "platforms",
    "rules",
]
