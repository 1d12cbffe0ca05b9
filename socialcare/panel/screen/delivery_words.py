"""What became of a message of ours: the mark at its foot, and the box that says why it has not arrived."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.template.defaultfilters import date as format_date
from django.utils import timezone
from django.utils.translation import gettext as _

from interactions.models import Message, MessageStatus, Trouble
from interactions.reasons import Reason

QUIET = {
    MessageStatus.QUEUED: "clock",
    MessageStatus.SENT: "check",
    MessageStatus.PUBLISHED: "check",
    MessageStatus.DELIVERED: "check2",
    MessageStatus.READ: "eye",
    MessageStatus.REMOVED: "bin",
}
TROUBLE_ICONS = {
    Trouble.PENDING: "moon",
    Trouble.REFUSED: "stop",
    Trouble.LIMIT: "gauge",
    Trouble.NETWORK: "offline",
    Trouble.UNCERTAIN: "ask",
}

SOON = timedelta(minutes=2)
"""What is nearer than this is said to the second: "at 01:08" read at 01:08 would tell nothing."""

STATUS = re.compile(r"^[0-9]{3}(: |$)")
"""The number of an HTTP answer, before what the platform says about it."""


@dataclass(frozen=True)
class Mark:
    """One mark: an icon, its words, and how loud it is ("" | wait | bad)."""

    icon: str
    words: str
    tone: str = ""


@dataclass(frozen=True)
class Why:
    """The box under a message in trouble: cause in bold, then what happened, then what is left to do."""

    icon: str
    cause: str
    rest: str
    tone: str = ""
    detail: str = ""


def mark(message: Message, first_name: str) -> Mark | None:
    """The mark at the foot of a message of ours; none under a customer's."""
    if message.is_inbound:
        return None
    status, trouble = MessageStatus(message.status), message.trouble
    if trouble == Trouble.UNCERTAIN:
        return Mark("ask", _("Not certain"), "wait")
    if message.is_lost:
        return Mark("alert", _("Not delivered"), "bad")
    if trouble == Trouble.PENDING:
        return Mark("moon", _("Pending delivery, %(name)s is offline") % {"name": first_name}, "wait")
    if trouble and status == MessageStatus.QUEUED:
        return Mark("clock", _waits(message), "wait")
    return Mark(QUIET.get(status, "check"), str(status.label))


def why(message: Message, network: str, first_name: str) -> Why | None:
    """Why a message of ours has not arrived; None where there is nothing to explain."""
    if message.is_inbound or not message.trouble or message.trouble == Trouble.PENDING:
        return None
    trouble = Trouble(message.trouble)
    if trouble != Trouble.UNCERTAIN and not message.is_lost and message.status != MessageStatus.QUEUED:
        return None
    values = {"network": network, "name": first_name, "time": _time(message)}
    icon = TROUBLE_ICONS[trouble]
    if trouble == Trouble.UNCERTAIN:
        rest = _("Look on %(network)s first; resend only if it is not there.")
        return Why(icon, _("The line broke after this had gone out."), rest % values, "wait")
    if not message.is_lost:
        return Why(icon, f"{trouble.label}.", _meanwhile(trouble) % values, "wait", _detail(message))
    return Why(icon, f"{trouble.label}.", _final(trouble, message) % values, "", _detail(message))


def _detail(message: Message) -> str:
    # The platform's own words, as they came; those of our connectors are in the catalogue. Of a line that is down only
    # the operating system speaks ("[Errno 111] …"): that is for the administration.
    words = STATUS.sub("", message.detail)
    return _(words) if words and message.trouble != Trouble.NETWORK else ""


def _meanwhile(trouble: Trouble) -> str:
    if trouble == Trouble.LIMIT:
        return _("We go on by ourselves at %(time)s, when %(network)s lets us. If it lasts, see your administrator.")
    if trouble == Trouble.NETWORK:
        return _("%(network)s cannot be reached. We try again by ourselves at %(time)s.")
    return _("%(network)s is out of order. We try again by ourselves at %(time)s.")


def _final(trouble: Trouble, message: Message) -> str:
    ending = _("%(name)s has not got this.")
    if trouble == Trouble.LIMIT:
        return _("The quota of this account is used up; see your administrator.") + " " + ending
    if trouble == Trouble.NETWORK:
        return _("%(network)s stayed out of reach, and all tries failed.") + " " + ending
    if message.reason == Reason.SERVER:
        return _("%(network)s was out of order, and all tries failed.") + " " + ending
    reason = str(Reason(message.reason).label) if message.reason in Reason.values else str(Reason.GENERAL.label)
    return reason.replace("%", "%%") + " " + ending


def _waits(message: Message) -> str:
    return _("Waits until %(time)s") % {"time": _time(message)} if message.retry_at else _("Waits")


def _time(message: Message) -> str:
    now = timezone.now()
    if not message.retry_at:
        return format_date(timezone.localtime(now), "H:i")
    moment = max(message.retry_at, now)
    return format_date(timezone.localtime(moment), "H:i:s" if moment - now < SOON else "H:i")


def shown(message: Message, network: str, first_name: str) -> dict[str, Any]:
    """Both, as the template takes them."""
    return {"mark": mark(message, first_name), "why": why(message, network, first_name)}
