"""Open integrations over the API: made, changed, looked at, deleted; secrets that go in and never come out."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.permissions import RECEIVE, REPLY_PRIVATE, Permission, allowed
from delivery.connectors.open_webhook import rule_id, topic_id
from delivery.models import Endpoint, InboundPayload
from interactions.models import Inbox
from queues.models import Queue
from tests.api.conftest import Api
from tests.factories import InboxFactory, InteractionFactory, SkillFactory, grant

OPEN = "conversations/messaging/integrations/open"
SECRET, NEW = "a secret of more than sixteen", "another one of more than sixteen"
GIVEN = {
    "name": "Shop",
    "outboundNotificationWebhookUrl": "https://shop.example/in",
    "outboundNotificationWebhookSignatureSecretToken": SECRET,
}


@pytest.fixture
def shop(as_admin: Api, queue: Queue) -> Any:
    """An integration just made, as the API told of it."""
    return as_admin.of("post", OPEN, {**GIVEN, "webhookHeaders": {"X-Api-Key": "hush"}})


def stored(told: Any) -> Inbox:
    return Inbox.objects.get(pk=told["id"])


def test_one_is_made_in_full(as_admin: Api, queue: Queue, vip: Queue) -> None:
    skill = SkillFactory()
    own = {"queue": {"id": str(vip.pk)}, "priority": 5, "skills": [{"id": str(skill.pk)}]}
    told = as_admin.of("post", OPEN, {**GIVEN, **own, "somethingNew": 1})
    inbox = stored(told)
    assert (inbox.kind, inbox.queue, inbox.priority, list(inbox.skills.all())) == ("open", vip, 5, [skill])
    assert inbox.secrets == {"signing_secret": SECRET}
    assert told["status"] == "Active"
    assert told["createStatus"] == "Completed"
    assert told["queue"] == {"id": str(vip.pk), "name": "VIP", "selfUri": f"/api/v2/routing/queues/{vip.pk}"}
    assert (told["topicId"], told["ruleId"]) == (str(topic_id(told["id"])), str(rule_id(told["id"])))
    assert told["inbound"]["message"] == f"/api/v2/conversations/messages/{told['id']}/inbound/open/message"
    assert told["supportedContent"]["name"] == "Pictures"
    assert "outboundNotificationWebhookSignatureSecretToken" not in told


def test_its_maker_may_bring_messages_and_nobody_else(shop: Any, admin: User, alice: User) -> None:
    assert stored(shop).inboxuserpermission_set.get().user == admin
    assert not allowed(alice, RECEIVE, stored(shop))
    assert not allowed(alice, REPLY_PRIVATE, stored(shop))


def test_without_a_queue_the_only_one_is_meant(as_admin: Api, queue: Queue) -> None:
    assert as_admin.of("post", OPEN, GIVEN)["queue"]["id"] == str(queue.pk)
    Queue.objects.create(name="Another")
    error = as_admin.refused(400, "post", OPEN, {**GIVEN, "name": "Second"})
    assert error["details"][0]["fieldName"] == "queue"


def test_a_secret_is_nowhere_to_be_read(as_admin: Api, shop: Any) -> None:
    for body in (as_admin.get(OPEN), as_admin.get(f"{OPEN}/{shop['id']}")):
        assert SECRET not in body.content.decode()
        assert "hush" not in body.content.decode()
    assert shop["webhookHeaders"] == {"X-Api-Key": "********"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"outboundNotificationWebhookUrl": "nonsense"}, "outboundNotificationWebhookUrl"),
        ({"outboundNotificationWebhookUrl": "http://127.0.0.1/"}, "outboundNotificationWebhookUrl"),
        ({"outboundNotificationWebhookUrl": "https://[::ffff:10.0.0.1]/"}, "outboundNotificationWebhookUrl"),
        (
            {"outboundNotificationWebhookSignatureSecretToken": "fifteen letters"},
            "outboundNotificationWebhookSignatureSecretToken",
        ),
        ({"webhookHeaders": {"Host": "x"}}, "webhookHeaders"),
        ({"webhookHeaders": {"X": "a; Y: b"}}, "webhookHeaders"),
        ({"webhookHeaders": {"X": "a\r\nY: b"}}, "webhookHeaders"),
        ({"webhookHeaders": "X"}, "webhookHeaders"),
        ({"supportedContent": {"id": str(uuid.uuid4())}}, "supportedContent.id"),
        ({"queue": {"id": str(uuid.uuid4())}}, "queue.id"),
        ({"skills": [{"id": str(uuid.uuid4())}]}, "skills"),
        ({"priority": 25_000_001}, "priority"),
    ],
)
def test_what_is_wrong_is_named(as_admin: Api, queue: Queue, settings: Any, wrong: Any, field: str) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = False
    error = as_admin.refused(400, "post", OPEN, {**GIVEN, **wrong})
    assert error["details"][0]["fieldName"] == field
    assert not Inbox.objects.exists()


def test_a_name_is_taken_once(as_admin: Api, shop: Any) -> None:
    assert as_admin.refused(409, "post", OPEN, GIVEN)["code"] == "name.taken"


def test_made_once_under_one_key(as_admin: Api, queue: Queue) -> None:
    first, second = (as_admin.of("post", OPEN, GIVEN, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert first == second
    assert Inbox.objects.count() == 1


# --- Changing -------------------------------------------------------------------------------------------------------


def test_only_what_is_given_changes(as_admin: Api, shop: Any, vip: Queue) -> None:
    path = f"{OPEN}/{shop['id']}"
    told = as_admin.of("patch", path, {"priority": 3, "queue": {"id": str(vip.pk)}})
    assert (told["name"], told["priority"], told["queue"]["name"]) == ("Shop", 3, "VIP")
    assert as_admin.of("get", path) == told
    assert stored(shop).secrets == {"signing_secret": SECRET, "headers": "X-Api-Key: hush"}


@pytest.mark.parametrize("name", ["queue", "supportedContent"])
def test_a_reference_without_an_id_is_refused(as_admin: Api, shop: Any, name: str) -> None:
    error = as_admin.refused(400, "patch", f"{OPEN}/{shop['id']}", {name: {"name": "Care"}})
    assert error["details"] == [{"fieldName": f"{name}.id", "errorCode": "missing.value"}]


def test_headers_that_are_sent_back_as_they_were_told_stay(as_admin: Api, shop: Any) -> None:
    headers = {**shop["webhookHeaders"], "X-Team": "care"}
    as_admin.of("patch", f"{OPEN}/{shop['id']}", {"webhookHeaders": headers})
    assert stored(shop).secrets["headers"] == "X-Api-Key: hush\nX-Team: care"
    as_admin.of("patch", f"{OPEN}/{shop['id']}", {"webhookHeaders": {}})
    assert stored(shop).secrets["headers"] == ""


def test_a_secret_is_changed_without_a_gap(as_admin: Api, shop: Any) -> None:
    path = f"{OPEN}/{shop['id']}"
    for nothing in ("oldersecret", "pause"):
        assert as_admin.of("delete", f"{path}/{nothing}") is None
    told = as_admin.of("patch", path, {"outboundNotificationWebhookSignatureSecretToken": NEW})
    assert told["olderSecretIsLive"] is True
    assert NEW not in str(told)
    assert stored(shop).secrets["signing_secret"] == NEW
    assert stored(shop).secrets["signing_secret_older"] == SECRET
    assert as_admin.of("delete", f"{path}/oldersecret") is None
    assert as_admin.of("get", path)["olderSecretIsLive"] is False
    assert "signing_secret_older" not in stored(shop).secrets


def test_a_pause_is_told_and_ended(as_admin: Api, shop: Any) -> None:
    path, now = f"{OPEN}/{shop['id']}", timezone.now()
    Endpoint.objects.create(inbox_id=shop["id"], paused_at=now, probe_at=now)
    assert as_admin.of("get", path)["pausedSince"]
    as_admin.of("delete", f"{path}/pause")
    assert as_admin.of("get", path)["pausedSince"] is None


def test_the_types_of_files_are_chosen_by_a_profile(as_admin: Api, shop: Any) -> None:
    profiles = {
        each["name"]: each for each in as_admin.of("get", "conversations/messaging/supportedcontent")["entities"]
    }
    chosen = profiles["Text only"]
    told = as_admin.of("patch", f"{OPEN}/{shop['id']}", {"supportedContent": {"id": chosen["id"]}})
    assert (told["supportedContent"]["id"], stored(shop).media_types) == (chosen["id"], [])
    default = as_admin.of("get", "conversations/messaging/supportedcontent/default")
    assert default == as_admin.of("get", default["selfUri"].removeprefix("/api/v2/"))
    assert {"type": "image/png"} in default["mediaTypes"]["allow"]["outbound"]
    as_admin.refused(404, "get", f"conversations/messaging/supportedcontent/{uuid.uuid4()}")


def test_types_chosen_by_hand_are_a_profile_of_its_own_that_may_be_sent_back(as_admin: Api, shop: Any) -> None:
    Inbox.objects.update(media_types=["image/png", "application/zip"])
    path = f"{OPEN}/{shop['id']}"
    content = as_admin.of("get", path)["supportedContent"]
    as_admin.of("patch", path, {"supportedContent": {"id": content["id"]}})
    assert stored(shop).media_types == ["image/png", "application/zip"]


# --- Deleting -------------------------------------------------------------------------------------------------------


def test_one_that_has_brought_nothing_is_deleted(as_admin: Api, shop: Any) -> None:
    as_admin.of("delete", f"{OPEN}/{shop['id']}")
    assert not Inbox.objects.exists()
    as_admin.refused(404, "delete", f"{OPEN}/{shop['id']}")


@pytest.mark.parametrize("brought", ["conversation", "payload"])
def test_one_that_has_brought_something_is_switched_off_and_nothing_is_lost(
    as_admin: Api, shop: Any, brought: str
) -> None:
    inbox = stored(shop)
    if brought == "conversation":
        InteractionFactory(inbox=inbox)
    else:
        InboundPayload.objects.create(inbox=inbox, body=b"{}")
    as_admin.of("delete", f"{OPEN}/{shop['id']}")
    assert not Inbox.objects.get().is_active
    as_admin.refused(404, "get", f"{OPEN}/{shop['id']}")
    assert as_admin.of("get", OPEN)["entities"] == []
    assert as_admin.refused(409, "post", OPEN, GIVEN)["code"] == "name.taken"


# --- Who may --------------------------------------------------------------------------------------------------------


def test_each_deed_has_its_permission(calling: Any, shop: Any, charlie: User, as_charlie: Api) -> None:
    path = f"{OPEN}/{shop['id']}"
    grant(charlie, REPLY_PRIVATE, on=stored(shop))  # may answer through it: it is there, but not theirs to configure
    deeds = {
        "View": [("get", OPEN, None), ("get", path, None)],
        "Add": [("post", OPEN, {**GIVEN, "name": "Second"})],
        "Edit": [("patch", path, {"priority": 1}), ("delete", f"{path}/pause", None)],
        "Delete": [("delete", path, None)],
    }
    for action, calls in deeds.items():
        for method, where, body in calls:
            error = as_charlie.refused(403, method, where, body)
            assert error["messageParams"] == {"permission": f"Messaging > Integration > {action}"}
        grant(charlie, Permission("Messaging", "Integration", action))
        for method, where, body in calls:
            calling(charlie).of(method, where, body)


def test_what_one_may_not_see_is_not_there(as_charlie: Api, shop: Any) -> None:
    for method in ("get", "patch", "delete"):
        as_charlie.refused(404, method, f"{OPEN}/{shop['id']}", {})


def test_channels_of_other_kinds_are_none(as_admin: Api, inbox: Inbox) -> None:
    assert as_admin.of("get", OPEN)["total"] == 0
    as_admin.refused(404, "get", f"{OPEN}/{inbox.pk}")


def test_a_long_list_takes_as_many_queries_as_a_short_one(as_admin: Api, queue: Queue) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            as_admin.of("get", OPEN)
        return len(queries)

    def more(number: int) -> None:
        for _ in range(number):
            InboxFactory(kind="open", queue=queue).skills.add(SkillFactory())

    more(2)
    asked()
    few = asked()
    more(18)
    assert asked() == few
