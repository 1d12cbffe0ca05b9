"""Html that is kept: of a thread of fifty messages one is new, and of a list of five conversations one has changed.

What has been rendered of some values, in a language and a time zone, is kept under these values. Whoever is shown the
same is given the same; nobody is given what they would not have been shown. The values must be plain: what their `repr`
does not tell must make no difference.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import SafeString

MOST = 2_000
"""Pieces kept in each process; a message takes about 3 KB."""


class Shown:
    """What a piece of html is made of; two are the same if they tell the same."""

    def __init__(self, values: dict[str, Any], *around: object) -> None:
        self.values: dict[str, Any] | None = values
        self.told = blake2b(repr((values, around)).encode(), digest_size=16).digest()

    def __hash__(self) -> int:
        return hash(self.told)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shown) and self.told == other.told


def kept_html(template: str, **values: Any) -> SafeString:
    """The html that the template makes of these values alone: in this language and time zone, on this day."""
    zone = timezone.get_current_timezone_name()
    shown = Shown(values, translation.get_language(), zone, timezone.localdate())
    html = _html(template, shown)
    shown.values = None  # to find it again, what it tells is enough
    return html


@lru_cache(maxsize=MOST)
def _html(template: str, shown: Shown) -> SafeString:
    return render_to_string(template, shown.values)
