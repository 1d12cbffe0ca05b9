"""Html that is kept: of a thread of fifty messages one is new, and of a list of five conversations one has changed.

What has been rendered of some values, in a language and a time zone, is kept under these values. Whoever is shown the
same is given the same; nobody is given what they would not have been shown. The values must be plain: what their `repr`
does not tell must make no difference.
"""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

MOST = 10_000
"""Pieces kept in each process: what five hundred agents have on their desks. A card takes 3 KB, a message about 5.
Where there is an emoji in it, Python takes four bytes for each character: a card 8 KB."""
Values = dict[str, Any]
Making = Callable[[], SafeString]


class Shown:
    """What a piece of html is made of; two are the same if they tell the same."""

    def __init__(self, told: Hashable, make: Making) -> None:
        self.told = told
        self.make: Making | None = make

    def __hash__(self) -> int:
        return hash(self.told)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shown) and self.told == other.told


def kept_html(template: str, **values: Any) -> SafeString:
    """The html that the template makes of these values alone: in this language and time zone, on this day."""
    told = blake2b(repr(values).encode(), digest_size=16).digest()
    return Keeping().html_of(template, told, lambda: values)


class Keeping:
    """The same for many pieces."""

    def __init__(self) -> None:
        self._around = translation.get_language(), timezone.get_current_timezone_name(), timezone.localdate()

    def html_of(self, template: str, told: Hashable, values: Callable[[], Values]) -> SafeString:
        """What the template makes of these values, by what tells them from others."""
        return self.made((template, told), lambda: render_to_string(template, values()))

    def made(self, told: Hashable, make: Making) -> SafeString:
        """What was made of what tells the same; it is made where there is none."""
        shown = Shown((told, self._around), make)
        html = _html(shown)
        shown.make = None  # to find it again, what it tells is enough
        return html


@lru_cache(maxsize=MOST)
def _html(shown: Shown) -> SafeString:
    assert shown.make, "only what is not kept yet is made"
    return shown.make()


# ------------------------------------------------------------------ forms


def filled_html(template: str, name: str, fixed: Mapping[str, str], blanks: Mapping[str, Any]) -> SafeString:
    """The html of a template that shows `fixed` and `blanks` under this name: rendered once, then only filled in.

    What decides how the html looks must be fixed. A blank is only written where it stands: no condition, tag or filter
    of the template may look at it.
    """
    pieces = [*_form(template, name, tuple(fixed.items()), tuple(blanks), translation.get_language())]
    written = {blank: conditional_escape(value) for blank, value in blanks.items()}
    pieces[1::2] = [written[blank] for blank in pieces[1::2]]
    return SafeString("".join(pieces))


_BLANK = re.compile("\ue000([a-z_]+)\ue001")
"""Characters that no template has: they are for private use."""


@lru_cache(maxsize=200)
def _form(
    template: str, name: str, fixed: Sequence[tuple[str, str]], blanks: Sequence[str], _language: str
) -> Sequence[str]:
    """What stands between the blanks, and which they are, in turns."""
    signs = {blank: f"\ue000{blank}\ue001" for blank in blanks}
    return _BLANK.split(render_to_string(template, {name: dict(fixed) | signs}))
