"""The doors for machines in the published schema: they are plain views, which say nothing of themselves."""

from typing import Any

ID = {"type": "string", "format": "uuid"}
WHO = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 255},
        "idType": {"type": "string"},
        "firstName": {"type": "string"},
        "lastName": {"type": "string"},
        "nickname": {"type": "string"},
    },
}
PUBLIC = {
    "type": "object",
    "properties": {"rootId": {"type": "string"}, "replyToId": {"type": "string"}, "url": {"type": "string"}},
}
MESSAGE = {
    "type": "object",
    "description": "A customer's message: a text, files, or both. Known by its `channel.messageId`.",
    "required": ["channel"],
    "properties": {
        "type": {"type": "string", "enum": ["Text", "Structured"]},
        "direction": {"type": "string", "enum": ["Inbound"]},
        "text": {"type": "string"},
        "channel": {
            "type": "object",
            "required": ["messageId", "from"],
            "properties": {
                "type": {"type": "string", "enum": ["Private", "Public"]},
                "messageId": {"type": "string", "minLength": 1, "maxLength": 255},
                "from": WHO,
                "time": {"type": "string", "format": "date-time"},
                "publicMetadata": PUBLIC,
            },
        },
        "content": {"type": "array", "items": {"type": "object"}},
    },
}
RECEIPT = {
    "type": "object",
    "description": "What became of a message of ours, named by the id under which it was sent.",
    "required": ["id", "status"],
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 255},
        "status": {"type": "string", "enum": ["Sent", "Delivered", "Read", "Failed", "Published", "Removed"]},
        "channel": {"type": "object", "properties": {"time": {"type": "string", "format": "date-time"}}},
        "reasons": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
EVENT = {
    "type": "object",
    "description": "What a customer does besides writing.",
    "required": ["channel", "events"],
    "properties": {
        "channel": {"type": "object", "required": ["from"], "properties": {"from": WHO}},
        "events": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["eventType"],
                "properties": {"eventType": {"type": "string"}},
            },
        },
    },
}
REACTIONS = {
    "type": "object",
    "description": "How many reactions posts have now.",
    "required": ["events"],
    "properties": {
        "events": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["channel"],
                "properties": {
                    "channel": {
                        "type": "object",
                        "required": ["messageId"],
                        "properties": {"messageId": {"type": "string", "minLength": 1, "maxLength": 255}},
                    },
                    "events": {"type": "array", "items": {"type": "object"}},
                },
            },
        }
    },
}
OPEN = "/api/v2/conversations/messages/{integrationId}/inbound/open"
FED = "/api/v2/socialmedia/topics/{topicId}/dataingestionrules/open/{ruleId}"
RULE = ("topicId", "ruleId")
SIGNATURE = "By a token with Conversation > Message > Receive, or signed with the integration's secret."


def door_paths() -> dict[str, Any]:
    """The paths, as the schema has them."""
    return {
        f"{OPEN}/message": _post("InboundOpenMessage", "A private message of a customer.", MESSAGE, "integrationId"),
        f"{OPEN}/receipt": _post("InboundOpenReceipt", "A receipt for a message of ours.", RECEIPT, "integrationId"),
        f"{OPEN}/event": _post("InboundOpenEvent", "An event of a customer.", EVENT, "integrationId"),
        f"{FED}/messages/bulk": _post(
            "MessagesBulk", "Public messages, all or none.", _many(MESSAGE), "topicId", "ruleId"
        ),
        f"{FED}/reactions/bulk": _post("ReactionsBulk", "Reactions to posts.", REACTIONS, "topicId", "ruleId"),
    }


def _many(shape: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "maxItems": 500, "items": shape}


def _post(name: str, words: str, shape: dict[str, Any], *where: str) -> dict[str, Any]:
    area = "socialmedia" if "ruleId" in where else "conversations"
    return {
        "post": {
            "operationId": f"post{area.capitalize()}{name}",
            "description": f"{words} {SIGNATURE} A repeat answers as the first time.",
            "tags": [area],
            "parameters": [{"in": "path", "name": each, "required": True, "schema": ID} for each in where],
            "requestBody": {"required": True, "content": {"application/json": {"schema": shape}}},
            "security": [{"bearer": []}],
            "responses": {
                "200": {
                    "description": "As it was taken.",
                    "content": {"application/json": {"schema": {"type": "object"}}},
                }
            },
        }
    }
