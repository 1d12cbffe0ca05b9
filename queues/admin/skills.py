"""Skills and languages."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.admin.base import ByTable, HouseAdmin
from queues.models import Skill


@admin.register(Skill)
class SkillAdmin(ByTable, HouseAdmin):
    """Something that agents can do and channels can ask for."""

    domain, entity = "Routing", "Skill"
    list_display = ("name", "kind", "how_many")
    list_filter = ("kind",)
    search_fields = ("name",)
    ordering = ("name",)
    radio_fields = {"kind": admin.HORIZONTAL}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Skill]:
        """With the number of agents."""
        return super().get_queryset(request).annotate(agent_count=Count("agents"))  # type: ignore[no-any-return]

    @display(description=_("Agents"), ordering="agent_count")
    def how_many(self, skill: Any) -> int:
        """How many have it."""
        return int(skill.agent_count)
