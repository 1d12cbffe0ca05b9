"""Who may do what: people × actions × what comes of it."""

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from accounts.models import User
from accounts.permissions import ACCEPT
from delivery.models import Delivery
from delivery.replying import reply, resend
from interactions import attachments, drafts, handling, offers, shifts, wrapup
from interactions.models import Attachment, Draft, Interaction, Message, Note, Offer, OfferState
from interactions.routing import route
from queues.models import Queue
from socialcare.errors import DomainError, NotPermitted
from tests.factories import MessageFactory, UserFactory, grant, on_queue
from tests.network import PNG
from tests.scene import connected, waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("network")]

PEOPLE = ("alice", "bob", "sam", "charlie", "idle", "nobody")
"""alice has it; bob is an agent of its queue; sam supervises; charlie has no right; idle was one; nobody signed in."""

ACTIONS: dict[str, Callable[[User, "Scene"], object]] = {
    "go on queue": lambda user, _: shifts.go_on_queue(user),
    "accept alice's offer": lambda user, scene: offers.accept(user, scene.offer.pk),
    "decline alice's offer": lambda user, scene: offers.decline(user, scene.offer.pk),
    "pull": lambda user, scene: handling.pull(user, scene.queue.pk),
    "reply in public": lambda user, scene: scene.reply(user, "public"),
    "reply in private": lambda user, scene: scene.reply(user, "private"),
    "resend": lambda user, scene: resend(user, scene.failed.pk),
    "attach a file": lambda user, scene: attachments.upload(user, scene.mine.pk, io.BytesIO(PNG), "a.png"),
    "save a draft": lambda user, scene: drafts.save_draft(user, scene.mine.pk, text="Dear", visibility="public"),
    "add a note": lambda user, scene: handling.add_note(user, scene.mine.pk, "Note"),
    "mark as read": lambda user, scene: handling.mark_read(user, scene.mine.pk),
    "park": lambda user, scene: handling.park(user, scene.mine.pk),
    "transfer to its queue": lambda user, scene: handling.transfer_to_queue(user, scene.mine.pk, scene.queue.pk),
    "transfer to VIP": lambda user, scene: handling.transfer_to_queue(user, scene.mine.pk, scene.vip.pk),
    "transfer to bob": lambda user, scene: handling.transfer_to_agent(user, scene.mine.pk, scene.bob.pk),
    "end": lambda user, scene: handling.end(user, scene.mine.pk),
    "wrap up": lambda user, scene: wrapup.save_wrap_up(user, scene.mine.pk, notes="Done"),
}

PERMISSIONS = {
    "ON_QUEUE": "Routing > Agent > OnQueue",
    "PULL": "Conversation > Message > Pull",
    "ASSIGN": "Conversation > Message > Assign",
    "TRANSFER": "Conversation > Communication > BlindTransfer",
}
TABLE = """
                        alice     bob      sam   charlie  idle      nobody
go on queue             ok        ok       ok    ON_QUEUE ON_QUEUE  ON_QUEUE
accept alice's offer    ok        404      404   404      404       404
decline alice's offer   ok        404      404   404      404       404
pull                    PULL      PULL     ok    404      404       404
reply in public         ok        409      409   404      404       404
reply in private        ok        409      409   404      404       404
resend                  ok        409      409   404      404       404
attach a file           ok        409      409   404      404       404
save a draft            ok        ok       ok    404      404       404
add a note              ok        ok       ok    404      404       404
mark as read            ok        ok       ok    404      404       404
park                    ok        409      409   404      404       404
transfer to its queue   ok        ASSIGN   ok    404      404       404
transfer to VIP         TRANSFER  ASSIGN   ok    404      404       404
transfer to bob         ok        ASSIGN   ok    404      404       404
end                     ok        409      409   404      404       404
wrap up                 ok        404      404   404      404       404
"""
CASES = [
    (action, person, expected)
    for line in TABLE.strip().splitlines()[1:]
    for action in [line[:24].strip()]
    for person, expected in zip(PEOPLE, line[24:].split(), strict=True)
]


class Scene:
    """alice has one interaction with a failed reply, and an offer; one more waits."""

    def __init__(self, people: dict[str, User], inbox: Any, queue: Queue, vip: Queue) -> None:
        self.queue, self.vip, self.bob = queue, vip, people["bob"]
        self.mine = connected(people["alice"], inbox)
        on_queue(people["alice"], capacity=3)
        self.failed = MessageFactory(
            interaction=self.mine, agent=people["alice"], status="failed", in_reply_to=self.mine.messages.get()
        )
        offered = waiting(inbox)
        route(queue.pk)
        self.offer = Offer.objects.get(interaction=offered, state=OfferState.OPEN)
        on_queue(people["bob"])
        waiting(inbox)

    def reply(self, user: User, visibility: str) -> object:
        return reply(user, self.mine.pk, visibility=visibility, text="Hello", key=uuid.uuid4())


def everything() -> Any:
    """All that an action could have changed."""
    return [
        list(model.objects.order_by("pk").values())  # type: ignore[attr-defined]
        for model in (Interaction, Offer, Message, Delivery, Note, Draft, Attachment)
    ]


@pytest.fixture
def people(alice, bob, sam, charlie, inbox, queue) -> dict[str, User]:
    from tests.factories import UserFactory, agent_of

    idle = agent_of(UserFactory(username="idle", is_active=False), queue, inbox)
    nobody = UserFactory(username="nobody", is_active=False)
    return {"alice": alice, "bob": bob, "sam": sam, "charlie": charlie, "idle": idle, "nobody": nobody}


@pytest.mark.parametrize("action", ACTIONS)
def test_who_may_do_what(action: str, people, inbox, queue, vip) -> None:
    scene = Scene(people, inbox, queue, vip)
    before = everything()
    for _action, person, expected in (case for case in CASES if case[0] == action):
        came_of_it = attempt(action, people[person], scene)
        assert came_of_it == expected, f"{person}: {came_of_it}"
        assert everything() == before


def attempt(action: str, person: User, scene: Scene) -> str:
    """Try it, and leave everything as it was. Gives “ok”, a status, or the name of the missing permission."""
    with transaction.atomic():
        try:
            ACTIONS[action](person, scene)
        except NotPermitted as error:
            return missing(error)
        except DomainError as error:
            return str(error.status)
        transaction.set_rollback(True)
    return "ok"


def missing(error: NotPermitted) -> str:
    """The permission that is missing; people read its name too."""
    assert error.status == 403
    assert error.params["permission"] in str(error)
    return next(name for name in PERMISSIONS if PERMISSIONS[name] == error.params["permission"])


def test_every_action_is_in_the_table() -> None:
    assert {action for action, _person, _expected in CASES} == set(ACTIONS)


def test_bob_may_not_post_in_public_what_he_may_send_in_private(bob, inbox) -> None:
    mine = connected(bob, inbox)
    with pytest.raises(DomainError, match="Conversation > Socialmedia > Create") as error:
        reply(bob, mine.pk, visibility="public", text="Hello", key=uuid.uuid4())
    assert error.value.status == 403
    assert reply(bob, mine.pk, visibility="private", text="Hello", key=uuid.uuid4())


def test_what_one_may_see(people, inbox, queue, vip) -> None:
    scene = Scene(people, inbox, queue, vip)
    drafts.save_draft(people["alice"], scene.mine.pk, text="Dear", visibility="public")
    handling.add_note(people["alice"], scene.mine.pk, "Note")
    attachments.upload(people["alice"], scene.mine.pk, io.BytesIO(PNG), "a.png")
    for person, sees in {"alice": 3, "bob": 3, "sam": 3, "charlie": 0, "idle": 0, "nobody": 0}.items():
        user = people[person]
        assert Interaction.objects.visible_to(user).count() == sees, person
        for rows in (Note.objects, Attachment.objects, Message.objects):
            assert rows.visible_to(user).exists() == bool(sees), person
        assert Queue.objects.visible_to(user).exists() == bool(sees), person


def test_a_right_through_a_group_counts(charlie, inbox, queue) -> None:
    from django.contrib.auth.models import Group
    from guardian.shortcuts import assign_perm

    from accounts.permissions import VIEW

    waiting(inbox)
    supervisors = Group.objects.create(name="supervisors")
    assign_perm(VIEW.name, supervisors, queue)
    charlie.groups.add(supervisors)
    assert Interaction.objects.visible_to(User.objects.get(pk=charlie.pk)).count() == 1


def test_who_may_everything_may_everything(admin, inbox, queue) -> None:
    waiting(inbox)
    grant(admin)
    assert handling.pull(admin, queue.pk).owner == admin


@pytest.mark.parametrize("state", ["waiting", "offered", "connected"])
def test_one_row_is_judged_as_a_query_judges_all(alice, bob, sam, charlie, admin, inbox, state: str) -> None:
    if state == "waiting":
        interaction = waiting(inbox)
    elif state == "offered":
        interaction = waiting(inbox)
        on_queue(alice)
        route(inbox.queue_id)
        interaction.refresh_from_db()
    else:
        interaction = connected(alice, inbox)
    inactive = UserFactory(is_active=False, is_superuser=True)
    accepts_only = grant(UserFactory(), ACCEPT, on=inbox.queue)
    for user in (alice, bob, sam, charlie, admin, inactive, accepts_only, AnonymousUser()):
        seen = Interaction.objects.visible_to(user).filter(pk=interaction.pk).exists()
        assert interaction.is_visible_to(user) == seen, user
