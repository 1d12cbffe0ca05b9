"""Libraries of canned responses, and the responses, over the API."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.permissions import Permission
from interactions.models import CannedLibrary, CannedResponse
from queues.models import Queue
from tests.api.conftest import Api
from tests.api.sdk import read_as
from tests.factories import CannedLibraryFactory, CannedResponseFactory, grant

LIBRARIES, RESPONSES = "responsemanagement/libraries", "responsemanagement/responses"


def text_of(words: str, library: CannedLibrary, **other: Any) -> dict[str, Any]:
    texts = [{"content": words, "contentType": "text/plain"}]
    return {"name": "Greeting", "libraries": [{"id": str(library.pk)}], "texts": texts, **other}


@pytest.fixture
def library(db: None) -> CannedLibrary:
    return CannedLibraryFactory(name="Everyone")


def test_a_library_is_made_changed_and_deleted(as_admin: Api, queue: Queue) -> None:
    made = as_admin.of("post", LIBRARIES, {"name": "Depot"})
    assert (made["version"], made["queues"]) == (1, [])
    path = f"{LIBRARIES}/{made['id']}"
    change = {"name": "Depots", "version": 1, "queues": [{"id": str(queue.pk)}]}
    changed = as_admin.of("put", path, change)
    assert (changed["name"], changed["version"], changed["queues"][0]["name"]) == ("Depots", 2, "Social Care")
    assert as_admin.refused(409, "put", path, change)["code"] == "stale.version"
    assert as_admin.of("put", path, {"name": "Depots"})["queues"] != []
    read = read_as("Library", as_admin.of("get", path))
    assert (read.name, read.version, read.division.name) == ("Depots", 3, "Home")
    as_admin.refused(409, "post", LIBRARIES, {"name": "Depots"})
    as_admin.refused(400, "put", path, {"name": "Depots", "queues": [{"id": str(uuid.uuid4())}]})
    as_admin.of("delete", path)
    as_admin.refused(404, "get", path)


def test_libraries_are_listed_by_how_they_begin(as_admin: Api) -> None:
    for name in ("Billing", "Bikes", "Depot"):
        CannedLibraryFactory(name=name)
    listed = read_as("LibraryEntityListing", as_admin.of("get", f"{LIBRARIES}?libraryPrefix=bi"))
    assert [each.name for each in listed.entities] == ["Bikes", "Billing"]
    assert listed.total == 2


def test_a_response_is_made_changed_and_deleted(as_admin: Api, library: CannedLibrary) -> None:
    made = as_admin.of("post", RESPONSES, text_of("Hello {{CUSTOMER_NAME}}!", library, shortcut="hi", language="en"))
    assert (made["shortcut"], made["language"], made["version"]) == ("hi", "en", 1)
    path = f"{RESPONSES}/{made['id']}"
    read = read_as("Response", as_admin.of("get", f"{path}?expand=substitutionsSchema"))
    assert (read.texts[0].content, read.texts[0].content_type) == ("Hello {{CUSTOMER_NAME}}!", "text/plain")
    assert [each.id for each in read.substitutions] == ["CUSTOMER_NAME"]
    assert read.libraries[0].name == "Everyone"
    changed = as_admin.of("put", path, text_of("Bye", library, version=1))
    assert (changed["texts"][0]["content"], changed["shortcut"], changed["version"]) == ("Bye", "hi", 2)
    as_admin.refused(409, "put", path, text_of("Late", library, version=1))
    as_admin.of("delete", path)
    as_admin.refused(404, "delete", path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"texts": []},
        {"texts": [{"content": "<b>x</b>", "contentType": "text/html"}]},
        {"texts": [{"content": "x" * 10_001}]},
        {"libraries": []},
        {"libraries": [{"id": str(uuid.uuid4())}]},
        {"libraries": [{"id": "x"}]},
        {"shortcut": "not a word"},
        {"name": ""},
        {"version": "x"},
    ],
)
def test_what_is_no_response(as_admin: Api, library: CannedLibrary, wrong: dict[str, Any]) -> None:
    as_admin.refused(400, "post", RESPONSES, {**text_of("Hello", library), **wrong})
    assert not CannedResponse.objects.exists()


def test_responses_of_a_library(as_admin: Api, library: CannedLibrary) -> None:
    own = CannedResponseFactory(library=library)
    CannedResponseFactory(library=CannedLibraryFactory())
    listed = read_as("ResponseEntityListing", as_admin.of("get", f"{RESPONSES}?libraryId={library.pk}"))
    assert [each.id for each in listed.entities] == [str(own.pk)]
    assert as_admin.of("get", RESPONSES)["total"] == 2
    as_admin.refused(404, "get", f"{RESPONSES}?libraryId={uuid.uuid4()}")
    as_admin.refused(400, "get", f"{RESPONSES}?libraryId=x")


def test_looking_for_responses(as_admin: Api, library: CannedLibrary) -> None:
    CannedResponseFactory(library=library, name="Late parcel", text="Your parcel is at the depot.", language="en")
    CannedResponseFactory(library=library, name="Greeting", text="Hello", language="fr")
    CannedResponseFactory(name="Depot hours", text="Nine to five", language="en")

    def found(**asked: Any) -> list[str]:
        results = read_as("ResponseQueryResults", as_admin.of("post", f"{RESPONSES}/query", asked)).results
        assert results.total >= len(results.entities)
        return [each.name for each in results.entities]

    def filtered(name: str, operator: str, *values: str) -> dict[str, Any]:
        return {"name": name, "operator": operator, "values": list(values)}

    assert found(queryPhrase="depot") == ["Depot hours", "Late parcel"]
    assert found(queryPhrase="depot parcel") == ["Late parcel"]
    assert found(queryPhrase="depot", filters=[filtered("libraryId", "IN", str(library.pk))]) == ["Late parcel"]
    assert found(filters=[filtered("libraryId", "NOTEQUALS", str(library.pk))]) == ["Depot hours"]
    assert found(filters=[filtered("name", "BEGINS_WITH", "late", "greet")]) == ["Greeting", "Late parcel"]
    assert found(filters=[filtered("language", "NOTEQUALS", "en")]) == ["Greeting"]
    assert found(pageSize=1, pageNumber=2) == ["Greeting"]
    as_admin.refused(400, "post", f"{RESPONSES}/query", {"filters": [filtered("libraryId", "CONTAINS", "x")]})
    as_admin.refused(400, "post", f"{RESPONSES}/query", {"filters": [filtered("password", "EQUALS", "x")]})


def test_an_agent_reads_what_is_for_their_queues(as_alice: Api, as_charlie: Api, library: CannedLibrary) -> None:
    elsewhere = CannedLibraryFactory(name="VIP only")
    elsewhere.queues.add(Queue.objects.create(name="VIP"))
    hidden = CannedResponseFactory(library=elsewhere)
    assert [each["name"] for each in as_alice.of("get", LIBRARIES)["entities"]] == ["Everyone"]
    as_alice.refused(404, "get", f"{LIBRARIES}/{elsewhere.pk}")
    as_alice.refused(404, "get", f"{RESPONSES}/{hidden.pk}")
    assert as_alice.of("get", RESPONSES)["total"] == 0
    error = as_charlie.refused(403, "get", LIBRARIES)
    assert error["messageParams"] == {"permission": "Responses > Library > View"}


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("post", LIBRARIES, "Library > Add"),
        ("put", LIBRARIES, "Library > Edit"),
        ("delete", LIBRARIES, "Library > Delete"),
        ("post", RESPONSES, "Response > Add"),
        ("put", RESPONSES, "Response > Edit"),
        ("delete", RESPONSES, "Response > Delete"),
    ],
)
def test_each_right_is_asked_for(alice: User, library: CannedLibrary, method: str, path: str, action: str) -> None:
    row = library if path == LIBRARIES else CannedResponseFactory(library=library)
    body = {"name": "Mine"} if path == LIBRARIES else text_of("Mine", library)
    address = path if method == "post" else f"{path}/{row.pk}"
    error = Api(alice).refused(403, method, address, body)
    assert error["messageParams"] == {"permission": f"Responses > {action}"}
    entity, _, verb = action.partition(" > ")
    Api(grant(alice, Permission("Responses", entity, verb))).of(method, address, body)


@pytest.mark.parametrize("path", [LIBRARIES, RESPONSES])
def test_a_list_costs_the_same_however_long(as_admin: Api, path: str) -> None:
    as_admin.of("get", path)
    counts = []
    for _ in range(2):
        for _each in range(9):
            CannedResponseFactory(library=CannedLibraryFactory())
        with CaptureQueriesContext(connection) as queries:
            assert as_admin.of("get", path)["total"] == 9 * (len(counts) + 1)
        counts.append(len(queries))
    assert counts[0] == counts[1]
