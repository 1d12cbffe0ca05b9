"""How many interactions an agent works on at once."""

import uuid
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from queues.capacity import AT_MOST, set_capacity
from queues.models import AgentStatus
from socialcare.errors import DomainError

from .base import ApiView, answer, found
from .configuration import require_view, routing
from .wire import Wire

USUAL = AgentStatus._meta.get_field("capacity").default
FIELD = "utilization.message.maximumCapacity"


class MediaUtilizationWire(Wire):
    """So many at once."""

    maximum_capacity = serializers.IntegerField(min_value=0, max_value=AT_MOST)
    interruptable_media_types = serializers.ListField(child=serializers.CharField(), read_only=True)
    include_non_acd = serializers.BooleanField(read_only=True)


class UtilizationByMediaWire(Wire):
    """For each medium; all that comes in here are messages."""

    message = MediaUtilizationWire()


class UtilizationWire(Wire):
    """How much an agent takes at once."""

    utilization = UtilizationByMediaWire()
    level = serializers.ChoiceField(choices=["Agent", "Organization"], read_only=True)


def utilization_out(capacity: int) -> dict[str, Any]:
    """A capacity, as the API tells of it."""
    message = {"maximum_capacity": capacity, "interruptable_media_types": [], "include_non_acd": False}
    return {"utilization": {"message": message}, "level": "Organization" if capacity == USUAL else "Agent"}


class Utilization(ApiView):
    """How much an agent takes at once."""

    @extend_schema(responses=UtilizationWire)
    def get(self, request: Request, user_id: uuid.UUID) -> Response:
        """How much."""
        if user_id != self.user.pk:
            require_view(self.user, "Routing", "Skill")
        person = found(User.objects.select_related("status"), pk=user_id)
        status: AgentStatus | None = getattr(person, "status", None)
        return answer(UtilizationWire, utilization_out(status.capacity if status else USUAL))

    @extend_schema(request=UtilizationWire, responses=UtilizationWire)
    def put(self, request: Request, user_id: uuid.UUID) -> Response:
        """Say how much; never less than what the agent is working on now."""
        person = self._agent(user_id)
        return self._set(person, self.given(UtilizationWire)["utilization"]["message"]["maximum_capacity"])

    @extend_schema(responses={204: None})
    def delete(self, request: Request, user_id: uuid.UUID) -> Response:
        """Let it be as for everybody."""
        self._set(self._agent(user_id), USUAL)
        return Response(status=204)

    def _agent(self, user_id: uuid.UUID) -> User:
        self.require(routing("Skill", "Edit"))
        return found(User.objects.all(), pk=user_id)

    def _set(self, person: User, capacity: int) -> Response:
        try:
            status = set_capacity(person, capacity)
        except DomainError as error:
            error.field = FIELD
            raise
        return answer(UtilizationWire, utilization_out(status.capacity))


urlpatterns = [path("routing/users/<uuid:user_id>/utilization", Utilization.as_view())]
