"""Addresses that answers name lead somewhere: the one division, and the presences."""

from typing import Any

import pytest

from accounts.models import User
from queues.models import Presence
from socialcare.api.wire import HOME
from tests.api.conftest import Api
from tests.api.known import known_ids
from tests.api.sdk import read_as

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def test_the_division_of_everything(as_charlie: Api) -> None:
    for path in ("home", HOME["id"]):
        home = read_as("AuthzDivision", as_charlie.of("get", f"authorization/divisions/{path}"))
        assert (home.id, home.name, home.home_division) == (HOME["id"], "Home", True)
    assert as_charlie.of("get", "authorization/divisions")["entities"][0]["id"] == HOME["id"]
    as_charlie.refused(404, "get", f"authorization/divisions/{UNKNOWN}")


def test_the_presences(as_charlie: Api) -> None:
    told = as_charlie.of("get", "presence/definitions")
    assert told["total"] == len(told["entities"]) == len(Presence.values)
    for each in told["entities"]:
        one = read_as("OrganizationPresenceDefinition", as_charlie.of("get", f"presence/definitions/{each['id']}"))
        assert (one.id, one.system_presence) == (each["id"], each["systemPresence"])
    as_charlie.refused(404, "get", f"presence/definitions/{UNKNOWN}")


def addresses(told: Any) -> set[str]:
    """All that an answer names as addresses of the API."""
    if isinstance(told, list):
        return set().union(*map(addresses, told))
    if not isinstance(told, dict):
        return set()
    own = {told["selfUri"]} if told.get("selfUri") else set()
    return own.union(*map(addresses, told.values()))


@pytest.mark.parametrize(
    "path",
    [
        *("users/me?expand=presence", "users", "groups", "routing/queues", "routing/skills", "routing/wrapupcodes"),
        *("users/{userId}/presences/purecloud", "users/{userId}/routingskills", "conversations/messages"),
        *("conversations/{conversationId}", "conversations/messages/{conversationId}", "notifications/channels"),
        *("conversations/messaging/integrations/open", "conversations/messaging/supportedcontent"),
        *("responsemanagement/libraries", "responsemanagement/responses?libraryId={libraryId}"),
        *("externalcontacts/contacts", "socialmedia/topics", "socialmedia/topics/{topicId}/dataingestionrules"),
        *("socialmedia/escalationrules", "routing/queues/{queueId}/members"),
        "socialmedia/topics/{topicId}/dataingestionrules/{platform}/{ruleId}/versions",
    ],
)
def test_every_address_that_is_told_leads_somewhere(admin: User, webhook: Any, path: str) -> None:
    ids = {name: values[0] for name, values in known_ids(admin, webhook).items()}
    api = Api(admin)
    told = addresses(api.of("get", path.format(**ids)))
    assert told or path == "notifications/channels"
    for each in told:
        # As in the reference, a member and a skill of somebody can be changed there, not read
        assert api.get(each.removeprefix("/api/v2/")).status_code in {200, 405}, each
