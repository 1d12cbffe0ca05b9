"""Who may not, gets nothing: asked of every operation of the published schema, so that a new one is asked at birth."""

import pytest
from drf_spectacular.generators import SchemaGenerator

from accounts.models import User
from interactions.models import Inbox
from tests.api.bodies import NOWHERE, body_for
from tests.api.conftest import Api
from tests.api.known import known_ids

FOR_EVERYBODY = {
    "/api/v2/users/me",
    "/api/v2/users/{userId}/presences/purecloud",
    "/api/v2/users/{userId}/routingstatus",
}
"""What anybody with a token may ask about people."""
CHOSEN = {
    "/replace": {"queueId": NOWHERE},
    "/messages": {"textBody": "x"},
    "/observations/query": {
        "filter": {"type": "or", "predicates": [{"dimension": "queueId", "value": NOWHERE}]},
        "metrics": ["oWaiting"],
    },
}
"""Bodies that may not have everything, by how the path ends."""
OF_ONES_OWN = ("/api/v2/notifications/", "/api/v2/authorization/", "/api/v2/presence/")
"""What belongs to who made it, or is the same everywhere."""


SCHEMA = SchemaGenerator().get_schema(request=None, public=True)
OPERATIONS = [
    pytest.param(method, path, id=f"{method} {path.removeprefix('/api/v2/')}")
    for path, methods in SCHEMA["paths"].items()
    for method, operation in methods.items()
    if {"bearer": []} in operation.get("security", ())
]
"""Without those that need no token: the schema itself, and addresses that are secrets."""


def address(path: str, ids: dict[str, list[str]]) -> str:
    """The path with what there is in it."""
    for name in [part.partition("}")[0] for part in path.split("{")[1:]]:
        path = path.replace(f"{{{name}}}", ids.get(name, [NOWHERE])[0])
    return path.removeprefix("/api/v2/")


@pytest.fixture
def there(admin: User, webhook: Inbox) -> dict[str, list[str]]:
    return known_ids(admin, webhook)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_strangers_and_cookies_are_refused(method: str, path: str, admin: User, there: dict[str, list[str]]) -> None:
    Api().refused(401, method, address(path, there), {})
    by_cookie = Api()
    by_cookie.client.force_login(admin)
    by_cookie.refused(401, method, address(path, there), {})


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_somebody_without_any_right_sees_nothing(
    method: str, path: str, charlie: User, there: dict[str, list[str]]
) -> None:
    if path in FOR_EVERYBODY or path.startswith(OF_ONES_OWN):
        return
    chosen = (body for ending, body in CHOSEN.items() if method == "post" and path.endswith(ending))
    body = next(chosen, None) or body_for(SCHEMA, SCHEMA["paths"][path][method])
    response = Api(charlie).call(method, address(path, there), body)
    if response.status_code == 200:
        told = response.json()
        assert told.get("entities", told.get("results")) == [], response.content
    else:
        assert response.status_code in {403, 404}, response.content
