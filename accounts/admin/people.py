"""People: who signs in, in which roles, in which language."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelect2Widget

from accounts.admin.base import HouseAdmin, Superusers
from accounts.models import User
from accounts.permissions import Permission, allowed

_CHOOSERS = (Permission("Routing", "Queue", "Edit"), Permission("Routing", "Skill", "Edit"))
_ROLES_HELP = _(
    "What this person may do. What each role may do is set on the page of the role, the queue or the channel."
)


def timezone_choices() -> list[tuple[str, Any]]:
    """The time zones of the world, and none."""
    return [("", _("As the server")), *((name, name) for name in sorted(available_timezones()) if "/" in name)]


class TimezoneField(forms.ChoiceField):
    """A time zone, chosen by typing a part of its name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=timezone_choices, widget=UnfoldAdminSelect2Widget, required=False, **kwargs)


class PersonForm(UserChangeForm):
    """Change somebody."""

    timezone = TimezoneField(label=_("Time zone"), help_text=_("Times are shown in it."))


class NewPersonForm(UserCreationForm):
    """Add somebody, all at once."""

    timezone = TimezoneField(label=_("Time zone"), help_text=_("Times are shown in it."))


@admin.register(User)
class PersonAdmin(Superusers, DjangoUserAdmin, HouseAdmin):  # type: ignore[type-arg]
    """Somebody, or a machine, that signs in."""

    add_form_template = None
    form, add_form, change_password_form = PersonForm, NewPersonForm, AdminPasswordChangeForm
    list_display = ("username", "full_name", "roles", "language", "is_active", "enters", "last_login")
    list_filter = ("is_active", "groups", "is_staff", "language")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    readonly_fields = ("password_state", "last_login", "date_joined")
    filter_horizontal = ()
    _account = ("username", "password_state")
    _person = (_("Person"), {"fields": (("first_name", "last_name"), "email", ("language", "timezone"))})
    _rights = (
        _("Rights"),
        {"fields": ("groups", "is_active", "is_staff", "is_superuser")},
    )
    fieldsets: ClassVar[Any] = (
        (None, {"fields": _account}),
        _person,
        _rights,
        (_("Preferences"), {"fields": ("theme", ("sound", "notifications")), "classes": ("tab",)}),
        (_("History"), {"fields": (("last_login", "date_joined"),), "classes": ("tab",)}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "usable_password", "password1", "password2")}),
        _person,
        _rights,
    )
    looking = ((None, {"fields": ("username", ("first_name", "last_name"), "email", "is_active")}),)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those too who choose agents for queues."""
        return super().has_view_permission(request, obj) or any(allowed(request.user, right) for right in _CHOOSERS)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Only the name for those who may not change it."""
        if obj and not self.has_change_permission(request, obj):
            return self.looking
        return super().get_fieldsets(request, obj)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Roles are ticked."""
        if db_field.name == "groups":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field and db_field.name == "groups":
            field.label, field.help_text = _("Roles"), _ROLES_HELP
            field.queryset = Group.objects.order_by("name")
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Say in this product's words what the switches do."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        words = {
            "is_staff": (_("May enter this administration"), _("What they may do in it follows from their roles.")),
            "is_superuser": (
                _("May do everything"),
                _("All rights everywhere, and these pages about people and roles."),
            ),
            "is_active": (
                pgettext_lazy("person", "Active"),
                _("Off: cannot sign in, is offered nothing. Do this instead of deleting somebody."),
            ),
        }
        if field and db_field.name in words:
            field.label, field.help_text = words[db_field.name]
        return field

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """With their roles."""
        return super().get_queryset(request).prefetch_related("groups")

    @display(description=_("Password"))
    def password_state(self, user: User) -> str:
        """Whether there is one, and where to set it; nothing of what is stored."""
        state = _("Set") if user.has_usable_password() else _("Not set: cannot sign in with a password")
        address = reverse("admin:auth_user_password_change", args=[user.pk])
        return format_html('{} · <a href="{}">{}</a>', state, address, _("Set a new password"))

    @display(description=_("Name"), ordering="first_name")
    def full_name(self, user: User) -> str:
        """First and last name."""
        return user.get_full_name() or "–"

    @display(description=_("Roles"))
    def roles(self, user: User) -> str:
        """The names of their roles."""
        return ", ".join(role.name for role in user.groups.all()) or "–"

    @display(description=_("Administration"), boolean=True, ordering="is_staff")
    def enters(self, user: User) -> bool:
        """Whether they may enter here."""
        return user.is_staff
