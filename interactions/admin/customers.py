"""Customers, as the networks know them."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.admin.base import ByTable, LanguageFilter, LongAdmin, ReadOnlyRows
from interactions import contacts
from interactions.finding import by_id
from interactions.models import Contact, Handle, Inbox


class HandleRows(ReadOnlyRows):
    """How each network knows them."""

    model = Handle
    fields = ("network_shown", "handle", "name", "external_id", "followers", "verified")
    readonly_fields = fields
    tab = False

    @display(description=_("network"))
    def network_shown(self, handle: Handle) -> str:
        """Its name: of a network that is a channel's own, the channel's."""
        kind, _sign, inbox_id = handle.network.partition(":")
        inbox = by_id(Inbox.objects.all(), inbox_id) if inbox_id else None
        return inbox.name if inbox else kind.capitalize()


@admin.register(Contact)
class CustomerAdmin(ByTable, LongAdmin):
    """A customer. They come with their first message, and go with nothing but their conversations."""

    domain, entity = "Externalcontacts", "Contact"
    list_display = ("named", "known_as", "place", "language", "created_at")
    list_filter = (LanguageFilter,)
    search_fields = ("^name", "^handles__handle")
    search_help_text = _("How the name, a word of it or the handle begins.")
    ordering = ("-created_at",)
    inlines = (HandleRows,)
    fields = ("name", ("place", "language"), "about", "created_at")
    readonly_fields = ("created_at",)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Never: customers come by themselves."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Not here: their conversations would be without them."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """With their handles; who was merged into somebody is found there."""
        found = super().get_queryset(request).filter(merged_into__isnull=True)
        return found.prefetch_related("handles")  # type: ignore[no-any-return]

    def ways(self, words: str) -> list[Q]:
        """As the API does."""
        return contacts.ways(words)

    @display(description=_("name"), ordering="name")
    def named(self, contact: Contact) -> str:
        """Their name, or what stands for it."""
        return contact.name or ", ".join(str(handle) for handle in contact.handles.all()[:1]) or "–"

    @display(description=_("handles"))
    def known_as(self, contact: Contact) -> str:
        """Their handles on the networks."""
        return ", ".join(
            f"{handle.handle or handle.external_id} ({handle.kind.capitalize()})" for handle in contact.handles.all()
        )
