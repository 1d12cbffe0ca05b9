"""A body for an operation, made up from the published schema."""

from typing import Any

NOWHERE = "00000000-0000-4000-8000-000000000000"
DEEP = 12
FORMATS = {"uuid": NOWHERE, "date-time": "2026-11-22T10:00:00.000Z", "uri": "https://example.org/"}


def body_for(schema: dict[str, Any], operation: dict[str, Any]) -> Any:
    """Something of every field that a request may have; None where it has no body."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return _made(schema, content["schema"]) if content else None


def _made(schema: dict[str, Any], shape: dict[str, Any], depth: int = 0) -> Any:
    if ref := shape.get("$ref"):
        return _made(schema, schema["components"]["schemas"][ref.rpartition("/")[2]], depth)
    for several in ("allOf", "oneOf", "anyOf"):
        if several in shape:
            return _made(schema, shape[several][0], depth)
    kind = shape.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        fields = shape.get("properties", {}) if depth < DEEP else {}
        return {name: _made(schema, field, depth + 1) for name, field in fields.items() if not field.get("readOnly")}
    if kind == "array":
        return [_made(schema, shape["items"], depth + 1)]
    return _one(kind, shape)


def _one(kind: str, shape: dict[str, Any]) -> Any:
    if "enum" in shape:
        return shape["enum"][0]
    if kind in {"integer", "number"}:
        return shape.get("minimum", 1)
    if kind == "boolean":
        return True
    return FORMATS.get(shape.get("format", ""), "x" * max(1, shape.get("minLength", 1)))
