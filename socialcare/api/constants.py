"""What is the same in every house, under the addresses that answers name: the one division, and the presences."""

import uuid
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from queues.models import Presence
from socialcare.errors import NotFound

from .base import ApiView, answer
from .paging import PageQuery, listing, listing_of
from .users import presence_id, presence_name
from .wire import HOME, Wire, uri


class AuthzDivisionWire(Wire):
    """A division."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    home_division = serializers.BooleanField()
    self_uri = serializers.CharField()


class OrganizationPresenceDefinitionWire(Wire):
    """What somebody can say of themselves."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    type = serializers.CharField()
    language_labels = serializers.DictField(child=serializers.CharField())
    system_presence = serializers.CharField()
    division_id = serializers.UUIDField()
    deactivated = serializers.BooleanField()
    self_uri = serializers.CharField()


class OrganizationPresenceDefinitionEntityListingWire(Wire):
    """All of them."""

    total = serializers.IntegerField()
    entities = OrganizationPresenceDefinitionWire(many=True)
    self_uri = serializers.CharField()


class Divisions(ApiView):
    """The divisions."""

    @extend_schema(parameters=[PageQuery], responses=listing_of(AuthzDivisionWire))
    def get(self, request: Request) -> Response:
        """The one that there is."""
        return listing(request, [_home()], AuthzDivisionWire)


class HomeDivision(ApiView):
    """The one division."""

    @extend_schema(responses=AuthzDivisionWire)
    def get(self, request: Request) -> Response:
        """Of which everything is."""
        return answer(AuthzDivisionWire, _home())


class OneDivision(ApiView):
    """A division."""

    @extend_schema(responses=AuthzDivisionWire)
    def get(self, request: Request, division_id: uuid.UUID) -> Response:
        """By its id."""
        if str(division_id) != HOME["id"]:
            raise NotFound
        return answer(AuthzDivisionWire, _home())


class PresenceDefinitions(ApiView):
    """The presences."""

    @extend_schema(responses=OrganizationPresenceDefinitionEntityListingWire)
    def get(self, request: Request) -> Response:
        """All of them; there are no secondary ones."""
        entities = [_presence(each) for each in Presence.values]
        told = {"total": len(entities), "entities": entities, "self_uri": request.path}
        return answer(OrganizationPresenceDefinitionEntityListingWire, told)


class OnePresenceDefinition(ApiView):
    """A presence."""

    @extend_schema(responses=OrganizationPresenceDefinitionWire)
    def get(self, request: Request, definition_id: uuid.UUID) -> Response:
        """By its id, which is the same everywhere."""
        for presence in Presence.values:
            if presence_id(presence) == definition_id:
                return answer(OrganizationPresenceDefinitionWire, _presence(presence))
        raise NotFound


def _home() -> dict[str, Any]:
    return {**HOME, "home_division": True}


def _presence(presence: str) -> dict[str, Any]:
    name, known = presence_name(presence), presence_id(presence)
    return {
        "id": known,
        "name": name,
        "type": "System",
        "language_labels": {"en_US": name},
        "system_presence": presence,
        "division_id": HOME["id"],
        "deactivated": False,
        "self_uri": uri("presence/definitions", known),
    }


urlpatterns = [
    path("authorization/divisions", Divisions.as_view()),
    path("authorization/divisions/home", HomeDivision.as_view()),
    path("authorization/divisions/<uuid:division_id>", OneDivision.as_view()),
    path("presence/definitions", PresenceDefinitions.as_view()),
    path("presence/definitions/<uuid:definition_id>", OnePresenceDefinition.as_view()),
]
