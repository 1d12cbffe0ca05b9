"""The words that the panel's script says: translated here, so that all of them stand in the one catalogue."""

from collections.abc import Callable

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

register = template.Library()

Words = str | dict[str, str]


@register.simple_tag
def browser_strings() -> dict[str, Words]:
    """Every sentence of the script by its key, with `%(name)s` left open; a dict holds a singular and a plural."""
    return {**_frame(), **_composer(), **_files(), **_times()}


def _counted(words: Callable[[int], str]) -> Words:
    # The script chooses with Intl.PluralRules; one and two stand for the two forms of the languages we ship.
    return {"one": words(1), "other": words(2)}


def _frame() -> dict[str, Words]:
    return {
        "interactions": _("Interactions"),
        "reconnecting": _("Reconnecting…"),
        "reconnecting.more": _("Keep writing; nothing is lost."),
        "offline": _("Offline since %(span)s."),
        "offline.more": _("Your replies go out when the network is back."),
        "back": _("Back."),
        "back.more": _("Everything is up to date."),
        "loading": _("Loading the thread"),
        "failed.network": _("The server could not be reached. Nothing is lost; try again."),
        "failed.server": _("Something went wrong on our side. Nothing is lost; try again."),
        "close": _("Close"),
        "copied": _("Copied"),
        "copy.failed": _("The browser did not allow copying."),
        "offer.new": _("New offer: %(name)s"),
        "message.new": _("New message from %(name)s"),
        "notify.on": _("Sound and notifications are on"),
        "notify.off": _("Sound and notifications are off"),
        "notify.denied": _("This browser blocks notifications for this site. Sound stays on."),
        "option.key": _("Option"),
        "transfer.queues": _("Queues"),
        "transfer.agents": _("Agents"),
        "transfer.none": _("Nobody and no queue that you may transfer to."),
        "seconds.left": _("%(count)s s left"),
        "left": _("%(time)s left"),
    }


def _composer() -> dict[str, Words]:
    return {
        "reply.public": _("Public reply to %(name)s"),
        "reply.private": _("Private message to %(name)s"),
        "answering": _("Answering %(name)s’s post"),
        "placeholder.public": _("Write a public reply, anyone can read it"),
        "placeholder.private": _("Write a private message, only %(name)s reads it"),
        "send": _("Send"),
        "send.public": _("Send as public"),
        "send.private": _("Send as private"),
        "sending": _("Sending…"),
        "sent": _("Handed over, on its way"),
        "remaining": _("Remaining %(n)s"),
        "parts": _counted(lambda n: ngettext("%(n)s part", "%(n)s parts", n)),
        "over": _counted(lambda n: ngettext("%(n)s character too many", "%(n)s characters too many", n)),
        "over.bytes": _counted(lambda n: ngettext("%(n)s byte too many", "%(n)s bytes too many", n)),
        "why.empty": _("Write something, or attach a file, and then send."),
        "why.over": _("This is too long for %(network)s. Shorten it, and then send."),
        "why.busy": _("This reply is on its way. One press sends once."),
        "why.uploading": _("Wait until the files have arrived, and then send."),
        "why.failed": _("Remove the files that were refused, and then send."),
        "why.waiting": _("The server cannot be reached. This reply goes out by itself when it can."),
        "ask": _("%(name)s wrote to you in private last. Answer in public?"),
        "ask.more": _("Everyone on %(network)s can read it. We ask this once in each conversation."),
        "draft.elsewhere": _("The draft was changed elsewhere; this is the newest."),
        "draft.kept": _("Draft saved"),
        "answer.on": _("Answering this post"),
        "answer.off": _("Answer this post"),
        "canned.none": _("Nothing found for “%(query)s”."),
        "canned.count": _counted(lambda n: ngettext("%(n)s canned response", "%(n)s canned responses", n)),
        "emoji.recent": _("Recent"),
        "emoji.found": _counted(lambda n: ngettext("%(n)s emoji found", "%(n)s emoji found", n)),
        "emoji.none": _("No emoji found"),
        "emoji.failed": _("The emoji could not be loaded. Try again."),
    }


def _files() -> dict[str, Words]:
    return {
        "file.sending": _("%(size)s, uploading, %(percent)s"),
        "file.ready": _("%(size)s, ready"),
        "file.progress": _("Upload of %(name)s"),
        "file.remove": _("Remove %(name)s"),
        "file.added": _("%(name)s is attached"),
        "file.retry": _("Try again: %(name)s"),
        "file.alt": _("Describe %(name)s for people who cannot see it"),
        "file.alt.short": _("Describe the picture"),
        "file.too_big": _("%(size)s is too big: at most %(limit)s"),
        "file.empty": _("This file is empty"),
        "file.type": _("Type refused: %(types)s"),
        "file.network": _("The upload broke off"),
        "file.failed": _("The server could not take this file"),
        "unit.kilobyte": pgettext("size", "%(n)s kB"),
        "unit.megabyte": pgettext("size", "%(n)s MB"),
        "unit.byte": pgettext("size", "%(n)s bytes"),
    }


def _times() -> dict[str, Words]:
    return {
        "span.second": pgettext("seconds, short", "%(count)d s"),
        "span.minute": pgettext("minutes, short", "%(count)d min"),
        "span.hour": pgettext("hours, short", "%(count)d h"),
        "span.day": pgettext("days, short", "%(count)d d"),
    }
