"""Wrap-up codes, and which queues offer them."""

import uuid
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from queues import configuring
from queues.models import Queue, WrapUpCode
from socialcare.errors import Invalid

from .base import ApiView, answer, found
from .configuration import NamedQuery, named, require_view, routing
from .idempotency import creates
from .paging import listing, listing_of
from .wire import HOME, DivisionWire, Wire, uri

AT_ONCE = 100
"""So many codes a call."""


class CodeRefWire(Wire):
    """A wrap-up code."""

    id = serializers.UUIDField()


class WrapupCodeWire(Wire):
    """How a conversation ended, in one word."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=120)
    division = DivisionWire(read_only=True)
    self_uri = serializers.CharField(read_only=True)

    def to_representation(self, instance: WrapUpCode) -> Any:
        """As the API tells of a code."""
        return super().to_representation(code_out(instance))


def code_out(code: WrapUpCode) -> dict[str, Any]:
    """A wrap-up code, as the API tells of it."""
    return {"id": code.pk, "name": code.name, "division": HOME, "self_uri": uri("routing/wrapupcodes", code.pk)}


class WrapupCodes(ApiView):
    """All wrap-up codes."""

    @extend_schema(parameters=[NamedQuery], responses=listing_of(WrapupCodeWire))
    def get(self, request: Request) -> Response:
        """All codes, by name."""
        require_view(self.user, "Routing", "WrapupCode")
        return listing(request, named(WrapUpCode.objects.all(), self.asked(NamedQuery)), WrapupCodeWire)

    @extend_schema(request=WrapupCodeWire, responses={201: WrapupCodeWire})
    @creates
    def post(self, request: Request) -> Response:
        """Make a code; no queue offers it until that is said."""
        self.require(routing("WrapupCode", "Add"))
        return answer(WrapupCodeWire, configuring.make(WrapUpCode(name=self.given(WrapupCodeWire)["name"])), 201)


class OneWrapupCode(ApiView):
    """A wrap-up code."""

    @extend_schema(responses=WrapupCodeWire)
    def get(self, request: Request, code_id: uuid.UUID) -> Response:
        """The code."""
        return answer(WrapupCodeWire, self._code(code_id))

    @extend_schema(request=WrapupCodeWire, responses=WrapupCodeWire)
    def put(self, request: Request, code_id: uuid.UUID) -> Response:
        """Give it another name, also where it was used before."""
        code = self._code(code_id)
        self.require(routing("WrapupCode", "Edit"))
        return answer(WrapupCodeWire, configuring.change(code, name=self.given(WrapupCodeWire)["name"]))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, code_id: uuid.UUID) -> Response:
        """Delete a code that was never used."""
        code = self._code(code_id)
        self.require(routing("WrapupCode", "Delete"))
        configuring.remove(code)
        return Response(status=204)

    def _code(self, code_id: uuid.UUID) -> WrapUpCode:
        require_view(self.user, "Routing", "WrapupCode")
        return found(WrapUpCode.objects.all(), pk=code_id)


class QueueCodes(ApiView):
    """The wrap-up codes that agents of a queue can choose."""

    @extend_schema(parameters=[NamedQuery], responses=listing_of(WrapupCodeWire))
    def get(self, request: Request, queue_id: uuid.UUID) -> Response:
        """The codes, by name."""
        queue = found(Queue.objects.known_to(self.user), pk=queue_id)
        return listing(request, named(queue.wrap_up_codes.all(), self.asked(NamedQuery)), WrapupCodeWire)

    @extend_schema(request=CodeRefWire(many=True), responses=WrapupCodeWire(many=True))
    @creates
    def post(self, request: Request, queue_id: uuid.UUID) -> Response:
        """Let agents of the queue choose up to 100 codes more."""
        queue = _queue_to_edit(self, queue_id)
        codes = _codes([each["id"] for each in self.given(CodeRefWire, many=True, max_length=AT_ONCE)])
        queue.wrap_up_codes.add(*codes)
        return Response(WrapupCodeWire(codes, many=True).data)


class OneQueueCode(ApiView):
    """A wrap-up code that agents of a queue can choose."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, queue_id: uuid.UUID, code_id: uuid.UUID) -> Response:
        """Let them choose it no more."""
        queue = _queue_to_edit(self, queue_id)
        code = found(queue.wrap_up_codes.all(), pk=code_id)
        queue.wrap_up_codes.remove(code)
        return Response(status=204)


def _queue_to_edit(view: ApiView, queue_id: uuid.UUID) -> Queue:
    queue = found(Queue.objects.known_to(view.user), pk=queue_id)
    view.require(routing("Queue", "Edit"))
    return queue


def _codes(ids: list[uuid.UUID]) -> list[WrapUpCode]:
    """Codes that agents can choose. Raises Invalid, naming the one that is none."""
    known = WrapUpCode.objects.exclude(name=WrapUpCode.TIMEOUT).in_bulk(ids)
    for number, one in enumerate(ids):
        if one not in known:
            raise Invalid("No code that agents can choose has this id.", field=f"[{number}].id")
    return sorted(known.values(), key=str)


urlpatterns = [
    path("routing/wrapupcodes", WrapupCodes.as_view()),
    path("routing/wrapupcodes/<uuid:code_id>", OneWrapupCode.as_view()),
    path("routing/queues/<uuid:queue_id>/wrapupcodes", QueueCodes.as_view()),
    path("routing/queues/<uuid:queue_id>/wrapupcodes/<uuid:code_id>", OneQueueCode.as_view()),
]
