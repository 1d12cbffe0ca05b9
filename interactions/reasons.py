"""Why a message did not arrive: the reason codes, in words for agents."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """The reason codes that platforms' errors are translated to."""

    EXPIRED = "MessageExpired", _("It came too late: the time in which this customer can be answered here has passed.")
    RATE_LIMITED = "RateLimited", _("The quota of this account is used up.")
    NOT_ALLOWED = "MessageNotAllowed", _("The platform does not allow this message here.")
    GENERAL = "GeneralError", _("The platform gave no reason.")
    UNSUPPORTED = "UnsupportedMessage", _("The platform cannot carry this kind of message.")
    UNKNOWN = "UnknownMessage", _("The message that you answer is not there any more.")
    STRUCTURE = "InvalidMessageStructure", _("The platform found the message malformed.")
    DESTINATION = "InvalidDestination", _("The customer cannot be reached here.")
    SERVER = "ServerError", _("The platform was out of order.")
    MEDIA_TYPE = "MediaTypeNotAllowed", _("The platform does not take files of this type.")
    MEDIA_LENGTH = "InvalidMediaContentLength", _("The file is too large for the platform.")
    OPTED_OUT = "RecipientOptedOut", _("The customer does not want messages from this account.")
    FILTERED = "DataFiltered", _("The platform filtered the message out.")


def words_for(reason: str) -> str:
    """A reason code in words; one that we do not know says that none was given."""
    return str(Reason(reason).label if reason in Reason.values else Reason.GENERAL.label)
