"""JSON has types: a value of another type than the schema says is refused, which REST framework would convert."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import serializers

TRUTH, WHOLE, NUMBER, STRING = "True or false", "A whole number", "A number", "A string"
EXPECTED: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (serializers.BooleanField, TRUTH),
    (serializers.IntegerField, WHOLE),
    (serializers.FloatField, NUMBER),
    ((serializers.CharField, serializers.ChoiceField, serializers.UUIDField, serializers.DateTimeField), STRING),
)
"""What the fields of our shapes hold."""
Wrong = list[serializers.ErrorDetail] | dict[Any, "Wrong"]


def wrong_types(fields: Iterable["serializers.Field[Any, Any, Any, Any]"], data: Mapping[str, Any]) -> dict[str, Wrong]:
    """By the names of the fields, what of a JSON object has a wrong type. Objects inside see to it themselves."""
    found = {}
    for field in fields:
        name = str(field.field_name)
        if wrong := _wrong(field, data.get(name)):
            found[name] = wrong
    return found


def checked(field: "serializers.Field[Any, Any, Any, Any]", data: Any) -> Any:
    """What a field makes of JSON that is the whole body. Raises ValidationError."""
    if wrong := _wrong(field, data):
        raise serializers.ValidationError(wrong)
    return field.run_validation(data)


def _wrong(field: Any, value: Any) -> Wrong | None:
    if value is None:
        return None
    if isinstance(field, serializers.ListField):
        return _of_all(field.child, enumerate(value)) if isinstance(value, list) else None
    if isinstance(field, serializers.DictField):
        return _of_all(field.child, value.items()) if isinstance(value, dict) else None
    expected = next((words for kind, words in EXPECTED if isinstance(field, kind)), None)
    if expected is None or expected in _types_of(value):
        return None
    return [serializers.ErrorDetail(f"{expected} is expected.", "invalid")]


def _of_all(child: Any, values: Iterable[tuple[Any, Any]]) -> Wrong | None:
    return {place: wrong for place, value in values if (wrong := _wrong(child, value))} or None


def _types_of(value: Any) -> tuple[str, ...]:
    match value:
        case bool():
            return (TRUTH,)
        case int():
            return WHOLE, NUMBER
        case float():
            return (WHOLE, NUMBER) if value.is_integer() else (NUMBER,)
        case str():
            return (STRING,)
    return ()
