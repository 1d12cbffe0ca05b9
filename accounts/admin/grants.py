"""“Who may do what here”: one table of roles × rights on the page of a queue or a channel."""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from guardian.utils import get_group_obj_perms_model, get_user_obj_perms_model

from accounts.admin.words import meaning, short
from accounts.models import User
from accounts.permissions import TABLE, Permission
from accounts.roles import ROLES, grant, revoke

TEMPLATE = "administration/grants.html"


@dataclass(frozen=True)
class Cell:
    """A tick: whether this role has this right here, or everywhere (then it cannot be taken away here)."""

    value: str
    label: str
    everywhere: bool


@dataclass
class Line:
    """A role, or a person with rights of their own."""

    holder: Group | User
    cells: list[Cell] = field(default_factory=list)

    @property
    def is_person(self) -> bool:
        """Whether this is somebody, not a role."""
        return isinstance(self.holder, User)


class GrantsTable:
    """All roles, all rights on one kind of object, and who has what on one of them."""

    def __init__(self, model: type[Model], obj: Model | None) -> None:
        self.rights = [right for right in TABLE if right.on == model._meta.label_lower]
        self.held = _held(obj) if obj else _suggested(self.rights)
        self.lines = [self._line(holder) for holder in _holders(obj)]

    @property
    def columns(self) -> list[tuple[object, object, Permission]]:
        """Each right in a word, in a sentence, and by its name."""
        return [(short(right), meaning(right), right) for right in self.rights]

    def choices(self) -> list[tuple[str, str]]:
        """What can be ticked."""
        return [(cell.value, cell.label) for line in self.lines for cell in line.cells if not cell.everywhere]

    def apply(self, obj: Model, ticked: set[str]) -> None:
        """Give and take rights on `obj` until they are as ticked."""
        for line in self.lines:
            cells = [cell for cell in line.cells if not cell.everywhere]
            rights = {cell.value: right for cell, right in zip(line.cells, self.rights, strict=True)}
            now = _held(obj)
            given = [rights[cell.value] for cell in cells if cell.value in ticked and cell.value not in now]
            taken = [rights[cell.value] for cell in cells if cell.value not in ticked and cell.value in now]
            grant(line.holder, *given, on=obj)
            revoke(line.holder, *taken, on=obj)

    def _line(self, holder: Group | User) -> Line:
        stored = holder.permissions if isinstance(holder, Group) else holder.user_permissions
        names = {(each.content_type.app_label, each.codename) for each in stored.all()}
        cells = [
            Cell(_value(holder, right.codename), f"{holder}: {short(right)}", tuple(right.name.split(".")) in names)
            for right in self.rights
        ]
        return Line(holder, cells)


class GrantsWidget(forms.CheckboxSelectMultiple):
    """The table, drawn."""

    table: GrantsTable

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """The table with its ticks."""
        return draw(self.table, set(value or ()), name=name)


class GrantsForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form with the table in it, as the field `grants`."""

    grants = forms.MultipleChoiceField(label=_("Who may do what here"), required=False, widget=GrantsWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "grants" not in self.fields:  # read-only for this person
            return
        exists = not self.instance._state.adding
        self.table = GrantsTable(self._meta.model, self.instance if exists else None)
        grants = self.fields["grants"]
        grants.widget.table = self.table
        grants.choices = self.table.choices()  # type: ignore[attr-defined]
        grants.initial = sorted(self.table.held)


class GrantsAdmin:
    """An admin whose form is a `GrantsForm`."""

    grants_fieldset = (
        _("Who may do what here"),
        {
            "fields": ("grants",),
            "description": _(
                "A tick gives a role a right here. People have the rights of all their roles. "
                "A tick that cannot be changed is given everywhere; change it on the page of the role."
            ),
        },
    )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Give and take the rights once the object is there."""
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        if "grants" in form.cleaned_data:
            form.table.apply(form.instance, set(form.cleaned_data["grants"]))

    def grants(self, obj: Model) -> str:
        """The table for those who may only look."""
        table = GrantsTable(type(obj), obj)
        return draw(table, table.held, name="")

    grants.short_description = _("Who may do what here")  # type: ignore[attr-defined]


def draw(table: GrantsTable, ticked: set[str], *, name: str) -> str:
    """The table as HTML; without a name it cannot be changed."""
    return render_to_string(TEMPLATE, {"table": table, "ticked": ticked, "name": name})


def _value(holder: Group | User, codename: str) -> str:
    return f"{'role' if isinstance(holder, Group) else 'person'}:{holder.pk}:{codename}"


def _holders(obj: Model | None) -> list[Group | User]:
    """All roles; and the people who have rights of their own on `obj`."""
    roles = Group.objects.prefetch_related("permissions__content_type").order_by("name")
    if obj is None:
        return list(roles)
    per_user: Any = get_user_obj_perms_model(obj)
    people = User.objects.filter(pk__in=per_user.objects.filter(content_object=obj).values("user"))
    return [*roles, *people.prefetch_related("user_permissions__content_type").order_by("username")]


def _held(obj: Model) -> set[str]:
    """What is ticked on `obj`."""
    per_group: Any = get_group_obj_perms_model(obj)
    per_user: Any = get_user_obj_perms_model(obj)
    roles = per_group.objects.filter(content_object=obj).values_list("group", "permission__codename")
    people = per_user.objects.filter(content_object=obj).values_list("user", "permission__codename")
    return {f"role:{pk}:{name}" for pk, name in roles} | {f"person:{pk}:{name}" for pk, name in people}


def _suggested(rights: list[Permission]) -> set[str]:
    """What is ticked to begin with."""
    named = {role.name: role.suggested for role in ROLES}
    found = Group.objects.filter(name__in=named)
    return {_value(role, right.codename) for role in found for right in named[role.name] if right in rights}
