"""Roles: what they may do everywhere, and a look at where else they may do something."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from accounts.admin.base import HouseAdmin, Superusers
from accounts.admin.words import ACTIONS, ENTITIES, meaning, short
from accounts.models import RoleGroup, User
from accounts.permissions import CONFIGURING, TABLE, Permission
from accounts.roles import grant, revoke, stored_permissions

EVERYWHERE = tuple(right for right in TABLE if right not in CONFIGURING)


class RightsWidget(forms.CheckboxSelectMultiple):
    """Two tables: what one does with interactions, and what one configures."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """The tables with their ticks."""
        ticked = set(value or ())
        working = [(right, short(right), meaning(right), right.name in ticked) for right in EVERYWHERE]
        lines = [
            (
                words,
                [(right, f"{words}: {ACTIONS[right.action]}", right.name in ticked) for right in _configuring(entity)],
            )
            for entity, words in ENTITIES.items()
        ]
        context = {"name": name, "working": working, "lines": lines, "actions": ACTIONS.values()}
        return render_to_string("administration/rights.html", context)


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A role with its people and its rights."""

    people = forms.ModelMultipleChoiceField(
        User.objects.order_by("username"),
        label=_("People"),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text=_("Who has this role."),
    )
    rights = forms.MultipleChoiceField(
        label=_("May do everywhere"),
        required=False,
        choices=[(right.name, str(right)) for right in TABLE],
        widget=RightsWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["people"].initial = list(self.instance.user_set.values_list("pk", flat=True))
            self.fields["rights"].initial = [right.name for right in _rights_of(self.instance)]


admin.site.unregister(Group)


@admin.register(RoleGroup)
class RoleAdmin(Superusers, HouseAdmin):
    """A bundle of rights, given to people."""

    form = RoleForm
    list_display = ("name", "how_many")
    search_fields = ("name",)
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "people")}),
        (
            _("May do everywhere"),
            {
                "fields": ("rights",),
                "description": _(
                    "What is ticked here holds for all queues and all channels. To give a right for one queue or one "
                    "channel only, tick it on the page of that queue or channel."
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """With the number of people."""
        return super().get_queryset(request).annotate(people_count=Count("user"))  # type: ignore[no-any-return]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Set its people, and give and take rights until they are as ticked."""
        super().save_related(request, form, formsets, change)
        role = form.instance
        role.user_set.set(form.cleaned_data["people"])
        ticked = {right for right in TABLE if right.name in form.cleaned_data["rights"]}
        held = set(_rights_of(role))
        grant(role, *(ticked - held))
        revoke(role, *(held - ticked))

    @display(description=_("People"), ordering="people_count")
    def how_many(self, role: Any) -> int:
        """How many have it."""
        return int(role.people_count)


def _rights_of(role: Group) -> list[Permission]:
    stored = set(stored_permissions(TABLE).filter(group=role).values_list("content_type__app_label", "codename"))
    return [right for right in TABLE if tuple(right.name.split(".")) in stored]


def _configuring(entity: str) -> list[Permission]:
    return [right for right in CONFIGURING if right.entity == entity]
