"""JSON of another type than the schema says, and words that a query does not know, are refused and named."""

from typing import Any

import pytest

from accounts.models import User
from queues.models import Queue
from socialcare.api.notifications import EXPANDS
from tests.api.conftest import Api


@pytest.mark.parametrize(
    ("path", "body", "field", "expected"),
    [
        ("routing/skills", {"name": 123}, "name", "A string is expected."),
        ("routing/skills", {"name": True}, "name", "A string is expected."),
        ("routing/queues", {"name": "Q", "scoringMethod": 1}, "scoringMethod", "A string is expected."),
        (
            "routing/queues",
            {"name": "Q", "mediaSettings": {"message": {"alertingTimeoutSeconds": "30"}}},
            "mediaSettings.message.alertingTimeoutSeconds",
            "A whole number is expected.",
        ),
        (
            "routing/queues",
            {"name": "Q", "mediaSettings": {"message": {"alertingTimeoutSeconds": 30.5}}},
            "mediaSettings.message.alertingTimeoutSeconds",
            "A whole number is expected.",
        ),
        (
            "routing/queues",
            {"name": "Q", "mediaSettings": {"message": {"enableAutoAnswer": "true"}}},
            "mediaSettings.message.enableAutoAnswer",
            "True or false is expected.",
        ),
        (
            "responsemanagement/responses/query",
            {"filters": [{"name": "name", "operator": "EQUALS", "values": ["a", 7]}]},
            "filters[0].values[1]",
            "A string is expected.",
        ),
        (
            "responsemanagement/responses",
            {"name": "R", "texts": [{"content": "Hello"}], "libraries": [{"id": 7}]},
            "libraries[0].id",
            "A string is expected.",
        ),
    ],
)
def test_a_value_of_another_type(as_admin: Api, path: str, body: Any, field: str, expected: str) -> None:
    error = as_admin.refused(400, "post", path, body)
    assert error["details"] == [{"fieldName": field, "errorCode": "invalid.value"}]
    assert error["message"] == f"{field}: {expected}"


def test_a_whole_number_may_be_written_as_a_fraction(as_admin: Api) -> None:
    body = {"name": "Returns", "mediaSettings": {"message": {"alertingTimeoutSeconds": 30.0}}}
    made = as_admin.of("post", "routing/queues", body)
    assert made["mediaSettings"]["message"]["alertingTimeoutSeconds"] == 30


@pytest.mark.parametrize(
    "path",
    [
        *(f"{path}?sortOrder=foo" for path in ("routing/queues", "routing/queues/me", "routing/skills", "users")),
        *(f"{path}?sortOrder=foo" for path in ("groups", "routing/wrapupcodes", "externalcontacts/contacts")),
        *(
            "users?expand=foo",
            "users/me?expand=presence,foo",
            "users?state=foo",
            "externalcontacts/contacts?expand=foo",
        ),
        *("notifications/availabletopics?expand=foo", "notifications/channels?includechannels=foo"),
        "responsemanagement/responses?expand=foo",
    ],
)
def test_a_word_that_a_query_does_not_know(as_admin: Api, path: str) -> None:
    error = as_admin.refused(400, "get", path)
    name = path.partition("?")[2].partition("=")[0]
    assert error["details"] == [{"fieldName": name, "errorCode": "invalid.value"}]
    assert "foo" in error["message"]


def test_words_that_a_query_knows(as_admin: Api, queue: Queue, alice: User) -> None:
    for words in ("sortOrder=DESC", "sortOrder=ascending"):
        as_admin.of("get", f"routing/queues?{words}")
    as_admin.of("get", "externalcontacts/contacts?sortOrder=firstName:asc&expand=division")
    as_admin.of("get", f"notifications/availabletopics?expand={','.join(EXPANDS)}")


def test_words_may_stand_one_by_one(as_alice: Api) -> None:
    me = as_alice.of("get", "users/me?expand=station&expand=presence&expand=token")
    assert me["presence"]
