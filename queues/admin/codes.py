"""Wrap-up codes."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.admin.base import ByTable, HouseAdmin
from queues.models import WrapUpCode


@admin.register(WrapUpCode)
class WrapUpCodeAdmin(ByTable, HouseAdmin):
    """How an interaction ended."""

    domain, entity = "Routing", "WrapupCode"
    list_display = ("name", "used_in")
    list_filter = ("queues",)
    search_fields = ("name",)
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WrapUpCode]:
        """With their queues."""
        return super().get_queryset(request).prefetch_related("queues")  # type: ignore[no-any-return]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not the system's own code."""
        return super().has_change_permission(request, obj) and not _is_system(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not the system's own code."""
        return super().has_delete_permission(request, obj) and not _is_system(obj)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Queues are ticked."""
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.help_text = _("Agents of these queues can choose it.")
        return field

    @display(description=_("Queues"))
    def used_in(self, code: WrapUpCode) -> str:
        """Where it can be chosen."""
        if _is_system(code):
            return str(_("set by the system when the time for after-contact work is over"))
        return ", ".join(queue.name for queue in code.queues.all()) or "–"


def _is_system(code: Any) -> bool:
    return isinstance(code, WrapUpCode) and code.name == WrapUpCode.TIMEOUT
