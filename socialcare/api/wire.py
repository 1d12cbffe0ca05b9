"""What goes over the wire: names in camelCase, times in UTC with milliseconds, references with their addresses."""

import uuid
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model
from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from .json_types import wrong_types

HOME = {
    "id": "6f1e1c1e-0000-4000-8000-000000000001",
    "name": "Home",
    "self_uri": "/api/v2/authorization/divisions/home",
}
"""The one division that every answer shows; rights are given on objects here, not by divisions."""
ORDERS = ("asc", "desc", "ascending", "descending", "ASC", "DESC")
"""The first or the last first: the reference has all of these words in use."""
LONGEST = 10_000
"""Characters of a text of no other limit."""
MOST_WORDS = 500
"""Values of one parameter of a query."""


def camel(name: str) -> str:
    """`camel_case` as camelCase."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


class Wire(serializers.Serializer[Any]):
    """A shape of the API: snake_case in the code, camelCase outside. Unknown fields of a request are ignored."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        extend_schema_serializer(component_name=cls.__name__.removesuffix("Wire"))(cls)

    def get_fields(self) -> dict[str, Any]:
        """The fields by their names outside."""
        fields = {}
        for name, field in super().get_fields().items():
            if field.source is None and camel(name) != name:
                field.source = name
            fields[camel(name)] = field
        return fields

    def to_internal_value(self, data: Any) -> Any:
        """The values by their names in the code. Raises ValidationError, also where JSON has another type."""
        is_json = isinstance(data, dict) and not isinstance(data, QueryDict)
        if is_json and (wrong := wrong_types(self._writable_fields, data)):
            raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.DATETIME)
class Time(serializers.DateTimeField):
    """ISO 8601 in UTC, with milliseconds and Z."""

    def to_representation(self, value: datetime | None) -> str | None:  # type: ignore[override]
        """As it is written."""
        return time_out(value)


def time_out(value: datetime | None) -> str | None:
    """ISO 8601 in UTC, with milliseconds and Z."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Words(serializers.CharField):
    """Several words in a query: parted by commas, or the parameter several times; with `choices`, only those."""

    default_error_messages = {
        "invalid_choice": "“{value}” is none of {choices}.",
        "too_many": "At most {most} are possible.",
    }

    def __init__(self, choices: tuple[str, ...] = (), **options: Any) -> None:
        super().__init__(**{"default": list, "allow_blank": True, **options})
        self.choices = choices

    @property
    def items(self) -> dict[str, Any]:
        """Each of them, in the words of the schema."""
        return {"type": "string", "enum": list(self.choices)} if self.choices else {"type": "string"}

    def get_value(self, dictionary: Any) -> Any:
        """All that is given under this name."""
        values = dictionary.getlist(self.field_name) if hasattr(dictionary, "getlist") else ()
        return ",".join(values) if values else super().get_value(dictionary)

    def to_internal_value(self, data: Any) -> list[str]:  # type: ignore[override]
        """The words."""
        words = [word.strip() for word in super().to_internal_value(data).split(",") if word.strip()]
        if len(words) > MOST_WORDS:
            self.fail("too_many", most=MOST_WORDS)
        for word in words:
            if self.choices and word not in self.choices:
                self.fail("invalid_choice", value=word, choices=", ".join(self.choices))
        return words


class Ids(Words):
    """Several ids in a query, in the same way."""

    default_error_messages = {"invalid_id": "“{value}” is not an id."}
    items = {"type": "string", "format": "uuid"}

    def to_internal_value(self, data: Any) -> list[uuid.UUID]:  # type: ignore[override]
        """The ids."""
        ids = []
        for word in super().to_internal_value(data):
            try:
                ids.append(uuid.UUID(word))
            except ValueError:
                self.fail("invalid_id", value=word)
        return ids


class RefWire(Wire):
    """A reference to something with an address."""

    id = serializers.UUIDField()
    name = serializers.CharField(read_only=True)
    self_uri = serializers.CharField(read_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A reference without an id is none; REST framework would let it pass inside a PATCH."""
        if "id" not in attrs:
            raise serializers.ValidationError({"id": "This field is required."}, code="required")
        return attrs


class DivisionWire(Wire):
    """The division of everything: *Home*. What a request says of it is ignored."""

    id = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    self_uri = serializers.CharField(read_only=True)


def ref(path: str, obj: Model | Any, name: Any = None) -> dict[str, Any] | None:
    """A reference to `obj`, found under `path` (as in "routing/queues"); None for None."""
    if obj is None:
        return None
    return {"id": obj.pk, "name": str(obj if name is None else name), "self_uri": uri(path, obj.pk)}


def uri(path: str, pk: Any) -> str:
    """The address of a thing of the API."""
    return f"/api/v2/{path}/{pk}"
