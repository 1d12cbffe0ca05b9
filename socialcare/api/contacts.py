"""Customers: listed, written down, changed, merged."""

import uuid
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import Permission
from interactions import contacts
from interactions.models import Contact
from socialcare.errors import Invalid, NotFound
from socialcare.searching import first_found

from .base import ApiView, answer
from .configuration import require_view
from .contact_wires import ADDRESS, ExternalContactWire, columns
from .idempotency import creates
from .paging import LARGEST, SIZE, CursorQuery, stretch, stretch_of
from .wire import Wire, Words

DEEPEST = 10_000
"""So far one can leaf; further goes the cursor."""
EXPANDS = ("externalOrganization", "externalDataSources", "identifiers", "externalSources", "division")
SORTED_BY = [name + way for name in ("firstName", "lastName", "middleName", "title") for way in ("", ":asc", ":desc")]


def contact_permission(action: str) -> Permission:
    """As in *Externalcontacts > Contact > Edit*."""
    return Permission("Externalcontacts", "Contact", action)


class ContactsQuery(CursorQuery):
    """Which customers: from the cursor on, or (up to the 10,000th) by pages. The rest is taken and not needed."""

    page_number = serializers.IntegerField(required=False, min_value=1, max_value=DEEPEST)
    q = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    sort_order = serializers.ChoiceField(choices=SORTED_BY, required=False)
    expand = Words(EXPANDS)
    division_ids = Words()


class ScanQuery(Wire):
    """From where on, and how many."""

    limit = serializers.IntegerField(default=SIZE, min_value=1, max_value=LARGEST)
    cursor = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    division_id = serializers.CharField(required=False, default="", allow_blank=True, max_length=80)


class CursorsWire(Wire):
    """Where the next stretch begins."""

    after = serializers.CharField(required=False)


class CursorContactListingWire(Wire):
    """A stretch of customers."""

    entities = ExternalContactWire(many=True)
    cursors = CursorsWire(required=False)


class MergeRequestWire(Wire):
    """Who is taken into whom."""

    source_contact_id = serializers.UUIDField()
    target_contact_id = serializers.UUIDField()


class Contacts(ApiView):
    """The customers."""

    @extend_schema(parameters=[ContactsQuery], responses=stretch_of(ExternalContactWire))
    def get(self, request: Request) -> Response:
        """All, the oldest first; `q` looks for the beginning of a name, or a handle. Nothing is counted."""
        require_view(self.user, "Externalcontacts", "Contact")
        asked = self.asked(ContactsQuery)
        rows = Contact.objects.filter(merged_into__isnull=True).prefetch_related("handles")
        words = asked["q"].strip()
        ways = contacts.ways(words) if words else None
        if "page_number" not in asked or asked["after"]:
            return stretch(request, rows, ExternalContactWire, by="created_at", ways=ways)
        size, number = asked["page_size"], asked["page_number"]
        if size * number > DEEPEST:
            raise Invalid(f"By pages one comes no further than {DEEPEST}; follow nextUri.", field="pageNumber")
        rows = rows.order_by("created_at", "pk")
        if ways is not None:
            rows = first_found(rows, ways, number * size)
        told = ExternalContactWire(rows[(number - 1) * size : number * size], many=True).data
        return Response({"entities": told, "pageSize": size, "pageNumber": number, "selfUri": request.get_full_path()})

    @extend_schema(request=ExternalContactWire, responses={201: ExternalContactWire})
    @creates
    def post(self, request: Request) -> Response:
        """Write one down."""
        self.require(contact_permission("Add"))
        facts = columns(self.given(ExternalContactWire), Contact())
        return answer(ExternalContactWire, contacts.make(**facts), 201)


class Scan(ApiView):
    """All customers, stretch by stretch."""

    @extend_schema(parameters=[ScanQuery], responses=CursorContactListingWire)
    def get(self, request: Request) -> Response:
        """From `cursor` on, the oldest first."""
        require_view(self.user, "Externalcontacts", "Contact")
        asked = self.asked(ScanQuery)
        rows = Contact.objects.filter(merged_into__isnull=True).prefetch_related("handles").order_by("pk")
        if asked["cursor"]:
            rows = rows.filter(pk__gt=_id(asked["cursor"]))
        found = list(rows[: asked["limit"] + 1])
        told: dict[str, Any] = {"entities": ExternalContactWire(found[: asked["limit"]], many=True).data}
        if len(found) > asked["limit"]:
            told["cursors"] = {"after": str(found[asked["limit"] - 1].pk)}
        return Response(told)


class OneContact(ApiView):
    """A customer."""

    @extend_schema(responses=ExternalContactWire)
    def get(self, request: Request, contact_id: uuid.UUID) -> Response:
        """They; or into whom they were merged."""
        return answer(ExternalContactWire, self._contact(contact_id))

    @extend_schema(request=ExternalContactWire, responses=ExternalContactWire)
    def put(self, request: Request, contact_id: uuid.UUID) -> Response:
        """Change what is known of them."""
        contact = self._contact(contact_id)
        self.require(contact_permission("Edit"))
        facts = columns(self.given(ExternalContactWire), contact)
        return answer(ExternalContactWire, contacts.change(contact, **facts))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, contact_id: uuid.UUID) -> Response:
        """Forget them; refused (409) where they have conversations."""
        contact = self._contact(contact_id)
        self.require(contact_permission("Delete"))
        contacts.remove(contact)
        return Response(status=204)

    def _contact(self, contact_id: uuid.UUID) -> Contact:
        row = Contact.objects.select_related("merged_into").filter(pk=contact_id).first()
        if row is None:
            raise NotFound
        now = contacts.visible_to(self.user).filter(pk=contacts.current(row).pk).first()
        if now is None:
            raise NotFound
        return now


class Merging(ApiView):
    """Making one customer of two."""

    @extend_schema(request=MergeRequestWire, responses=ExternalContactWire)
    @creates
    def post(self, request: Request) -> Response:
        """The target takes over the source's handles and conversations; the source's id leads to the target."""
        self.require(contact_permission("Edit"))
        given = self.given(MergeRequestWire)
        return answer(ExternalContactWire, contacts.merge(given["source_contact_id"], given["target_contact_id"]))


def _id(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError:
        raise Invalid("This is not a cursor of ours.", field="cursor") from None


urlpatterns = [
    path(ADDRESS, Contacts.as_view()),
    path(f"{ADDRESS}/<uuid:contact_id>", OneContact.as_view()),
    path("externalcontacts/scan/contacts", Scan.as_view()),
    path("externalcontacts/merge/contacts", Merging.as_view()),
]
