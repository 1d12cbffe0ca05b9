"""Agents: what they are doing now (to look at), how much they take at once and what they can do (to change)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.admin.base import ByTable, HouseAdmin, Rows, link_to
from accounts.admin.coloured import Coloured, coloured
from accounts.models import User
from queues.capacity import set_capacity
from queues.models import AgentSkill, AgentStatus, RoutingStatus
from socialcare.errors import Conflict

COLOURS = {
    RoutingStatus.IDLE: "success",
    RoutingStatus.INTERACTING: "info",
    RoutingStatus.NOT_RESPONDING: "danger",
    RoutingStatus.OFF_QUEUE: "default",
}


class SkillRows(ByTable, Rows):
    """What an agent can do, and how well."""

    domain, entity = "Routing", "Skill"
    model = AgentSkill
    fields = ("skill", "proficiency")
    autocomplete_fields = ("skill",)
    verbose_name_plural = _("skills")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Giving an agent a skill is a change of the agent."""
        return self.has_change_permission(request, obj)

    has_delete_permission = has_add_permission


class AgentForm(forms.ModelForm):  # type: ignore[type-arg]
    """Capacity, never below what the agent is working on."""

    def clean_capacity(self) -> int:
        """Say it in words before it is tried."""
        capacity: int = self.cleaned_data["capacity"]
        load = AgentStatus.objects.filter(pk=self.instance.pk).values_list("load", flat=True).first() or 0
        if capacity < load:
            words = _("%(agent)s is working on %(load)s now; the capacity cannot be lower than that.")
            raise forms.ValidationError(words % {"agent": self.instance.user, "load": load})
        return capacity


@admin.register(AgentStatus)
class AgentAdmin(ByTable, HouseAdmin):
    """Somebody who takes work."""

    domain, entity = "Routing", "Skill"
    form = AgentForm
    list_display = ("user", "status", "presence", "working_on", "member_of", "last_seen")
    list_filter = ("routing_status", "presence", "user__memberships__queue")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__first_name", "user__last_name")
    ordering = ("user__username",)
    autocomplete_fields = ("user",)
    _now = ("status", "presence", "load", "missed", "idle_since", "last_seen")
    fieldsets = (
        (None, {"fields": ("user", ("capacity", "auto_answer"))}),
        (
            _("Now"),
            {
                "fields": (("status", "presence"), ("load", "missed"), ("idle_since", "last_seen")),
                "description": _(
                    "What the agent is doing. The agent chooses it in the panel; nothing here changes it."
                ),
            },
        ),
    )
    add_fieldsets = ((None, {"fields": ("user", ("capacity", "auto_answer"))}),)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may change agents may add one."""
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: an agent is a person who is a member of queues."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: AgentStatus | None = None) -> tuple[str, ...]:
        """The running state; and who it is."""
        return (*self._now, "user") if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgentStatus]:
        """With their queues."""
        return super().get_queryset(request).prefetch_related("user__memberships__queue")  # type: ignore[no-any-return]

    def get_inline_instances(self, request: HttpRequest, obj: AgentStatus | None = None) -> list[Any]:
        """The skills are the user's."""
        return [SkillRows(User, self.admin_site)] if obj else []

    def get_formset_kwargs(self, request: HttpRequest, obj: AgentStatus, inline: Any, prefix: str) -> dict[str, Any]:
        """The skills are the user's."""
        return {**super().get_formset_kwargs(request, obj, inline, prefix), "instance": obj.user}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write the capacity where it still fits the load."""
        if not change:
            obj.save()
            return
        if "auto_answer" in form.changed_data:
            AgentStatus.objects.filter(pk=obj.pk).update(auto_answer=obj.auto_answer)
        if "capacity" in form.changed_data:
            self._resize(request, obj)

    def _resize(self, request: HttpRequest, obj: AgentStatus) -> None:
        try:
            set_capacity(obj.user, obj.capacity)
        except Conflict as error:  # the agent has taken up more work since the form was checked
            self.message_user(request, str(error), "ERROR")

    @display(description=_("routing status"), ordering="routing_status", label=COLOURS)
    def status(self, agent: AgentStatus) -> Coloured:
        """In colour."""
        return coloured(RoutingStatus(agent.routing_status))

    @display(description=_("works on"), ordering="load")
    def working_on(self, agent: AgentStatus) -> str:
        """Places taken, of those there are."""
        return f"{agent.load} / {agent.capacity}"

    @display(description=_("queues"))
    def member_of(self, agent: AgentStatus) -> str:
        """The queues they are members of."""
        return ", ".join(member.queue.name for member in agent.user.memberships.all()) or "–"

    @display(description=_("person"))
    def person(self, agent: AgentStatus) -> str:
        """A link to their account."""
        return link_to(agent.user)
