"""Libraries of canned responses."""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import Permission
from interactions.canned import libraries_of
from interactions.models import CannedLibrary
from interactions.models.canned import Versioned
from queues import configuring
from queues.models import Queue
from socialcare.errors import Conflict, Invalid

from .base import ApiView, answer, found
from .idempotency import creates
from .paging import PageQuery, listing, listing_of
from .wire import HOME, DivisionWire, RefWire, Time, Wire, ref, uri

ADDRESS = "responsemanagement/libraries"
MOST_QUEUES = 500


def library_permission(action: str) -> Permission:
    """As in *Responses > Library > Edit*."""
    return Permission("Responses", "Library", action)


class LibraryWire(Wire):
    """A collection of canned responses; `queues` (ours) are those for which it is, none for all."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=120)
    version = serializers.IntegerField(required=False, min_value=1, max_value=2_000_000_000)
    date_created = Time(read_only=True)
    queues = RefWire(many=True, required=False)
    division = DivisionWire(read_only=True)
    self_uri = serializers.CharField(read_only=True)

    def to_representation(self, instance: CannedLibrary) -> Any:
        """As the API tells of a library."""
        return super().to_representation(library_out(instance))


class LibrariesQuery(PageQuery):
    """Which libraries; `messagingTemplateFilter` is taken and not needed."""

    library_prefix = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    messaging_template_filter = serializers.CharField(required=False, default="", allow_blank=True, max_length=40)


def library_out(library: CannedLibrary) -> dict[str, Any]:
    """A library, as the API tells of it."""
    return {
        "id": library.pk,
        "name": library.name,
        "version": library.version,
        "date_created": library.created_at,
        "queues": [ref("routing/queues", queue) for queue in library.queues.all()],
        "division": HOME,
        "self_uri": uri(ADDRESS, library.pk),
    }


class Libraries(ApiView):
    """The libraries."""

    @extend_schema(parameters=[LibrariesQuery], responses=listing_of(LibraryWire))
    def get(self, request: Request) -> Response:
        """Those one may read, by name."""
        asked = self.asked(LibrariesQuery)
        rows = libraries_of(self.user).filter(name__istartswith=asked["library_prefix"])
        return listing(request, rows.prefetch_related("queues").order_by("name"), LibraryWire)

    @extend_schema(request=LibraryWire, responses={201: LibraryWire})
    @creates
    def post(self, request: Request) -> Response:
        """Make one."""
        self.require(library_permission("Add"))
        given = self.given(LibraryWire)
        queues = _queues(given)
        with transaction.atomic():
            library = configuring.make(CannedLibrary(name=given["name"]))
            library.queues.set(queues or ())
        return answer(LibraryWire, library, 201)


class OneLibrary(ApiView):
    """A library."""

    @extend_schema(responses=LibraryWire)
    def get(self, request: Request, library_id: uuid.UUID) -> Response:
        """It."""
        return answer(LibraryWire, found(libraries_of(self.user), pk=library_id))

    @extend_schema(request=LibraryWire, responses=LibraryWire)
    def put(self, request: Request, library_id: uuid.UUID) -> Response:
        """Change it; an older `version` is refused (409)."""
        found(libraries_of(self.user), pk=library_id)
        self.require(library_permission("Edit"))
        given = self.given(LibraryWire)
        queues = _queues(given)
        with transaction.atomic():
            library = found(CannedLibrary.objects.select_for_update(), pk=library_id)
            require_version(library, given.get("version"))
            configuring.change(library, name=given["name"])
            if queues is not None:
                library.queues.set(queues)
        return answer(LibraryWire, library)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, library_id: uuid.UUID) -> Response:
        """Delete it, with its responses."""
        library = found(libraries_of(self.user), pk=library_id)
        self.require(library_permission("Delete"))
        configuring.remove(library)
        return Response(status=204)


def require_version(row: Versioned, seen: int | None) -> None:
    """Raise Conflict where somebody has changed it since."""
    if seen is not None and seen != row.version:
        raise Conflict(
            f"It has changed since; its version is {row.version} now.", field="version", code="stale.version"
        )


def _queues(given: dict[str, Any]) -> "QuerySet[Queue] | None":
    """The queues named; None where none are spoken of. Raises Invalid."""
    if "queues" not in given:
        return None
    wanted = {each["id"] for each in given["queues"]}
    if len(wanted) > MOST_QUEUES:
        raise Invalid(f"At most {MOST_QUEUES} queues are possible.", field="queues")
    rows = Queue.objects.filter(pk__in=wanted)
    if rows.count() < len(wanted):
        raise Invalid("One of these queues is not there.", field="queues")
    return rows


urlpatterns = [
    path(ADDRESS, Libraries.as_view()),
    path(f"{ADDRESS}/<uuid:library_id>", OneLibrary.as_view()),
]
