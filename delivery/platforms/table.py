"""The platform rules as typed rows, read from `rules.json`: what each network lets us write and attach.

docs/platform-rules.md says what every row means and where it comes from.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_TABLE: dict[str, Any] = json.loads((Path(__file__).parent / "rules.json").read_text(encoding="utf-8"))

VERSION: int = _TABLE["version"]


class Unit(StrEnum):
    """How a platform counts a text. The values are those in `rules.json`, and in the page."""

    GRAPHEMES = "graphemes"
    CODE_POINTS = "code_points"
    UTF16 = "utf16"
    BYTES = "bytes"
    X_WEIGHT = "x_weight"
    MASTODON = "mastodon"
    SMS = "sms"


UNIT_NAMES: Mapping[str, str | Promise] = {
    "graphemes": _("characters"),
    "code_points": _("characters"),
    "utf16": _("characters"),
    "mastodon": _("characters"),
    "x_weight": _("weighted characters"),
    "bytes": _("bytes"),
    "GSM-7": "GSM-7",
    "UCS-2": "UCS-2",
}
"""What the agent reads beside the counter, by `Measure.unit`."""


class NotOffered(LookupError):
    """The platform has no messages of this visibility: SMS has no public ones."""


@dataclass(frozen=True)
class Attachments:
    """What may be attached: the most bytes by content type, and the longest alternative text (0: it takes none)."""

    bytes: Mapping[str, int] = field(default_factory=dict)
    alt_length: int = 0

    def max_bytes(self, content_type: str) -> int:
        """The largest file of this type, in bytes; 0 when the platform takes none of it."""
        return self.bytes.get(content_type, 0)


@dataclass(frozen=True)
class VisibilityRules:
    """The rules of one platform for its public, or for its private, messages."""

    unit: Unit
    limit: int
    byte_limit: int | None = None
    """A second limit, in UTF-8 bytes."""
    url_length: int = 0
    """What every URL counts, where the platform shortens them."""
    attachments: Attachments = Attachments()
    inbox_may_set: frozenset[str] = frozenset()

    def for_inbox(self, settings: Mapping[str, Any]) -> "VisibilityRules":
        """These rules with what the inbox's settings say instead, where the row lets an inbox say it.

        `text_limit`, `url_length`, `attachment_bytes` and `alt_length` are read (whole numbers above 0, anything else
        is passed over), and `attachment_types`, which only ever narrows what the platform takes.
        """
        own = {name: n for name in self.inbox_may_set if (n := _positive(settings.get(name))) is not None}
        kinds = settings.get("attachment_types") or self.attachments.bytes
        largest = {
            kind: own.get("attachment_bytes", size) for kind, size in self.attachments.bytes.items() if kind in kinds
        }
        return replace(
            self,
            limit=own.get("text_limit", self.limit),
            url_length=own.get("url_length", self.url_length),
            attachments=Attachments(largest, own.get("alt_length", self.attachments.alt_length)),
        )

    def as_json(self) -> dict[str, Any]:
        """The rule as `counter.js` reads it, with the names of its units in the language in use."""
        return {
            "unit": str(self.unit),
            "limit": self.limit,
            "byte_limit": self.byte_limit,
            "url_length": self.url_length,
            "counting": counting(self.unit),
            "unit_names": {unit: str(name) for unit, name in UNIT_NAMES.items()},
            "attachments": {"bytes": dict(self.attachments.bytes), "alt_length": self.attachments.alt_length},
        }


@dataclass(frozen=True)
class PlatformRules:
    """One row of the table. `public` or `private` is None where the platform has no such messages."""

    platform: str
    source: str
    public: VisibilityRules | None
    private: VisibilityRules | None

    def visibility(self, name: str, settings: Mapping[str, Any] | None = None) -> VisibilityRules:
        """The rules for "public" or "private" messages, with an inbox's own settings. Raises NotOffered."""
        row = {"public": self.public, "private": self.private}.get(name)
        if row is None:
            raise NotOffered(f"{self.platform} has no {name} messages")
        return row.for_inbox(settings or {})


@cache
def rules(platform: str) -> PlatformRules:
    """The rules of a platform, by the name its connectors give it. Raises KeyError for one that has no row."""
    row = _TABLE["platforms"][platform]
    public = _visibility(row.get("public"))
    private = public if row.get("private") == "public" else _visibility(row.get("private"))
    return PlatformRules(platform, row["source"], public, private)


def platforms() -> Iterable[str]:
    """The names of all platforms that have a row."""
    return tuple(_TABLE["platforms"])


@cache
def counting(unit: Unit) -> dict[str, Any]:
    """The patterns and alphabets that a unit counts with: the same regular expressions run here and in the browser."""
    return {name: _expand(part) for name, part in _TABLE["counting"].get(unit, {}).items()}


def _visibility(row: dict[str, Any] | None) -> VisibilityRules | None:
    if row is None:
        return None
    given = {
        "unit": Unit(row["unit"]),
        "attachments": Attachments(**row.get("attachments", {})),
        "inbox_may_set": frozenset(row.get("inbox_may_set", ())),
    }
    return VisibilityRules(**{**row, **given})


def _expand(part: Any) -> Any:
    """Put the named fragments, and the lists of words, in place of `<name>`, as often as there are any."""
    if not isinstance(part, str):
        return part
    expanded = re.sub(r"<(\w+)>", lambda name: _fragment(name[1]), part)
    return part if expanded == part else _expand(expanded)


@cache
def _fragment(name: str) -> str:
    if name in _TABLE["fragments"]:
        return str(_TABLE["fragments"][name])
    # By first letter: engines try alternatives one by one
    words = sorted(_TABLE["words"][name].split())
    groups = {first: "|".join(word[1:] for word in same) for first, same in groupby(words, key=lambda word: word[0])}
    return "(?:" + "|".join(f"{first}(?:{rest})" for first, rest in groups.items()) + ")"


def _positive(value: object) -> int | None:
    if isinstance(value, bool) or not re.fullmatch(r"0*[1-9][0-9]{0,8}", str(value)):
        return None
    return int(str(value))
