"""Canned responses, in libraries."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.admin.base import ByTable, Cards, HouseAdmin
from interactions.models import CannedLibrary, CannedResponse


class ResponseCards(ByTable, Cards):
    """The texts of a library."""

    domain, entity = "Responses", "Response"
    model = CannedResponse
    fields = (("name", "shortcut", "language"), "text")
    collapsible = True
    ordering = ("name",)


@admin.register(CannedLibrary)
class LibraryAdmin(ByTable, HouseAdmin):
    """A collection of texts for some queues or for all."""

    domain, entity = "Responses", "Library"
    list_display = ("name", "used_in", "how_many")
    list_filter = ("queues",)
    search_fields = ("name", "responses__name")
    ordering = ("name",)
    inlines = (ResponseCards,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CannedLibrary]:
        """With their queues, and the number of texts."""
        found = super().get_queryset(request).prefetch_related("queues")
        return found.annotate(response_count=Count("responses", distinct=True))  # type: ignore[no-any-return]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Queues are ticked."""
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @display(description=_("queues"))
    def used_in(self, library: CannedLibrary) -> str:
        """Where its texts are offered."""
        return ", ".join(queue.name for queue in library.queues.all()) or str(_("all queues"))

    @display(description=_("canned responses"), ordering="response_count")
    def how_many(self, library: Any) -> int:
        """How many texts it has."""
        return int(library.response_count)


@admin.register(CannedResponse)
class ResponseAdmin(ByTable, HouseAdmin):
    """A text to answer with."""

    domain, entity = "Responses", "Response"
    list_display = ("name", "library", "shortcut", "language", "beginning")
    list_filter = ("library", "language")
    list_select_related = ("library",)
    search_fields = ("name", "shortcut", "text")
    ordering = ("library__name", "name")
    autocomplete_fields = ("library",)
    fields = ("library", ("name", "shortcut", "language"), "text")

    @display(description=_("text"))
    def beginning(self, response: CannedResponse) -> str:
        """How it begins."""
        return Truncator(response.text).chars(80)
