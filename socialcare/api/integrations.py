"""Open integrations: where our messages are sent to, and where those that come in through them wait."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.permissions import Permission, allowed
from delivery import pausing
from delivery.integrations import change_integration, integrations, make_integration, remove_integration
from delivery.rotating import retire_older_secret
from interactions.models import Inbox
from queues.models import Queue, Skill
from socialcare.errors import Invalid

from .base import ApiView, answer, found
from .configuration import require_view
from .idempotency import creates
from .integration_wires import PLACE, OpenIntegrationRequestWire, OpenIntegrationUpdateWire, OpenIntegrationWire
from .paging import PageQuery, listing, listing_of
from .supported_content import types_of
from .wire import camel

CONFIGURES = ("Messaging", "Integration")
GIVEN = {
    "name": "name",
    "webhook_url": "outbound_notification_webhook_url",
    "signing_secret": "outbound_notification_webhook_signature_secret_token",
    "headers": "webhook_headers",
    "priority": "priority",
}
"""What a use case calls it, and what a request."""


class Integrations(ApiView):
    """The open integrations."""

    @extend_schema(parameters=[PageQuery], responses=listing_of(OpenIntegrationWire))
    def get(self, request: Request) -> Response:
        """All in use, by name."""
        require_view(self.user, *CONFIGURES)
        return listing(request, _rows(), OpenIntegrationWire)

    @extend_schema(request=OpenIntegrationRequestWire, responses={201: OpenIntegrationWire})
    @creates
    def post(self, request: Request) -> Response:
        """Make one. The answer says where the messages of its customers are brought to.

        Whoever makes it may bring them; agents answer through it once its grants say so.
        """
        self.require(Permission(*CONFIGURES, "Add"))
        with _in_our_words():
            inbox = make_integration(self.user, **_facts(self.given(OpenIntegrationRequestWire)))
        return answer(OpenIntegrationWire, _rows().get(pk=inbox.pk), 201)


class OneIntegration(ApiView):
    """An open integration."""

    @extend_schema(responses=OpenIntegrationWire)
    def get(self, request: Request, integration_id: uuid.UUID) -> Response:
        """It, without its secrets."""
        inbox = _seen(self.user, integration_id)
        require_view(self.user, *CONFIGURES)
        return answer(OpenIntegrationWire, inbox)

    @extend_schema(request=OpenIntegrationUpdateWire, responses=OpenIntegrationWire)
    def patch(self, request: Request, integration_id: uuid.UUID) -> Response:
        """Change what is given. A new secret signs at once; the one before it stays good until it is retired."""
        inbox = _seen(self.user, integration_id)
        self.require(Permission(*CONFIGURES, "Edit"))
        with _in_our_words():
            change_integration(inbox, **_facts(self.given(OpenIntegrationUpdateWire), inbox))
        return answer(OpenIntegrationWire, _rows().get(pk=inbox.pk))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, integration_id: uuid.UUID) -> Response:
        """Delete it. One that has brought messages is switched off instead: its conversations stay, and can be ended.

        The API shows it no more; the administration does, and can switch it on again.
        """
        inbox = _seen(self.user, integration_id)
        self.require(Permission(*CONFIGURES, "Delete"))
        remove_integration(inbox)
        return Response(status=204)


class OlderSecret(ApiView):
    """The signing secret before the newest, while it is still good."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, integration_id: uuid.UUID) -> Response:
        """Retire it: only the newest is good from now on. 204 also where there is no other, so it can be repeated."""
        inbox = _seen(self.user, integration_id)
        self.require(Permission(*CONFIGURES, "Edit"))
        retire_older_secret(inbox)
        return Response(status=204)


class Pause(ApiView):
    """That nothing is sent, because the address keeps failing."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, integration_id: uuid.UUID) -> Response:
        """End the pause: what waits is sent now. 204 also where there is none, so it can be repeated."""
        inbox = _seen(self.user, integration_id)
        self.require(Permission(*CONFIGURES, "Edit"))
        pausing.resume(inbox)
        return Response(status=204)


def _rows() -> QuerySet[Inbox]:
    return integrations().select_related("queue", "endpoint").prefetch_related("skills").order_by("name")


def _seen(user: User, pk: uuid.UUID) -> Inbox:
    """The integration, for those who configure integrations, and for those who answer through it. Raises NotFound."""
    if not any(allowed(user, Permission(*CONFIGURES, action)) for action in ("View", "Edit", "Delete")):
        found(Inbox.objects.visible_to(user), pk=pk)
    return found(_rows(), pk=pk)


def _facts(given: dict[str, Any], inbox: Inbox | None = None) -> dict[str, Any]:
    """What a request says, as the use case calls it. Raises Invalid."""
    facts = {name: given[said] for name, said in GIVEN.items() if said in given}
    if "supported_content" in given:
        facts["media_types"] = types_of(given["supported_content"]["id"], inbox.media_types if inbox else ())
    if "queue" in given:
        facts["queue"] = Queue.objects.filter(pk=given["queue"]["id"]).first()
        if not facts["queue"]:
            raise Invalid("There is no queue of this id.", field="queue.id")
    if "skills" in given:
        wanted = {each["id"] for each in given["skills"]}
        facts["skills"] = list(Skill.objects.filter(pk__in=wanted))
        if len(facts["skills"]) != len(wanted):
            raise Invalid("One of the skills does not exist.", field="skills")
    return facts


@contextmanager
def _in_our_words() -> Iterator[None]:
    """What is wrong, under the name that the API has for it."""
    try:
        yield
    except Invalid as error:
        error.field = camel(GIVEN.get(error.field, error.field))
        raise


urlpatterns = [
    path(PLACE, Integrations.as_view()),
    path(f"{PLACE}/<uuid:integration_id>", OneIntegration.as_view()),
    path(f"{PLACE}/<uuid:integration_id>/oldersecret", OlderSecret.as_view()),
    path(f"{PLACE}/<uuid:integration_id>/pause", Pause.as_view()),
]
