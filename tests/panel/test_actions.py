"""Every action of the panel: a plain form lands somewhere, the script gets JSON, and refusals come in words."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from delivery.models import Delivery
from interactions.models import Draft, Handling, Inbox, Interaction, Message, MessageStatus, Note, Offer, State
from queues.models import AgentStatus, Presence, Queue, WrapUpCode
from tests.factories import (
    CannedLibraryFactory,
    CannedResponseFactory,
    InteractionFactory,
    MessageFactory,
    grant,
    on_queue,
)
from tests.panel.conftest import signed_in

JSON = {"Accept": "application/json"}


def post(client: Client, path: str, data: dict[str, Any] | None = None) -> Any:
    return client.post(f"/panel/{path}", data or {}, headers=JSON)


def offered(agent: User, inbox: Inbox) -> Offer:
    interaction = InteractionFactory(inbox=inbox, state=State.ALERTING)
    AgentStatus.objects.filter(user=agent).update(load=1)
    deadline = timezone.now() + timezone.timedelta(seconds=30)
    return Offer.objects.create(interaction=interaction, agent=agent, queue=inbox.queue, deadline=deadline)


ACTIONS = [
    "routing/", "presence/", "back/", "preferences/", "offers/{id}/accept/", "offers/{id}/decline/",
    "queues/{id}/pull/", "i/{id}/reply/", "i/{id}/draft/", "i/{id}/note/", "i/{id}/transfer/", "i/{id}/park/",
    "i/{id}/resume/", "i/{id}/end/", "i/{id}/wrapup/", "i/{id}/read/", "i/{id}/uploads/", "messages/{id}/resend/",
    "attachments/{id}/discard/", "attachments/{id}/describe/",
]  # fmt: skip


@pytest.mark.parametrize("path", ACTIONS)
def test_actions_are_posts_of_somebody_who_has_signed_in(client: Client, at_alice: Client, path: str) -> None:
    url = "/panel/" + path.format(id=uuid.uuid4())
    assert client.post(url, headers=JSON).status_code == 401
    assert client.post(url).status_code == 302
    assert at_alice.get(url, headers=JSON).status_code in ({405} if "transfer" not in path else {404})


@pytest.mark.parametrize("path", ACTIONS)
def test_actions_need_the_pages_own_token(alice: User, path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    response = strict.post("/panel/" + path.format(id=uuid.uuid4()), headers=JSON)
    assert response.status_code == 403
    assert "too old" in response.json()["error"]["message"]


@pytest.mark.parametrize("path", [path for path in ACTIONS if "{id}" in path])
def test_what_is_not_there_is_not_there(at_alice: Client, path: str) -> None:
    body = {"text": "x", "visibility": "public", "key": str(uuid.uuid4()), "queue": str(uuid.uuid4()), "alt": "x"}
    response = post(at_alice, path.format(id=uuid.uuid4()), body)
    assert response.status_code in {404, 400}
    assert response.json()["error"]["message"]


def test_on_queue_and_off(at_alice: Client, alice: User) -> None:
    assert post(at_alice, "routing/", {"to": "off"}).json()["ok"] is True
    assert not AgentStatus.objects.get(user=alice).on_queue
    assert at_alice.post("/panel/routing/", {"to": "on"}).status_code == 302
    assert AgentStatus.objects.get(user=alice).on_queue
    assert post(at_alice, "routing/", {"to": "sideways"}).status_code == 400


def test_going_on_queue_needs_the_right_and_says_which(at_charlie: Client) -> None:
    response = post(at_charlie, "routing/", {"to": "on"})
    assert response.status_code == 403
    assert "Routing > Agent > OnQueue" in response.json()["error"]["message"]
    page = at_charlie.post("/panel/routing/", {"to": "on"})
    assert page.status_code == 403
    assert "Routing &gt; Agent &gt; OnQueue" in page.content.decode()


def test_presence_and_coming_back(at_alice: Client, alice: User) -> None:
    post(at_alice, "presence/", {"presence": "Meal"})
    assert AgentStatus.objects.get(user=alice).presence == Presence.MEAL
    assert post(at_alice, "presence/", {"presence": "Holiday"}).status_code == 400
    on_queue(alice, missed="expired", missed_at=timezone.now())
    assert "You are Not Responding" in at_alice.get("/panel/").content.decode()
    post(at_alice, "back/")
    assert AgentStatus.objects.get(user=alice).missed == ""


def test_answer_opens_the_thread(at_alice: Client, alice: User, inbox: Inbox) -> None:
    offer = offered(alice, inbox)
    answer = post(at_alice, f"offers/{offer.pk}/accept/").json()
    assert answer["open"] == str(offer.interaction_id)
    assert Interaction.objects.get(pk=offer.interaction_id).owner == alice
    again = post(at_alice, f"offers/{offer.pk}/accept/")
    assert again.status_code == 409
    assert "already" in again.json()["error"]["message"]


def test_declining_makes_not_responding(at_alice: Client, alice: User, inbox: Inbox) -> None:
    offer = offered(alice, inbox)
    assert post(at_alice, f"offers/{offer.pk}/decline/").status_code == 200
    assert AgentStatus.objects.get(user=alice).missed == "declined"


def test_an_offer_that_has_just_expired_says_so(at_alice: Client, alice: User, inbox: Inbox) -> None:
    offer = offered(alice, inbox)
    Offer.objects.filter(pk=offer.pk).update(deadline=timezone.now())
    response = post(at_alice, f"offers/{offer.pk}/accept/")
    assert response.status_code == 409
    assert "expired" in response.json()["error"]["message"]


def test_somebody_elses_offer_is_not_there(at_bob: Client, alice: User, inbox: Inbox) -> None:
    assert post(at_bob, f"offers/{offered(alice, inbox).pk}/accept/").status_code == 404


def test_one_press_sends_once(at_alice: Client, work: Interaction) -> None:
    body = {"visibility": "public", "text": "On its way", "key": str(uuid.uuid4())}
    first = post(at_alice, f"i/{work.pk}/reply/", body).json()
    second = post(at_alice, f"i/{work.pk}/reply/", body).json()
    assert first["messages"] == second["messages"]
    assert Delivery.objects.count() == 1
    landed = at_alice.post(f"/panel/i/{work.pk}/reply/", {**body, "key": str(uuid.uuid4())})
    assert landed["Location"] == f"/panel/i/{work.pk}/"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 5000}, "text"),
        ({"text": "😀" * 100_000}, "text"),
        ({"visibility": "secret"}, "visibility"),
        ({"key": ""}, "key"),
        ({"in_reply_to": "nonsense"}, "in_reply_to"),
        ({"attachment": ["nonsense"]}, "attachment"),
    ],
)
def test_a_wrong_reply_is_refused_in_words(
    at_alice: Client, work: Interaction, changes: dict[str, Any], field: str
) -> None:
    body = {"visibility": "public", "text": "hello", "key": str(uuid.uuid4()), **changes}
    response = post(at_alice, f"i/{work.pk}/reply/", body)
    assert response.status_code == 400
    assert response.json()["error"]["field"] == field
    assert not Delivery.objects.exists()


def test_nul_and_direction_marks_do_not_break_a_reply(at_alice: Client, work: Interaction) -> None:
    body = {"visibility": "public", "text": "a\x00b\u202ec", "key": str(uuid.uuid4())}
    assert post(at_alice, f"i/{work.pk}/reply/", body).status_code == 200
    assert Message.objects.get(agent__isnull=False).text == "ab\u202ec"


def test_public_needs_the_right_at_the_server_too(at_bob: Client, bob: User, inbox: Inbox) -> None:
    from tests.panel.conftest import connected

    interaction = connected(bob, inbox)
    response = post(
        at_bob, f"i/{interaction.pk}/reply/", {"visibility": "public", "text": "x", "key": str(uuid.uuid4())}
    )
    assert response.status_code == 403
    assert "Conversation > Socialmedia > Create" in response.json()["error"]["message"]


def test_public_after_private_is_confirmed_once(at_alice: Client, work: Interaction) -> None:
    Interaction.objects.filter(pk=work.pk).update(customer_visibility="private")
    body = {"visibility": "public", "text": "x", "key": str(uuid.uuid4())}
    refused = post(at_alice, f"i/{work.pk}/reply/", body)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"].startswith("confirm")
    assert post(at_alice, f"i/{work.pk}/reply/", {**body, "confirmed": "1"}).status_code == 200


def test_a_draft_is_kept_and_forgotten(at_alice: Client, work: Interaction) -> None:
    answer = post(at_alice, f"i/{work.pk}/draft/", {"visibility": "private", "text": "half"}).json()
    assert answer["saved_at"]
    assert "half" in at_alice.get(f"/panel/i/{work.pk}/").content.decode()
    post(at_alice, f"i/{work.pk}/draft/", {"visibility": "private", "text": ""})
    assert not Draft.objects.exists()


def test_notes_are_for_the_team(at_sam: Client, work: Interaction) -> None:
    assert post(at_sam, f"i/{work.pk}/note/", {"text": "Look at the depot"}).status_code == 200
    assert Note.objects.get().text == "Look at the depot"
    assert "Look at the depot" in at_sam.get(f"/panel/i/{work.pk}/").content.decode()
    assert post(at_sam, f"i/{work.pk}/note/", {"text": " "}).status_code == 400


def test_park_resume_end_and_wrap_up(at_alice: Client, work: Interaction, code: WrapUpCode) -> None:
    assert post(at_alice, f"i/{work.pk}/park/").status_code == 200
    assert post(at_alice, f"i/{work.pk}/park/").status_code == 409
    assert post(at_alice, f"i/{work.pk}/resume/").status_code == 200
    assert post(at_alice, f"i/{work.pk}/end/").status_code == 200
    refused = post(at_alice, f"i/{work.pk}/wrapup/", {"do": "done"})
    assert refused.status_code == 400
    assert refused.json()["error"]["field"] == "code"
    filled = {"code": str(code.pk), "notes": "Paid back", "tags": "refund, late", "do": "save"}
    assert post(at_alice, f"i/{work.pk}/wrapup/", filled).status_code == 200
    assert post(at_alice, f"i/{work.pk}/wrapup/", {**filled, "do": "done"}).json()["finished"] is True
    handling = Handling.objects.get()
    assert (handling.notes, handling.tags, handling.code) == ("Paid back", ["refund", "late"], code)
    assert Interaction.objects.get(pk=work.pk).state == State.ENDED


def test_parking_needs_the_right(alice: User, work: Interaction) -> None:
    from queues.models import QueueUserPermission

    QueueUserPermission.objects.filter(permission__codename="conversation_message_park").delete()
    response = post(signed_in(alice), f"i/{work.pk}/park/")
    assert response.status_code == 403
    assert "Conversation > Message > Park" in response.json()["error"]["message"]


def test_transfer_offers_choices_and_hands_over(
    at_alice: Client, alice: User, bob: User, work: Interaction, vip: Queue
) -> None:
    from accounts import permissions

    grant(alice, permissions.TRANSFER, on=vip)
    on_queue(bob)
    choices = at_alice.get(f"/panel/i/{work.pk}/transfer/", headers=JSON).json()
    assert [queue["name"] for queue in choices["queues"]] == ["VIP"]
    assert [agent["name"] for agent in choices["agents"]] == ["Bob"]
    assert "VIP" in at_alice.get(f"/panel/i/{work.pk}/transfer/").content.decode()
    assert post(at_alice, f"i/{work.pk}/transfer/").status_code == 400
    assert post(at_alice, f"i/{work.pk}/transfer/", {"to": f"queue:{vip.pk}"}).json()["open"] == ""
    assert Interaction.objects.get(pk=work.pk).queue == vip


def test_pull_takes_the_next_one_by_permission(at_alice: Client, at_sam: Client, inbox: Inbox, sam: User) -> None:
    InteractionFactory(inbox=inbox)
    refused = post(at_alice, f"queues/{inbox.queue_id}/pull/")
    assert refused.status_code == 403
    assert "Conversation > Message > Pull" in refused.json()["error"]["message"]
    on_queue(sam)
    assert post(at_sam, f"queues/{inbox.queue_id}/pull/").json()["open"] == str(Interaction.objects.get().pk)
    assert post(at_sam, f"queues/{inbox.queue_id}/pull/").status_code == 409


def test_pull_takes_the_very_one_that_is_read(at_alice: Client, at_sam: Client, inbox: Inbox, sam: User) -> None:
    first, second = InteractionFactory(inbox=inbox), InteractionFactory(inbox=inbox)
    field = f'name="interaction" value="{second.pk}"'
    assert field not in at_alice.get(f"/panel/i/{second.pk}/").content.decode()
    on_queue(sam)
    assert field in at_sam.get(f"/panel/i/{second.pk}/").content.decode()
    asked = {"interaction": str(second.pk)}
    assert post(at_sam, f"queues/{inbox.queue_id}/pull/", asked).json()["open"] == str(second.pk)
    assert post(at_sam, f"queues/{inbox.queue_id}/pull/", asked).status_code == 409
    assert Interaction.objects.get(pk=first.pk).state == State.WAITING


def test_resend_sends_only_what_has_failed(at_alice: Client, alice: User, work: Interaction) -> None:
    lost = MessageFactory(interaction=work, agent=alice, status=MessageStatus.FAILED, trouble="network")
    arrived = MessageFactory(interaction=work, agent=alice)
    assert post(at_alice, f"messages/{lost.pk}/resend/").status_code == 200
    assert post(at_alice, f"messages/{arrived.pk}/resend/").status_code == 409
    assert Delivery.objects.get().message == lost


def test_reading_clears_the_badge(at_alice: Client, work: Interaction) -> None:
    Interaction.objects.filter(pk=work.pk).update(unread=3)
    assert '<span class="badge">3' in at_alice.get("/panel/").content.decode()
    post(at_alice, f"i/{work.pk}/read/")
    assert Interaction.objects.get(pk=work.pk).unread == 0


def test_preferences_keep_what_is_not_sent(at_alice: Client, alice: User) -> None:
    answer = post(at_alice, "preferences/", {"sound": "false", "theme": "dark"}).json()
    assert answer["reload"] is True
    alice.refresh_from_db()
    assert (alice.sound, alice.notifications, alice.theme, alice.language) == (False, True, "dark", "en")
    assert post(at_alice, "preferences/", {"language": "xx"}).status_code == 400
    assert post(at_alice, "preferences/", {"is_superuser": "true", "username": "root"}).status_code == 200
    alice.refresh_from_db()
    assert (alice.is_superuser, alice.username) == (False, "alice")


def test_the_time_zone_is_among_the_preferences(at_alice: Client, alice: User) -> None:
    assert post(at_alice, "preferences/", {"timezone": "Asia/Kolkata"}).json()["reload"] is True
    shown = at_alice.get("/panel/").content.decode()
    assert 'name="timezone" value="Asia/Kolkata" list="time-zones"' in shown
    refused = post(at_alice, "preferences/", {"timezone": "Europe/Pari"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "timezone")


def test_canned_responses_come_with_the_names_filled_in(at_alice: Client, work: Interaction) -> None:
    CannedResponseFactory(library=CannedLibraryFactory(), name="Sorry", shortcut="sorry")
    url = f"/panel/i/{work.pk}/canned/?q=sor"
    assert f"Hello {work.customer}, Alice here." in at_alice.get(url).content.decode()
    assert at_alice.get(url, headers=JSON).json()["responses"][0]["shortcut"] == "sorry"
    assert "Nothing found" in at_alice.get(f"/panel/i/{work.pk}/canned/?q=zzz").content.decode()
