"""What an agent can do, and how well."""

import uuid
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from queues.models import AgentSkill, Skill
from queues.skills import replace_skills, set_skills
from socialcare.errors import Invalid

from .base import ApiView, answer, found
from .configuration import descending, require_view, routing
from .idempotency import creates
from .paging import PageQuery, listing, listing_of
from .skills import ADDRESSES
from .wire import ORDERS, Wire, uri

AT_ONCE = 100
"""So many skills a call."""
WORDS = {Skill.Kind.SKILL: "routingskills", Skill.Kind.LANGUAGE: "routinglanguages"}


class UserSkillsQuery(PageQuery):
    """In which order."""

    sort_order = serializers.ChoiceField(choices=ORDERS, default="asc")


class UserRoutingSkillPostWire(Wire):
    """Which skill, and how well: a whole number from 0 to 5."""

    id = serializers.UUIDField()
    proficiency = serializers.FloatField(min_value=0, max_value=5)


class ProficiencyWire(Wire):
    """How well: a whole number from 0 to 5."""

    proficiency = serializers.FloatField(min_value=0, max_value=5)


class UserRoutingSkillWire(Wire):
    """A skill, or a language, of an agent."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    proficiency = serializers.FloatField()
    state = serializers.CharField()
    skill_uri = serializers.CharField(required=False)
    language_uri = serializers.CharField(required=False)
    self_uri = serializers.CharField()

    def to_representation(self, instance: AgentSkill) -> Any:
        """As the API tells of an agent's skill."""
        return super().to_representation(agent_skill_out(instance))


def agent_skill_out(row: AgentSkill) -> dict[str, Any]:
    """An agent's skill (with the skill), as the API tells of it."""
    kind = Skill.Kind(row.skill.kind)
    return {
        "id": row.skill_id,
        "name": row.skill.name,
        "proficiency": float(row.proficiency),
        "state": "active",
        "skill_uri" if kind == Skill.Kind.SKILL else "language_uri": uri(ADDRESSES[kind], row.skill_id),
        "self_uri": uri(f"users/{row.user_id}/{WORDS[kind]}", row.skill_id),
    }


class UserSkillsView(ApiView):
    """Something about the skills of somebody."""

    kind: ClassVar = Skill.Kind.SKILL

    def person(self, user_id: uuid.UUID, *, edit: bool = False) -> User:
        """Whose skills these are; one's own may be seen by oneself. Raises NotPermitted, NotFound."""
        if edit:
            self.require(routing("Skill", "Edit"))
        elif user_id != self.user.pk:
            require_view(self.user, "Routing", "Skill")
        return found(User.objects.all(), pk=user_id)

    def rows(self, user: User) -> QuerySet[AgentSkill]:
        """The skills, or languages."""
        return AgentSkill.objects.filter(user=user, skill__kind=self.kind).select_related("skill")

    def levels(self, given: list[dict[str, Any]]) -> dict[Skill, int]:
        """The skills named, and how well. Raises Invalid."""
        known = Skill.objects.filter(kind=self.kind).in_bulk([each["id"] for each in given])
        levels = {}
        for number, each in enumerate(given):
            if each["id"] not in known:
                raise Invalid(f"There is no {self.kind} of this id.", field=f"[{number}].id")
            levels[known[each["id"]]] = whole(each["proficiency"], f"[{number}].proficiency")
        return levels


class UserSkills(UserSkillsView):
    """The skills of somebody."""

    @extend_schema(parameters=[UserSkillsQuery], responses=listing_of(UserRoutingSkillWire))
    def get(self, request: Request, user_id: uuid.UUID) -> Response:
        """What they can do, by name."""
        order = "-skill__name" if descending(self.asked(UserSkillsQuery)) else "skill__name"
        return listing(request, self.rows(self.person(user_id)).order_by(order), UserRoutingSkillWire)

    @extend_schema(request=UserRoutingSkillPostWire, responses=UserRoutingSkillWire)
    @creates
    def post(self, request: Request, user_id: uuid.UUID) -> Response:
        """Give them a skill; who has it already has it at this proficiency."""
        person = self.person(user_id, edit=True)
        given = self.given(UserRoutingSkillPostWire)
        set_skills(person, {self._skill(given["id"]): whole(given["proficiency"])})
        return answer(UserRoutingSkillWire, self.rows(person).get(skill=given["id"]))

    def _skill(self, skill_id: uuid.UUID) -> Skill:
        skill = Skill.objects.filter(kind=self.kind, pk=skill_id).first()
        if skill is None:
            raise Invalid(f"There is no {self.kind} of this id.", field="id")
        return skill


class SeveralOfUser(UserSkillsView):
    """Skills or languages of somebody, several at once."""

    @extend_schema(request=UserRoutingSkillPostWire(many=True), responses=listing_of(UserRoutingSkillWire))
    def patch(self, request: Request, user_id: uuid.UUID) -> Response:
        """Give them up to 100; what else they have stays."""
        person = self.person(user_id, edit=True)
        set_skills(person, self.levels(self.given(UserRoutingSkillPostWire, many=True, max_length=AT_ONCE)))
        return listing(request, self.rows(person).order_by("skill__name"), UserRoutingSkillWire)


class UserSkillsInBulk(SeveralOfUser):
    """The skills of somebody, several at once."""

    @extend_schema(request=UserRoutingSkillPostWire(many=True), responses=listing_of(UserRoutingSkillWire))
    def put(self, request: Request, user_id: uuid.UUID) -> Response:
        """Let them have these, up to 100, and no others."""
        person = self.person(user_id, edit=True)
        levels = self.levels(self.given(UserRoutingSkillPostWire, many=True, max_length=AT_ONCE))
        replace_skills(person, self.kind, levels)
        return listing(request, self.rows(person).order_by("skill__name"), UserRoutingSkillWire)


class OneOfUser(UserSkillsView):
    """A skill, or a language, of somebody."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, user_id: uuid.UUID, skill_id: uuid.UUID) -> Response:
        """Take it from them."""
        found(self.rows(self.person(user_id, edit=True)), skill=skill_id).delete()
        return Response(status=204)

    def change(self, user_id: uuid.UUID, skill_id: uuid.UUID) -> Response:
        """Say how well they can do it."""
        person = self.person(user_id, edit=True)
        row = found(self.rows(person), skill=skill_id)
        set_skills(person, {row.skill: whole(self.given(ProficiencyWire)["proficiency"])})
        return answer(UserRoutingSkillWire, self.rows(person).get(skill=skill_id))


class OneUserSkill(OneOfUser):
    """A skill of somebody."""

    @extend_schema(request=ProficiencyWire, responses=UserRoutingSkillWire)
    def put(self, request: Request, user_id: uuid.UUID, skill_id: uuid.UUID) -> Response:
        """Say how well they can do it."""
        return self.change(user_id, skill_id)


def whole(proficiency: float, field: str = "proficiency") -> int:
    """As it is stored. Raises Invalid."""
    if proficiency != int(proficiency):
        raise Invalid("Only whole numbers are possible.", field=field)
    return int(proficiency)


class UserLanguages(UserSkills):
    """The languages of somebody."""

    kind = Skill.Kind.LANGUAGE


class UserLanguagesInBulk(SeveralOfUser):
    """The languages of somebody, several at once."""

    kind = Skill.Kind.LANGUAGE


class OneUserLanguage(OneOfUser):
    """A language of somebody."""

    kind = Skill.Kind.LANGUAGE

    @extend_schema(request=ProficiencyWire, responses=UserRoutingSkillWire)
    def patch(self, request: Request, user_id: uuid.UUID, skill_id: uuid.UUID) -> Response:
        """Say how well they speak it."""
        return self.change(user_id, skill_id)


urlpatterns = [
    path("users/<uuid:user_id>/routingskills", UserSkills.as_view()),
    path("users/<uuid:user_id>/routingskills/bulk", UserSkillsInBulk.as_view()),
    path("users/<uuid:user_id>/routingskills/<uuid:skill_id>", OneUserSkill.as_view()),
    path("users/<uuid:user_id>/routinglanguages", UserLanguages.as_view()),
    path("users/<uuid:user_id>/routinglanguages/bulk", UserLanguagesInBulk.as_view()),
    path("users/<uuid:user_id>/routinglanguages/<uuid:skill_id>", OneUserLanguage.as_view()),
]
