"""Lists: by pages with a total where they are small, by what comes after what where they are not."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from socialcare.errors import Invalid
from socialcare.searching import first_found

from .wire import Wire

SIZE, LARGEST = 25, 500


class PageQuery(Wire):
    """Which page of a small list."""

    page_size = serializers.IntegerField(default=SIZE, min_value=1, max_value=LARGEST)
    page_number = serializers.IntegerField(default=1, min_value=1, max_value=100_000)


class CursorQuery(Wire):
    """Which stretch of a big list."""

    page_size = serializers.IntegerField(default=SIZE, min_value=1, max_value=LARGEST)
    after = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)


def listing(request: Request, rows: "QuerySet[Any] | Sequence[Any]", wire: type[Wire]) -> Response:
    """One page of `rows`, which are few enough to be counted. Raises ValidationError."""
    page = _read(PageQuery, request)
    size, number = page["page_size"], page["page_number"]
    total = rows.count() if isinstance(rows, QuerySet) else len(rows)
    count = max(1, -(-total // size))
    entities = rows[(number - 1) * size : number * size]

    def at(page_number: int) -> str:
        return _address(request, pageSize=size, pageNumber=page_number)

    body = {
        "entities": wire(entities, many=True).data,
        "pageSize": size,
        "pageNumber": number,
        "total": total,
        "pageCount": count,
        "firstUri": at(1),
        "lastUri": at(count),
        "selfUri": at(number),
    }
    if number < count:
        body["nextUri"] = at(number + 1)
    if number > 1:
        body["previousUri"] = at(number - 1)
    return Response(body)


def stretch(
    request: Request, rows: "QuerySet[Any]", wire: type[Wire], *, by: str, ways: Iterable[Q] | None = None
) -> Response:
    """The rows after the cursor, in the order of the field `by` (unique, or nearly) and the key; nothing is counted.

    Where `ways` are given, those that are found in one of them.
    """
    page = _read(CursorQuery, request)
    size = page["page_size"]
    if page["after"]:
        rows = _after(rows, by, *open_cursor(page["after"]))
    rows = rows.order_by(by, "pk")
    if ways is not None:
        rows = first_found(rows, ways, size + 1)
    found = list(rows[: size + 1])
    body: dict[str, Any] = {
        "entities": wire(found[:size], many=True).data,
        "pageSize": size,
        "selfUri": request.get_full_path(),
    }
    if len(found) > size:
        last = found[size - 1]
        cursor = close_cursor(str(getattr(last, by)), str(last.pk))
        body |= {"cursor": cursor, "nextUri": _address(request, pageSize=size, after=cursor)}
    return Response(body)


def _after(rows: "QuerySet[Any]", by: str, value: str, key: str) -> "QuerySet[Any]":
    try:
        return rows.filter(**{f"{by}__gte": value}).exclude(**{by: value, "pk__lte": key})
    except (ValidationError, ValueError):
        raise Invalid("This is not a cursor of ours.", field="after") from None


def close_cursor(*parts: str) -> str:
    """Where a stretch ended, as a word that means something here only."""
    return base64.urlsafe_b64encode("\0".join(parts).encode()).decode().rstrip("=")


def open_cursor(cursor: str) -> list[str]:
    """The two parts of a cursor. Raises Invalid."""
    try:
        value, key = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("\0")
    except (binascii.Error, ValueError):
        raise Invalid("This is not a cursor of ours.", field="after") from None
    return [value, key]


def listing_of(wire: type[Wire]) -> type[Wire]:
    """The shape of a page of `wire`, for the published schema."""
    return _shape(
        wire,
        "EntityListing",
        page_number=serializers.IntegerField(),
        total=serializers.IntegerField(),
        page_count=serializers.IntegerField(),
        first_uri=serializers.CharField(),
        last_uri=serializers.CharField(),
        previous_uri=serializers.CharField(required=False),
    )


def stretch_of(wire: type[Wire]) -> type[Wire]:
    """The shape of a stretch of `wire`, for the published schema."""
    return _shape(wire, "CursorListing", cursor=serializers.CharField(required=False))


_shapes: dict[str, type[Wire]] = {}


def _shape(wire: type[Wire], ending: str, **fields: Any) -> type[Wire]:
    name = wire.__name__.removesuffix("Wire") + ending
    if name not in _shapes:
        common = {
            "entities": wire(many=True),
            "page_size": serializers.IntegerField(),
            "self_uri": serializers.CharField(),
            "next_uri": serializers.CharField(required=False),
        }
        _shapes[name] = extend_schema_serializer(many=False)(type(name, (Wire,), {**common, **fields}))
    return _shapes[name]


def _read(wire: type[Wire], request: Request) -> dict[str, Any]:
    form = wire(data=request.query_params)
    form.is_valid(raise_exception=True)
    return form.validated_data  # type: ignore[no-any-return]


def _address(request: Request, **changes: Any) -> str:
    query: Iterable[tuple[str, Any]] = {**request.query_params.dict(), **changes}.items()
    return f"{request.path}?{urlencode(list(query))}"
