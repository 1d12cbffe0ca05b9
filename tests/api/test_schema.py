"""The published schema: that of the code, and nothing thrown at what it describes brings the server down."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from django.conf import settings
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import User
from interactions.models import Inbox
from tests.api.conftest import token_of
from tests.api.known import known_ids

COMMITTED = Path(settings.BASE_DIR) / "docs" / "openapi.json"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 4


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    schema: dict[str, Any] = Client().get("/api/v2/docs/openapi.json").json()
    return schema


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_the_committed_schema_is_that_of_the_code(published: dict[str, Any]) -> None:
    assert json.loads(COMMITTED.read_text()) == published, "make schema writes it anew"


def test_the_code_describes_itself_without_a_warning(tmp_path: Path) -> None:
    call_command("spectacular", "--fail-on-warn", "--validate", "--format", "openapi-json", "--file", tmp_path / "out")


def test_every_operation_has_a_name_of_its_own_and_words(published: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(published)]
    assert sorted(names) == sorted(set(names))
    assert [path for _, path, operation in operations(published) if not operation.get("description")] == []
    assert published["openapi"].startswith("3.1")


def test_the_page_to_read_it_needs_nothing_from_elsewhere() -> None:
    page = Client().get("/api/v2/docs/")
    assert page.status_code == 200
    assert "http://" not in (text := page.content.decode())
    assert "https://" not in text


# ------------------------------------------------------------------ whatever is thrown at it

schema = schemathesis.openapi.from_wsgi("/api/v2/docs/openapi.json", get_wsgi_application())


@pytest.fixture
def thrower(admin: User, webhook: Inbox, settings: Any) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """The token of somebody who may do everything, and ids of what there is."""
    settings.API_RATE_LIMIT = 1_000_000
    # The connection is the test's, as with Django's own client
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield token_of(admin), known_ids(admin, webhook)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.long
@schema.parametrize()
@hypothesis_settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_thrown_at_it_is_answered(case: Any, thrower: tuple[str, dict[str, list[str]]]) -> None:
    token, ids = thrower
    for name in case.path_parameters or {}:
        # Mostly what there is: behind an unknown id nothing else is looked at
        there = ids.get(name, [])
        case.path_parameters[name] = there[0] if there else case.path_parameters[name] or str(uuid4())
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}
    case.headers.pop("Idempotency-Key", None)
    case.call_and_validate(checks=CHECKS)
