"""The published schema: what the views say of themselves, and what holds for all of them."""

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema

from .door_paths import door_paths
from .oauth_paths import schemes, token_path
from .wire import MOST_WORDS, camel

ERROR = {
    "type": "object",
    "description": "What went wrong. The same shape everywhere.",
    "required": ["status", "code", "message", "contextId"],
    "properties": {
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "message": {"type": "string"},
        "messageParams": {"type": "object", "additionalProperties": {"type": "string"}},
        "details": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"fieldName": {"type": "string"}, "errorCode": {"type": "string"}},
            },
        },
        "contextId": {"type": "string"},
    },
}
ANY_ERROR = {
    "description": "The request was refused, or failed.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}},
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body get the same answer, and make nothing twice; kept for 24 hours.",
    "schema": {"type": "string", "maxLength": 200},
}


class HouseSchema(AutoSchema):
    """Names operations as the reference does, by verb and path, and files them under the path's first word."""

    def get_operation_id(self) -> str:
        """As in `getRoutingQueueMembers`."""
        words = [self.method.lower()]
        parts = [part for part in self.path.removeprefix("/api/v2/").split("/") if part]
        for before, part, following in zip(["s", *parts], parts, [*parts[1:], ""], strict=False):
            if not part.startswith("{"):
                words.append(part.removesuffix("s") if following.startswith("{") else part)
            elif not before.endswith("s"):
                # What has no plural tells one from all by the name of the id
                words.append(part)
        first, *rest = re.findall(r"[a-zA-Z0-9]+", " ".join(words))
        return str(first) + "".join(word[0].upper() + word[1:] for word in rest)

    def get_tags(self) -> list[str]:
        """The area."""
        return [self.path.removeprefix("/api/v2/").split("/")[0]]


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How one says who one is."""

    target_class = "socialcare.api.tokens.BearerToken"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """A token of POST /oauth/token or of `manage.py issue_token`."""
        return {"type": "http", "scheme": "bearer"}


class WordsSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Several values of a query."""

    target_class = "socialcare.api.wire.Words"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        """An array, with the known values where they are."""
        return {"type": "array", "items": self.target.items, "maxItems": MOST_WORDS}


def finish(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add to every operation the errors, and to those that make something the key that makes it once."""
    result["components"]["schemas"]["ErrorBody"] = ERROR
    for path in result["paths"].values():
        for method, operation in path.items():
            if method == "post":
                operation.setdefault("parameters", []).append(KEY)
    # A message has an id of its own by which a repeat is known
    result["paths"] = _in_our_case(result["paths"]) | door_paths() | token_path()
    result["components"]["securitySchemes"] |= schemes()
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = ANY_ERROR
            if {"bearer": []} in operation.get("security", ()):
                operation["security"].append({"oauth2": []})
    return result


def _in_our_case(paths: dict[str, Any]) -> dict[str, Any]:
    """The paths with the names of their parameters in camelCase, as the reference has them."""
    for path in paths.values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter["name"] = camel(parameter["name"])
    return {re.sub(r"\{(\w+)\}", lambda name: f"{{{camel(name[1])}}}", path): told for path, told in paths.items()}
