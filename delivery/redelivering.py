"""Bringing to a webhook again what it has taken already: its software may have lost it."""

from django.utils.translation import gettext_lazy as _

from delivery.connectors import connector_class, connector_for
from delivery.connectors.base import SendError
from delivery.due import repeatable
from delivery.models import Delivery, DeliveryState
from delivery.outgoing import outbound
from delivery.pausing import note_failure, note_success
from delivery.trail import logged
from socialcare.errors import Conflict


def may_redeliver(delivery: Delivery) -> bool:
    """Whether it has arrived at a webhook that recognises a repeat by its key."""
    arrived = delivery.state == DeliveryState.SENT and connector_class(delivery.inbox.kind).webhook
    return arrived and repeatable(delivery)


def redeliver(delivery: Delivery) -> None:
    """Send the same message under the same key once more, at once and outside any transaction; log the try.

    Nothing else of the delivery or its message changes, whatever the answer. Raises Conflict where it has not been
    sent, where a repeat would be a second message, and where the try fails.
    """
    if not may_redeliver(delivery):
        raise Conflict(_("Only what a webhook has taken, and recognises by its key, can be delivered again."))
    try:
        with logged(delivery):
            connector_for(delivery.inbox).send(outbound(delivery))
    except SendError as error:
        note_failure(delivery.inbox, error)
        last = delivery.tries[-1]
        words = _("It was not taken: %(words)s") % {"words": last["answer"] or last["failure"]}
        raise Conflict(words, code="not.taken") from error
    else:
        note_success(delivery.inbox)
    finally:
        Delivery.objects.filter(pk=delivery.pk).update(tries=delivery.tries)
