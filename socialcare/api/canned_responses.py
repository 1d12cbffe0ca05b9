"""Canned responses: texts to answer with."""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.permissions import Permission
from interactions.canned import libraries_of, matching, variables_of
from interactions.models import CannedLibrary, CannedResponse
from queues import configuring
from socialcare.errors import Invalid

from .base import ApiView, answer, found
from .canned_libraries import ADDRESS as LIBRARIES
from .canned_libraries import require_version
from .idempotency import creates
from .paging import LARGEST, SIZE, PageQuery, listing, listing_of
from .wire import LONGEST, RefWire, Time, Wire, Words, ref, uri

ADDRESS = "responsemanagement/responses"
PLAIN, BODY = "text/plain", "body"
OPERATORS = {
    "EQUALS": "iexact",
    "CONTAINS": "icontains",
    "BEGINS_WITH": "istartswith",
    "ENDS_WITH": "iendswith",
}
BY_ID = ("EQUALS", "IN", "NOTEQUALS")
FILTERED = {"name": "name", "shortcut": "shortcut", "language": "language", "libraryId": "library"}


def response_permission(action: str) -> Permission:
    """As in *Responses > Response > Edit*."""
    return Permission("Responses", "Response", action)


class ResponseTextWire(Wire):
    """The text."""

    content = serializers.CharField(max_length=LONGEST, trim_whitespace=False)
    content_type = serializers.ChoiceField(choices=(PLAIN, "text/html"), default=PLAIN)
    type = serializers.ChoiceField(choices=(BODY, "subject"), default=BODY)


class ResponseSubstitutionWire(Wire):
    """Something that is filled in before the agent sees the text."""

    id = serializers.CharField(max_length=100)
    description = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    default_value = serializers.CharField(required=False, allow_blank=True, max_length=1000)


class ResponseWire(Wire):
    """A text to answer with: in one library, in plain text. `shortcut` and `language` are ours."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(max_length=120)
    version = serializers.IntegerField(required=False, min_value=1, max_value=2_000_000_000)
    libraries = serializers.ListField(child=RefWire(), min_length=1, max_length=1)
    texts = serializers.ListField(child=ResponseTextWire(), min_length=1, max_length=10)
    date_created = Time(read_only=True)
    substitutions = ResponseSubstitutionWire(many=True, read_only=True)
    shortcut = serializers.SlugField(required=False, allow_blank=True, max_length=40)
    language = serializers.CharField(required=False, allow_blank=True, max_length=16)
    self_uri = serializers.CharField(read_only=True)

    def to_representation(self, instance: CannedResponse) -> Any:
        """As the API tells of a canned response."""
        return super().to_representation(response_out(instance))


class ResponsesQuery(PageQuery):
    """Which responses; `expand` is taken and not needed."""

    library_id = serializers.UUIDField(required=False)
    expand = Words(("substitutionsSchema",))


class ResponseFilterWire(Wire):
    """What a response must have."""

    name = serializers.ChoiceField(choices=tuple(FILTERED))
    operator = serializers.ChoiceField(choices=(*OPERATORS, "IN", "NOTEQUALS"))
    values = serializers.ListField(child=serializers.CharField(max_length=200), min_length=1, max_length=100)


class ResponseQueryRequestWire(Wire):
    """What is looked for."""

    query_phrase = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    page_size = serializers.IntegerField(default=SIZE, min_value=1, max_value=LARGEST)
    page_number = serializers.IntegerField(default=1, min_value=1, max_value=100_000)
    filters = serializers.ListField(child=ResponseFilterWire(), required=False, default=list, max_length=20)


class ResponseEntityListWire(Wire):
    """A page of what was found."""

    entities = ResponseWire(many=True)
    page_size = serializers.IntegerField()
    page_number = serializers.IntegerField()
    total = serializers.IntegerField()
    page_count = serializers.IntegerField()


class ResponseQueryResultsWire(Wire):
    """What was found."""

    results = ResponseEntityListWire()


def response_out(response: CannedResponse) -> dict[str, Any]:
    """A canned response, as the API tells of it."""
    return {
        "id": response.pk,
        "name": response.name,
        "version": response.version,
        "libraries": [ref(LIBRARIES, response.library)],
        "texts": [{"content": response.text, "content_type": PLAIN, "type": BODY}],
        "date_created": response.created_at,
        "substitutions": [
            {"id": name, "description": name, "default_value": ""} for name in variables_of(response.text)
        ],
        "shortcut": response.shortcut,
        "language": response.language,
        "self_uri": uri(ADDRESS, response.pk),
    }


def readable(user: User) -> QuerySet[CannedResponse]:
    """The responses that `user` may read. Raises NotPermitted where that is none."""
    return CannedResponse.objects.filter(library__in=libraries_of(user)).select_related("library")


class Responses(ApiView):
    """The canned responses."""

    @extend_schema(parameters=[ResponsesQuery], responses=listing_of(ResponseWire))
    def get(self, request: Request) -> Response:
        """Those of a library, or all one may read, by name."""
        rows, library_id = readable(self.user), self.asked(ResponsesQuery).get("library_id")
        if library_id:
            rows = rows.filter(library=found(libraries_of(self.user), pk=library_id))
        return listing(request, rows.order_by("name", "pk"), ResponseWire)

    @extend_schema(request=ResponseWire, responses={201: ResponseWire})
    @creates
    def post(self, request: Request) -> Response:
        """Make one."""
        self.require(response_permission("Add"))
        facts = _facts(self.given(ResponseWire))
        return answer(ResponseWire, configuring.make(CannedResponse(**facts)), 201)


class OneResponse(ApiView):
    """A canned response."""

    @extend_schema(parameters=[ResponsesQuery], responses=ResponseWire)
    def get(self, request: Request, response_id: uuid.UUID) -> Response:
        """It."""
        return answer(ResponseWire, found(readable(self.user), pk=response_id))

    @extend_schema(parameters=[ResponsesQuery], request=ResponseWire, responses=ResponseWire)
    def put(self, request: Request, response_id: uuid.UUID) -> Response:
        """Change it; an older `version` is refused (409)."""
        found(readable(self.user), pk=response_id)
        self.require(response_permission("Edit"))
        given = self.given(ResponseWire)
        facts = _facts(given)
        with transaction.atomic():
            response = found(CannedResponse.objects.select_for_update(), pk=response_id)
            require_version(response, given.get("version"))
            configuring.change(response, **facts)
        return answer(ResponseWire, response)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, response_id: uuid.UUID) -> Response:
        """Delete it."""
        response = found(readable(self.user), pk=response_id)
        self.require(response_permission("Delete"))
        configuring.remove(response)
        return Response(status=204)


class ResponsesFound(ApiView):
    """Looking for canned responses."""

    @extend_schema(request=ResponseQueryRequestWire, responses=ResponseQueryResultsWire)
    def post(self, request: Request) -> Response:
        """Those that have all the words of `queryPhrase` in their name, text or library, and fit all filters."""
        asked = self.given(ResponseQueryRequestWire)
        rows = matching(readable(self.user), asked["query_phrase"])
        for each in asked["filters"]:
            rows = rows.filter(_fits(each))
        size, number, total = asked["page_size"], asked["page_number"], rows.count()
        page = {
            "entities": rows.order_by("name", "pk")[(number - 1) * size : number * size],
            "page_size": size,
            "page_number": number,
            "total": total,
            "page_count": max(1, -(-total // size)),
        }
        return answer(ResponseQueryResultsWire, {"results": page})


def _facts(given: dict[str, Any]) -> dict[str, Any]:
    """What a request says of a response, by columns. Raises Invalid."""
    library = CannedLibrary.objects.filter(pk=given["libraries"][0]["id"]).first()
    if library is None:
        raise Invalid("This library is not there.", field="libraries")
    plain = [each["content"] for each in given["texts"] if (each["content_type"], each["type"]) == (PLAIN, BODY)]
    if len(plain) != 1:
        raise Invalid("One body in text/plain is needed.", field="texts")
    own: dict[str, Any] = {name: given[name] for name in ("shortcut", "language") if name in given}
    return {"library": library, "name": given["name"], "text": plain[0], **own}


def _fits(asked: dict[str, Any]) -> Q:
    """A filter as a condition. Raises Invalid where its operator does not go with what it is about."""
    column, operator, values = FILTERED[asked["name"]], asked["operator"], asked["values"]
    if asked["name"] == "libraryId":
        ids = _ids(values)
        if operator not in BY_ID:
            raise Invalid(f"{operator} is not possible with libraryId.", field="filters")
        return ~Q(library__in=ids) if operator == "NOTEQUALS" else Q(library__in=ids)
    lookup = OPERATORS.get(operator, "iexact")
    any_of = Q()
    for value in values:
        any_of |= Q(**{f"{column}__{lookup}": value})
    return ~any_of if operator == "NOTEQUALS" else any_of


def _ids(values: list[str]) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(value) for value in values]
    except ValueError:
        raise Invalid("This is not an id.", field="filters") from None


urlpatterns = [
    path(ADDRESS, Responses.as_view()),
    path(f"{ADDRESS}/query", ResponsesFound.as_view()),
    path(f"{ADDRESS}/<uuid:response_id>", OneResponse.as_view()),
]
