"""Part *thread*: the last messages and internal notes, as they are read."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from interactions.models import Attachment, Interaction, Message, Note
from interactions.models.messages import LOST
from socialcare.kept import Row
from socialcare.panel.kept_html import Keeping
from socialcare.panel.screen import delivery_words, words
from socialcare.panel.screen.addresses import address
from socialcare.panel.screen.conversation import Page, Place
from socialcare.panel.screen.screen import Screen
from socialcare.panel.templatetags.panel import first_name
from socialcare.panel.thumbnails import fitted

Entry = dict[str, Any]


def gather(screen: Screen) -> dict[str, Any]:
    """What the part shows."""
    row = screen.interaction
    if row is None:
        gone = screen.interaction_id is not None
        return {
            "empty_title": _("This is not yours to see any more") if gone else _("No interaction is open"),
            "empty_text": _("It was handed on, or your rights have changed.")
            if gone
            else _("Answer an offer, or choose one of your interactions on the left."),
        }
    assert screen.conversation is not None
    return shown(screen.conversation, row, **may(screen))


def entry(screen: Screen, page: Page) -> SafeString:
    """A page of one message, with its day; empty where the reader may see nothing of it any more."""
    if not (screen.interaction and page.said):
        return SafeString("")
    return Entries(page, words.customer_name(screen.interaction.customer), **may(screen)).html("")


def shown(page: Page, interaction: Interaction, *, answerable: bool, resendable: bool) -> dict[str, Any]:
    """A page of a conversation as the thread shows it. The two say what its reader may do."""
    customer = words.customer_name(interaction.customer)
    return {"entries": Entries(page, customer, answerable=answerable, resendable=resendable), "earlier": page.earlier}


@dataclass(frozen=True)
class Entries:
    """What was said, piece by piece: of fifty nearly all have been rendered before, and need not even be models."""

    page: Page
    customer: str
    answerable: bool
    resendable: bool

    def html(self, csrf: str) -> SafeString:
        """All of it."""
        return SafeString("".join(self._pieces(csrf)))

    def _pieces(self, csrf: str) -> Iterator[str]:
        kept, zone, last = Keeping(), timezone.get_current_timezone(), None
        for row in self.page.said:
            moment = row.fact("created_at")
            if (day := moment.astimezone(zone).date()) != last:
                last = day
                yield kept.html_of("panel/bits/day.html", day, partial(dict, moment=moment))
            if row.kind is Note:
                yield kept.html_of("panel/bits/note.html", row.facts, partial(_note, row))
            else:
                yield self._message(kept, row, csrf)

    def _message(self, kept: Keeping, row: Row[Any], csrf: str) -> SafeString:
        files = self.page.files.get(row.fact("id"), [])
        told = (row.facts, *(file.facts for file in files), self.customer, self.answerable, self.resendable)

        def values() -> dict[str, Any]:
            allowed = {"answerable": self.answerable, "resendable": self.resendable}
            message = _message(row.model, self.customer, [file.model for file in files], **allowed)
            return {"message": message | {"place": Place.of(row)}, "csrf": csrf}

        if not _is_settled(row):  # what waits tells the time, and what may be sent again has a form
            return render_to_string("panel/bits/message.html", values())
        return kept.html_of("panel/bits/message.html", told, values)


def _is_settled(row: Row[Any]) -> bool:
    return not row.fact("trouble") and row.fact("status") not in LOST


def may(screen: Screen) -> dict[str, bool]:
    """What this person may do with the single messages of the open interaction; resending, until wrap-up is done."""
    public = bool(screen.interaction and screen.interaction.may_reply_public)
    return {"answerable": screen.writable and public, "resendable": screen.mine}


def _note(row: Row[Any]) -> Entry:
    note = row.model
    shown = {"name": note.author.display_name, "text": note.text, "at": note.created_at}
    return {"note": {"id": note.pk, "place": Place.of(row), **shown}}


def _message(row: Message, customer: str, files: list[Attachment], *, answerable: bool, resendable: bool) -> Entry:
    network, ours = words.network_name(row.inbox.kind), not row.is_inbound
    removed = row.removed_at is not None
    uncertain = row.trouble == "uncertain"
    stuck = row.is_lost or uncertain
    return {
        "id": row.pk,
        "ours": ours,
        "visibility": row.visibility,
        "status": row.status,
        "name": _author(row, customer),
        "handle": row.author.handle if row.author else "",
        "at": row.sent_at,
        "text": row.text,
        "language": row.language,
        "edited": row.edited_at,
        "removed": row.removed_at,
        "removed_words": _removed_words(row, customer) if removed else "",
        "files": [] if removed else [file_shown(file) for file in files],
        "answers": _answered(row, customer),
        "channel": words.channel(row.inbox),
        "network_name": network,
        "original": _original(row, customer),
        "url": safe_link(row.url) or (_where_to_look(row) if uncertain else ""),
        "look": uncertain,
        "answerable": answerable and row.is_inbound and row.is_public and not removed,
        "resend": resendable and stuck,
        **delivery_words.shown(row, network, first_name(customer)),
    }


def _author(row: Message, customer: str) -> str:
    if row.is_inbound:
        return words.customer_name(row.author) if row.author else customer
    return row.agent.display_name if row.agent else row.inbox.name


def _answered(row: Message, customer: str) -> Entry | None:
    target = row.in_reply_to
    if target is None or not row.agent_id:
        return None
    text = _("removed") if target.removed_at else target.text
    return {"id": target.pk, "name": _author_of_target(target, customer), "text": text}


def _author_of_target(target: Message, customer: str) -> str:
    if target.agent:
        return target.agent.display_name
    return target.author.name or target.author.handle if target.author else customer


def _removed_words(row: Message, customer: str) -> str:
    time = timezone.localtime(row.removed_at).strftime("%H:%M")
    if row.is_inbound:
        return _("%(name)s removed this post at %(time)s.") % {"name": first_name(customer), "time": time}
    return _("This was removed at %(time)s.") % {"time": time}


def _where_to_look(row: Message) -> str:
    """Where one sees whether a message has arrived that the platform has not named: under the post that it answers."""
    target = row.in_reply_to
    return safe_link(target.url or (target.author.profile_url if target.author else "")) if target else ""


def _original(row: Message, customer: str) -> Entry | None:
    """The post that started it: the one above that the platform names, or else the customer's public post itself."""
    if isinstance(row.original, dict):
        return _post_above(row.original)
    return _itself(row, customer) if row.is_inbound and row.is_public else None


def _itself(row: Message, customer: str) -> Entry:
    removed = row.removed_at is not None
    return {
        "author": _author(row, customer),
        "text": "" if removed else row.text,
        "removed_words": _removed_words(row, customer) if removed else "",
        "url": "" if removed else safe_link(row.url),
        "sent_at": row.sent_at,
    }


def _post_above(original: Entry) -> Entry:
    sent_at = original.get("sent_at")
    return {
        "author": original.get("author", ""),
        "text": original.get("text", ""),
        "url": safe_link(original.get("url", "")),
        "sent_at": parse_datetime(sent_at) if isinstance(sent_at, str) else None,
    }


def safe_link(url: object) -> str:
    """A link that may be shown as one: of the web, never `javascript:` or `data:`."""
    return url if isinstance(url, str) and url.startswith(("https://", "http://")) else ""


def file_shown(row: Attachment) -> Entry:
    """A file of a message: a picture in its final size, so that nothing moves when it arrives; or a name."""
    width, height = fitted(row.width, row.height)
    return {
        "url": address("attachment", row.pk),
        "name": row.name,
        "alt": row.alt or _("Picture: %(name)s") % {"name": row.name},
        "size": row.size,
        "thumbnail": row.is_image and bool(width),
        "width": width,
        "height": height,
    }
