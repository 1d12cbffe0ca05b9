"""Queues: their rules, members, wrap-up codes, and who may do what with them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.admin.base import ByTable, HouseAdmin, Rows
from accounts.admin.grants import GrantsAdmin, GrantsForm
from accounts.permissions import MANAGE_MEMBERS, allowed, objects_for
from queues.models import AgentStatus, Queue, QueueMember, WrapUpCode


class QueueForm(GrantsForm):
    """A queue with its wrap-up codes and rights."""

    wrap_up_codes = forms.ModelMultipleChoiceField(
        WrapUpCode.objects.exclude(name=WrapUpCode.TIMEOUT),
        label=_("Wrap-up codes"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("What agents can choose from when a contact has ended."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "description" in self.fields:
            self.fields["description"].widget.attrs["rows"] = 2
        if "wrap_up_codes" in self.fields and not WrapUpCode.objects.exclude(name=WrapUpCode.TIMEOUT).exists():
            self.fields["wrap_up_codes"].help_text = _("There are none yet; add some under “Wrap-up codes”.")
        if "wrap_up_codes" in self.fields and not self.instance._state.adding:
            self.fields["wrap_up_codes"].initial = list(self.instance.wrap_up_codes.values_list("pk", flat=True))


class MemberRows(Rows):
    """Who works in the queue."""

    model = QueueMember
    fields = ("user", "joined")
    autocomplete_fields = ("user",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may edit the queue, or manage its members."""
        return may_edit(request) or bool(obj and allowed(request.user, MANAGE_MEMBERS, obj))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for changing; a new queue is given its members by who makes it."""
        return self.has_change_permission(request, obj) or obj is None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who sees the queue sees its members."""
        return True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for changing."""
        return self.has_change_permission(request, obj)


def may_edit(request: HttpRequest) -> bool:
    """Whether this person may edit queues."""
    return QueueAdmin.may(QueueAdmin, request, "Edit")  # type: ignore[arg-type]


@admin.register(Queue)
class QueueAdmin(GrantsAdmin, ByTable, HouseAdmin):
    """A line of interactions, and the rules by which they are offered."""

    domain, entity = "Routing", "Queue"
    form = QueueForm
    list_display = ("name", "description", "how_many", "alerting", "acw_mode", "service_level")
    list_filter = ("acw_mode", "memberships__user")
    search_fields = ("name", "description")
    ordering = ("name",)
    inlines = (MemberRows,)
    fieldsets = (
        (None, {"fields": ("name", "description")}),
        (
            _("Offering"),
            {
                "fields": (
                    ("alerting_seconds", "auto_answer"),
                    "scoring_method",
                    "skill_evaluation",
                    "last_agent_mode",
                    "absence_grace_seconds",
                ),
                "description": _("What waits is offered to one member after the other, the longest idle first."),
            },
        ),
        (
            _("After the contact"),
            {
                "fields": ("acw_mode", ("acw_seconds", "acw_extension_seconds"), "wrap_up_codes"),
                "description": _("What an agent does when a conversation has ended."),
            },
        ),
        (
            _("Service level"),
            {
                "fields": (("service_level_percent", "service_level_seconds"),),
                "description": _("The aim, such as 80 percent answered within 20 seconds; figures are measured by it."),
            },
        ),
        GrantsAdmin.grants_fieldset,
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Also who manages the members of it."""
        return super().has_view_permission(request, obj) or self._manages(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Also who manages the members of it, who finds all else read-only."""
        return super().has_change_permission(request, obj) or bool(obj and self._manages(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Queue | None = None) -> tuple[str, ...]:
        """Everything for who manages only the members."""
        if obj and not may_edit(request):
            return tuple(_names(self.fieldsets))
        return ()

    def get_fieldsets(self, request: HttpRequest, obj: Queue | None = None) -> Any:
        """Without the codes, where they cannot be changed."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj and not may_edit(request):
            return [(name, {**options, "fields": _without(options["fields"])}) for name, options in fieldsets]
        return fieldsets

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        """All, or those whose members one manages."""
        found = super().get_queryset(request).annotate(member_count=Count("memberships", distinct=True))
        if self.may(request, "View") or self.may(request, "Edit"):
            return found  # type: ignore[no-any-return]
        return found.filter(pk__in=objects_for(request.user, MANAGE_MEMBERS, Queue).values("pk"))  # type: ignore[no-any-return]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Set its codes; new members are agents from now on."""
        super().save_related(request, form, formsets, change)
        if "wrap_up_codes" in form.cleaned_data:
            form.instance.wrap_up_codes.set(form.cleaned_data["wrap_up_codes"])
        for member in form.instance.memberships.filter(user__status__isnull=True).select_related("user"):
            AgentStatus.objects.of(member.user)

    @display(description=_("members"), ordering="member_count")
    def how_many(self, queue: Any) -> int:
        """How many work in it."""
        return int(queue.member_count)

    @display(description=_("alerting time"), ordering="alerting_seconds")
    def alerting(self, queue: Queue) -> str:
        """In seconds."""
        return _("%(seconds)s s") % {"seconds": queue.alerting_seconds}

    @display(description=_("service level"))
    def service_level(self, queue: Queue) -> str:
        """As one says it."""
        words = _("%(percent)s %% in %(seconds)s s")
        return words % {"percent": queue.service_level_percent, "seconds": queue.service_level_seconds}

    def _manages(self, request: HttpRequest, obj: Any) -> bool:
        if isinstance(obj, Queue):
            return allowed(request.user, MANAGE_MEMBERS, obj)
        return objects_for(request.user, MANAGE_MEMBERS, Queue).exists()


def _names(fieldsets: Any) -> list[str]:
    return [name for _title, options in fieldsets for row in options["fields"] for name in _flat(row)]


def _flat(row: Any) -> tuple[str, ...]:
    return row if isinstance(row, tuple) else (row,)


def _without(fields: Any) -> tuple[Any, ...]:
    return tuple(row for row in fields if row != "wrap_up_codes")
