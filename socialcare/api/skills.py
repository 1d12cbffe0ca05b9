"""Skills and languages: what agents can do, and what is asked of them."""

import uuid
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from queues import configuring
from queues.models import Skill

from .base import ApiView, answer, found
from .configuration import NamedQuery, named, require_view, routing
from .idempotency import creates
from .paging import listing, listing_of
from .wire import HOME, DivisionWire, Wire, uri

ADDRESSES = {Skill.Kind.SKILL: "routing/skills", Skill.Kind.LANGUAGE: "routing/languages"}


class RoutingSkillWire(Wire):
    """Something that agents can do and channels can ask for; or a language."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=120)
    division = DivisionWire(read_only=True)
    state = serializers.CharField(read_only=True)
    version = serializers.CharField(read_only=True)
    self_uri = serializers.CharField(read_only=True)

    def to_representation(self, instance: Skill) -> Any:
        """As the API tells of a skill."""
        return super().to_representation(skill_out(instance))


class SkillChangeWire(Wire):
    """Another name for a skill."""

    name = serializers.CharField(max_length=120, required=False)


def skill_out(skill: Skill) -> dict[str, Any]:
    """A skill or a language, as the API tells of it."""
    return {
        "id": skill.pk,
        "name": skill.name,
        "division": HOME,
        "state": "active",
        "version": "1",
        "self_uri": uri(ADDRESSES[Skill.Kind(skill.kind)], skill.pk),
    }


class Skills(ApiView):
    """The skills."""

    kind: ClassVar = Skill.Kind.SKILL

    @extend_schema(parameters=[NamedQuery], responses=listing_of(RoutingSkillWire))
    def get(self, request: Request) -> Response:
        """All of them, by name; `name` says how it begins."""
        require_view(self.user, "Routing", "Skill")
        rows = named(Skill.objects.filter(kind=self.kind), self.asked(NamedQuery), prefix=True)
        return listing(request, rows, RoutingSkillWire)

    @extend_schema(request=RoutingSkillWire, responses={201: RoutingSkillWire})
    @creates
    def post(self, request: Request) -> Response:
        """Make one; skills and languages share their names."""
        self.require(routing("Skill", "Add"))
        skill = configuring.make(Skill(name=self.given(RoutingSkillWire)["name"], kind=self.kind))
        return answer(RoutingSkillWire, skill, 201)


class OneSkill(ApiView):
    """A skill."""

    kind: ClassVar = Skill.Kind.SKILL

    @extend_schema(responses=RoutingSkillWire)
    def get(self, request: Request, skill_id: uuid.UUID) -> Response:
        """It."""
        return answer(RoutingSkillWire, self._skill(skill_id))

    @extend_schema(request=SkillChangeWire, responses=RoutingSkillWire)
    def patch(self, request: Request, skill_id: uuid.UUID) -> Response:
        """Give it another name."""
        skill = self._skill(skill_id)
        self.require(routing("Skill", "Edit"))
        return answer(RoutingSkillWire, configuring.change(skill, **self.given(SkillChangeWire)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, skill_id: uuid.UUID) -> Response:
        """Delete it: agents lose it, and what waits for it asks for it no more."""
        skill = self._skill(skill_id)
        self.require(routing("Skill", "Delete"))
        configuring.remove(skill)
        return Response(status=204)

    def _skill(self, skill_id: uuid.UUID) -> Skill:
        require_view(self.user, "Routing", "Skill")
        rows: QuerySet[Skill] = Skill.objects.filter(kind=self.kind)
        return found(rows, pk=skill_id)


class Languages(Skills):
    """The languages."""

    kind = Skill.Kind.LANGUAGE


class OneLanguage(OneSkill):
    """A language."""

    kind = Skill.Kind.LANGUAGE


urlpatterns = [
    path("routing/skills", Skills.as_view()),
    path("routing/skills/<uuid:skill_id>", OneSkill.as_view()),
    path("routing/languages", Languages.as_view()),
    path("routing/languages/<uuid:skill_id>", OneLanguage.as_view()),
]
