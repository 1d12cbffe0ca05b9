"""People: who am I, what am I doing."""

import uuid
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from interactions import shifts
from queues.models import AgentStatus, Presence, RoutingStatus
from socialcare.errors import Invalid, NotFound, NotYours

from .base import ApiView, answer
from .wire import HOME, DivisionWire, Time, Wire, Words, uri

EXPANDED = ("presence", "routingStatus")
EXPANDS = (
    *(
        *EXPANDED,
        "integrationPresence",
        "conversationSummary",
        "outOfOffice",
        "geolocation",
        "station",
        "authorization",
    ),
    *("lasttokenissued", "authorization.unusedRoles", "team", "workPlanBidRanks", "externalContactsSettings"),
    *("groups", "profileSkills", "certifications", "locations", "skills", "languages", "languagePreference"),
    *("employerInfo", "biography", "dateLastLogin", "dateWelcomeSent", "customAttributes", "images"),
)
"""What the reference can add to a person; what is not ours is left out."""
EXPANDS_OF_ME = (
    *(*EXPANDS, "date", "geolocationsettings", "organization", "presencedefinitions", "divisionedpermissions"),
    *("orgauthorization", "orgproducts", "favorites", "superiors", "directreports", "adjacents", "routingskills"),
    *("routinglanguages", "fieldconfigs", "token", "trustors", "locationdefinitions"),
)
PRESENCES = uuid.UUID("6f1e1c1e-0000-4000-8000-0000000000aa")
"""Under which the ids of presences are made from their names."""
SETTABLE = ("IDLE", "OFF_QUEUE")


class RoutingStatusWire(Wire):
    """What routing makes of an agent."""

    user_id = serializers.UUIDField(read_only=True)
    status = serializers.ChoiceField(choices=[*RoutingStatus.values, "COMMUNICATING"])
    start_time = Time(read_only=True)


class PresenceDefinitionWire(Wire):
    """One of the presences, by id or by name."""

    id = serializers.UUIDField(required=False)
    system_presence = serializers.CharField(required=False, max_length=40)
    self_uri = serializers.CharField(read_only=True)


class UserPresenceWire(Wire):
    """What a person says they are doing."""

    id = serializers.UUIDField(read_only=True)
    source = serializers.CharField(read_only=True)  # type: ignore[assignment]
    primary = serializers.BooleanField(read_only=True)
    presence_definition = PresenceDefinitionWire()
    message = serializers.CharField(read_only=True)
    modified_date = Time(read_only=True)
    self_uri = serializers.CharField(read_only=True)


class UserWire(Wire):
    """Somebody who can sign in."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    username = serializers.CharField()
    email = serializers.CharField()
    state = serializers.CharField()
    division = DivisionWire()
    version = serializers.IntegerField()
    presence = UserPresenceWire(required=False)
    routing_status = RoutingStatusWire(required=False)
    self_uri = serializers.CharField()


class MeQuery(Wire):
    """What else is wanted."""

    expand = Words(EXPANDS_OF_ME)


def user_out(user: User) -> dict[str, Any]:
    """A person, as the API tells of them."""
    return {
        "id": user.pk,
        "name": user.display_name,
        "username": user.username,
        "email": user.email,
        "state": "active" if user.is_active else "inactive",
        "division": HOME,
        "version": 1,
        "self_uri": uri("users", user.pk),
    }


def routing_status_out(status: AgentStatus) -> dict[str, Any]:
    """An agent's routing status, as the API tells of it."""
    since = status.missed_at if status.missed else status.idle_since
    return {"user_id": status.pk, "status": status.routing_status, "start_time": since}


def presence_out(status: AgentStatus) -> dict[str, Any]:
    """A presence, as the API tells of it."""
    name = presence_name(status.presence)
    known = presence_id(status.presence)
    return {
        "id": status.pk,
        "source": "PURECLOUD",
        "primary": True,
        "presence_definition": {
            "id": known,
            "system_presence": name,
            "self_uri": uri("presence/definitions", known),
        },
        "message": "",
        "modified_date": status.last_seen,
        "self_uri": f"{uri('users', status.pk)}/presences/purecloud",
    }


def presence_name(presence: str) -> str:
    """As the reference writes it."""
    return "On Queue" if presence == Presence.ON_QUEUE else presence


def presence_id(presence: str) -> uuid.UUID:
    """The id of a presence: the same everywhere."""
    return uuid.uuid5(PRESENCES, presence)


class Me(ApiView):
    """The bearer of the token."""

    @extend_schema(parameters=[MeQuery], responses=UserWire)
    def get(self, request: Request) -> Response:
        """Who the token acts as; `expand` adds the presence and the routing status."""
        expand = self.asked(MeQuery)["expand"]
        told = user_out(self.user)
        if set(expand) & set(EXPANDED):
            status = AgentStatus.objects.of(self.user)
            told["presence"] = presence_out(status)
            told["routing_status"] = routing_status_out(status)
        return answer(UserWire, told)


class OneRoutingStatus(ApiView):
    """Whether an agent is offered work."""

    @extend_schema(responses=RoutingStatusWire)
    def get(self, request: Request, user_id: uuid.UUID) -> Response:
        """What routing makes of an agent now."""
        return answer(RoutingStatusWire, routing_status_out(_status(self.user, user_id)))

    @extend_schema(request=RoutingStatusWire, responses=RoutingStatusWire)
    def put(self, request: Request, user_id: uuid.UUID) -> Response:
        """`IDLE` goes on queue, and ends Not Responding; `OFF_QUEUE` goes off queue."""
        _own(self.user, user_id)
        wanted = self.given(RoutingStatusWire)["status"]
        if wanted not in SETTABLE:
            raise Invalid(f"Only {' and '.join(SETTABLE)} can be set.", field="status")
        if wanted == RoutingStatus.OFF_QUEUE:
            shifts.go_off_queue(self.user)
        else:
            shifts.go_on_queue(self.user)
        return answer(RoutingStatusWire, routing_status_out(_status(self.user, user_id)))


class OnePresence(ApiView):
    """What a person says they are doing."""

    @extend_schema(responses=UserPresenceWire)
    def get(self, request: Request, user_id: uuid.UUID) -> Response:
        """The presence."""
        return answer(UserPresenceWire, presence_out(_status(self.user, user_id)))

    @extend_schema(request=UserPresenceWire, responses=UserPresenceWire)
    def patch(self, request: Request, user_id: uuid.UUID) -> Response:
        """Choose a presence, by its id or its `systemPresence`; *On Queue* goes on queue."""
        _own(self.user, user_id)
        wanted = self.given(UserPresenceWire)["presence_definition"]
        shifts.choose_presence(self.user, _presence(wanted))
        return answer(UserPresenceWire, presence_out(_status(self.user, user_id)))


def _presence(wanted: dict[str, Any]) -> str:
    if known := wanted.get("id"):
        for presence in Presence.values:
            if presence_id(presence) == known:
                return presence
    name = wanted.get("system_presence", "").replace(" ", "").lower()
    for presence in Presence.values:
        if presence.lower() == name:
            return presence
    raise Invalid("No presence has this id or name.", field="presenceDefinition")


def _status(asking: User, user_id: uuid.UUID) -> AgentStatus:
    """What a colleague is doing is for every agent to see."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotFound
    return AgentStatus.objects.of(user)


def _own(asking: User, user_id: uuid.UUID) -> None:
    if asking.pk != user_id:
        _status(asking, user_id)
        raise NotYours


urlpatterns = [
    path("users/me", Me.as_view()),
    path("users/<uuid:user_id>/routingstatus", OneRoutingStatus.as_view()),
    path("users/<uuid:user_id>/presences/purecloud", OnePresence.as_view()),
]
