"""OAuth in the published schema: how one gets a token, and the ways in which an operation is authorized."""

from typing import Any

from django.conf import settings

FORM = "application/x-www-form-urlencoded"
STRING = {"type": "string"}
TOKEN = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in"],
    "properties": {
        "access_token": STRING,
        "token_type": {"type": "string", "enum": ["Bearer"]},
        "expires_in": {"type": "integer", "description": "Seconds."},
        "refresh_token": {"type": "string", "description": "For applications: good for one renewal."},
        "scope": STRING,
    },
}
REFUSAL = {
    "type": "object",
    "description": "What is wrong with a grant, as RFC 6749 has it.",
    "required": ["error"],
    "properties": {"error": STRING, "error_description": STRING},
}
ASKED = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"type": "string", "enum": ["client_credentials", "authorization_code", "refresh_token"]},
        "client_id": {"type": "string", "description": "Of an application; a machine says its own by HTTP Basic."},
        "code": STRING,
        "code_verifier": {"type": "string", "description": "PKCE, S256."},
        "redirect_uri": STRING,
        "refresh_token": STRING,
    },
}


def token_path() -> dict[str, Any]:
    """The one path outside of /api/v2/."""
    refused = {"description": "Refused.", "content": {"application/json": {"schema": REFUSAL}}}
    return {
        "/oauth/token": {
            "post": {
                "operationId": "postOauthToken",
                "description": "A token: for a machine by its id and secret, for an application by a code with PKCE.",
                "tags": ["oauth"],
                "requestBody": {"required": True, "content": {FORM: {"schema": ASKED}}},
                "security": [{"client": []}, {}],
                "responses": {
                    "200": {"description": "It.", "content": {"application/json": {"schema": TOKEN}}},
                    "400": refused,
                    "401": refused,
                },
            }
        }
    }


def schemes() -> dict[str, Any]:
    """Ways to be authorized, besides a token that one has."""
    life = int(str(settings.OAUTH2_PROVIDER["ACCESS_TOKEN_EXPIRE_SECONDS"])) // 3600
    return {
        "oauth2": {
            "type": "oauth2",
            "description": f"Tokens are good for {life} hours. There are no scopes: a token may do what its user may.",
            "flows": {
                "clientCredentials": {"tokenUrl": "/oauth/token", "scopes": {}},
                "authorizationCode": {
                    "authorizationUrl": "/oauth/authorize",
                    "tokenUrl": "/oauth/token",
                    "refreshUrl": "/oauth/token",
                    "scopes": {},
                },
            },
        },
        "client": {"type": "http", "scheme": "basic", "description": "The id and the secret of a machine."},
    }
