"""Html that is kept: of a thread of fifty messages one is new, and of a list of five conversations one has changed.

What has been rendered of some values, in a language and a time zone, is kept under these values. Whoever is shown the
same is given the same; nobody is given what they would not have been shown. The values must be plain: what their `repr`
does not tell must make no difference.
"""

from collections.abc import Callable, Hashable
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.safestring import SafeString

MOST = 20_000
"""Pieces kept in each process; a message takes about 5 KB."""
Values = dict[str, Any]
Keeping = Callable[[str, Hashable, Callable[[], Values]], SafeString]


class Shown:
    """What a piece of html is made of; two are the same if they tell the same."""

    def __init__(self, told: Hashable, values: Callable[[], Values]) -> None:
        self.told = told
        self.values: Callable[[], Values] | None = values

    def __hash__(self) -> int:
        return hash(self.told)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shown) and self.told == other.told


def kept_html(template: str, **values: Any) -> SafeString:
    """The html that the template makes of these values alone: in this language and time zone, on this day."""
    return keeping()(template, blake2b(repr(values).encode(), digest_size=16).digest(), lambda: values)


def keeping() -> Keeping:
    """The same for many pieces: by the template, what tells one piece from the next, and how its values are made."""
    around = (translation.get_language(), timezone.get_current_timezone_name(), timezone.localdate())

    def html_of(template: str, told: Hashable, values: Callable[[], Values]) -> SafeString:
        shown = Shown((told, around), values)
        html = _html(template, shown)
        shown.values = None  # to find it again, what it tells is enough
        return html

    return html_of


@lru_cache(maxsize=MOST)
def _html(template: str, shown: Shown) -> SafeString:
    assert shown.values, "only what is not kept yet is rendered"
    return render_to_string(template, shown.values())
