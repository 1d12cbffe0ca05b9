"""Trying out a channel: does the platform take our account?"""

import logging

from django.utils.translation import gettext_lazy as _

from delivery.connectors import connector_for
from delivery.connectors.base import Failure, SendError
from interactions.models import Inbox
from socialcare.errors import Conflict

log = logging.getLogger(__name__)

_WORDS = {
    Failure.NETWORK: _("The platform could not be reached."),
    Failure.SERVER: _("The platform answers that it is out of order."),
    Failure.QUOTA: _("The platform wants fewer requests; try again later."),
    Failure.ACCOUNT: _("The platform refuses the account; look at its name and its secrets."),
    Failure.REJECTED: _("The platform refuses the request; look at the settings."),
    Failure.UNCERTAIN: _("The line broke before the platform had answered."),
}
_OTHER = _("The platform does not accept this.")
_UNEXPECTED = _("The test failed in an unexpected way; look at the settings.")
HIDDEN = "•••"


def try_connection(inbox: Inbox) -> str:
    """Ask the platform of `inbox`, outside any transaction, and give back its line; what was in trouble is cleared.

    What the platform calls the account is written down, so that the brand's own posts are known as such.
    Raises Conflict with the reason in words. No secret is ever part of the words.
    """
    try:
        connector = connector_for(inbox)
        line = connector.check()
        account = connector.own_account()
    except SendError as error:
        words = f"{_WORDS.get(error.failure, _OTHER)} {error.detail}".strip()
        raise Conflict(without_secrets(inbox, words), code="connection.failed") from None
    except Exception as error:
        log.exception("test of %s", inbox)
        words = f"{_UNEXPECTED} ({type(error).__name__}: {error})"
        raise Conflict(without_secrets(inbox, words), code="connection.failed") from None
    facts = {"account_id": account.external_id, "account_handle": account.handle} if account else {}
    Inbox.objects.filter(pk=inbox.pk).update(trouble="", trouble_at=None, **facts)
    return without_secrets(inbox, line)


def without_secrets(inbox: Inbox, words: str) -> str:
    """Words of a platform, in which it may have repeated what we sent."""
    try:
        hidden = connector_for(inbox).hidden_words()
    except Exception:  # settings so wrong that the connector cannot even be asked
        hidden = {str(secret) for secret in inbox.secrets.values() if secret}
    for secret in sorted(hidden, key=len, reverse=True):
        words = words.replace(secret, HIDDEN)
    return words
