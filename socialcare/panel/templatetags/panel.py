"""Small words for the panel's templates: icons, times and names as people read them."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from unicodedata import bidirectional

from django import template
from django.template.defaultfilters import date as format_date
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext

from socialcare.panel.kept_html import kept_html

register = template.Library()

EXACT = "j F Y, H:i:s"
RIGHT_TO_LEFT = {"R", "AL"}


@register.simple_tag(takes_context=True)
def kept(context: dict[str, Any], template: str, **shown: Any) -> SafeString:
    """Include a template that shows these values alone: what has been rendered of the same is not rendered again."""
    return kept_html(template, csrf=context.get("csrf", ""), **shown)


@register.simple_tag(takes_context=True)
def pieces(context: dict[str, Any], whole: Any) -> SafeString:
    """What knows its own pieces' html: what was said in a conversation, the cards of what is offered."""
    html: SafeString = whole.html(context.get("csrf", ""))
    return html


@register.simple_tag
@lru_cache(maxsize=200)
def icon(name: str, extra: str = "") -> SafeString:
    """One symbol of the sprite; it never speaks, so a word must stand beside it."""
    css = f"{extra} i".strip()
    return format_html('<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>', css, name)


@register.filter
def initials(name: str) -> str:
    """The two letters on a person's avatar: of the first and the last word that begin with a letter or figure."""
    words = [word for word in (part.lstrip("@_-.'\"(") for part in str(name).split()) if word[:1].isalnum()]
    if not words:
        return "?"
    return (words[0][:2] if len(words) == 1 else words[0][0] + words[-1][0]).upper()


@register.filter
def first_name(name: str) -> str:
    """How a sentence speaks of a customer: "Léa has not got this"; one written from right to left stays by itself."""
    first = str(name).split(" ")[0]
    return f"\u2068{first}\u2069" if any(bidirectional(letter) in RIGHT_TO_LEFT for letter in first) else first


@register.filter
def exact(moment: datetime | None) -> str:
    """A moment to the second, in the reader's language and time zone; shown on hover."""
    return format_date(timezone.localtime(moment), EXACT) if moment else ""


@register.filter
def day(moment: datetime) -> str:
    """A day in few letters: "3 Sep", with its year once that is not this one."""
    local = timezone.localtime(moment)
    if local.year == timezone.localtime().year:
        return format_date(local, pgettext("date format, short", "j M"))
    return format_date(local, pgettext("date format, short", "j M Y"))


@register.filter
def span(length: timedelta | float | None) -> str:
    """A length of time in one unit, rounded down: "42 s", "4 min", "1 h", "3 d"."""
    seconds = max(0, int(length.total_seconds() if isinstance(length, timedelta) else length or 0))
    if seconds < 60:
        return pgettext("seconds, short", "%(count)d s") % {"count": seconds}
    if seconds < 3600:
        return pgettext("minutes, short", "%(count)d min") % {"count": seconds // 60}
    if seconds < 86400:
        return pgettext("hours, short", "%(count)d h") % {"count": seconds // 3600}
    return pgettext("days, short", "%(count)d d") % {"count": seconds // 86400}


@register.filter
def seconds_to(moment: datetime) -> int:
    """How many seconds it is to a moment; 0 when it has passed."""
    return max(0, round((moment - timezone.now()).total_seconds()))


@register.filter
def watch(length: timedelta | float | None) -> str:
    """A length of time as on a stop-watch: "1:42", "1:02:05"."""
    seconds = max(0, int(length.total_seconds() if isinstance(length, timedelta) else length or 0))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.simple_tag
def ago(moment: datetime | None, style: str = "span") -> SafeString | str:
    """How long since a moment; the browser keeps it going, the exact moment is on hover."""
    if moment is None:
        return ""
    length = timezone.now() - moment
    return format_html(
        '<time datetime="{}" data-ago="{}" title="{}">{}</time>',
        moment.isoformat(),
        style,
        exact(moment),
        watch(length) if style == "watch" else span(length),
    )


@register.simple_tag
def at(moment: datetime | None, css: str = "") -> SafeString | str:
    """The time of day of a moment, with the exact moment on hover."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return format_html(
        '<time class="{}" datetime="{}" title="{}">{}</time>',
        css,
        moment.isoformat(),
        exact(moment),
        format_date(local, "H:i"),
    )


@register.simple_tag
def until(moment: datetime | None, style: str = "watch") -> SafeString | str:
    """How long to a moment: a countdown that the browser keeps going."""
    if moment is None:
        return ""
    length = moment - timezone.now()
    return format_html(
        '<time datetime="{}" data-until="{}">{}</time>',
        moment.isoformat(),
        style,
        watch(length) if style == "watch" else span(length),
    )


@register.filter
def day_name(moment: datetime) -> str:
    """The head of a day in the thread: Today, Yesterday, or its date."""
    local = timezone.localtime(moment).date()
    age = (timezone.localdate() - local).days
    if age == 0:
        return gettext("Today")
    if age == 1:
        return gettext("Yesterday")
    return format_date(local, "l j F" if local.year == timezone.localdate().year else "j F Y")


@register.filter
def size(count: int | None) -> str:
    """The size of a file in few letters, as the script writes it beside a file on its way."""
    count = count or 0
    if count < 1024:
        return pgettext("size", "%(n)s bytes") % {"n": count}
    if count < 1024**2:
        return pgettext("size", "%(n)s kB") % {"n": _short(count / 1024)}
    return pgettext("size", "%(n)s MB") % {"n": _short(count / 1024**2)}


def _short(number: float) -> str:
    return str(number_format(round(number, 1) if number < 10 else round(number)))


@register.filter
def followers(count: int | None) -> str:
    """How many follow a customer, or nothing when the platform does not say."""
    if count is None:
        return ""
    return ngettext("%(count)s follower", "%(count)s followers", count) % {
        "count": number_format(count, use_l10n=True, force_grouping=True)
    }


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: str) -> str:
    """The page's own address with some parameters changed."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query[name] = value
    return f"?{query.urlencode()}"
