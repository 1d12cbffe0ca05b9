"""The front page: the first steps from nothing, what needs a look; and the door with its policy."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import permissions as may
from accounts.models import User
from accounts.roles import AGENT, grant, group_of
from delivery.models import Delivery, DeliveryState
from interactions.models import Inbox
from queues.models import Queue
from socialcare.admin.checklist import steps
from tests.factories import InteractionFactory, MessageFactory, QueueFactory, QueueMemberFactory, on_queue


def done() -> list[bool]:
    return [step.done for step in steps()]


@pytest.mark.django_db
def test_the_steps_lead_from_nothing_to_the_first_answer(client: Client, charlie: User) -> None:
    assert not any(done())
    queue = QueueFactory()
    assert done().count(True) == 1
    charlie.groups.add(group_of(AGENT))
    QueueMemberFactory(queue=queue, user=charlie)
    inbox = Inbox.objects.create(name="Ours", kind="practice", queue=queue)
    assert done() == [True, True, True, True, False, False, False, False]
    grant(AGENT, may.ACCEPT, on=queue)
    grant(AGENT, may.REPLY_PUBLIC, on=inbox)
    on_queue(charlie)
    interaction = InteractionFactory(inbox=inbox, owner=charlie)
    assert done() == [True] * 7 + [False]
    MessageFactory(interaction=interaction, agent=charlie)
    assert all(done())


def test_each_step_leads_to_a_page(client: Client, admin: User, queue: Queue) -> None:
    client.force_login(admin)
    for step in steps():
        assert client.get(step.where.partition("#")[0]).status_code == 200, step.title


def test_the_front_page_shows_what_needs_a_look(client: Client, admin: User, inbox: Inbox, alice: User) -> None:
    interaction = InteractionFactory(inbox=inbox, owner=alice)
    message = MessageFactory(interaction=interaction, agent=alice)
    Delivery.objects.create(message=message, interaction=interaction, inbox=inbox, state=DeliveryState.FAILED)
    client.force_login(admin)
    page = client.get("/admin/")
    figures = {str(figure.words): figure for figure in page.context["figures"]}
    assert (figures["Messages not sent"].shown, figures["Messages not sent"].is_alarm) == ("1", True)
    assert not figures["Channels in trouble"].is_alarm
    for figure in figures.values():
        assert client.get(figure.where).status_code == 200, figure.where


def test_who_has_no_right_is_told_so(client: Client, charlie: User) -> None:
    charlie.is_staff = True
    charlie.save()
    client.force_login(charlie)
    page = client.get("/admin/")
    assert "no role of yours has anything in it yet" in page.content.decode()
    assert "/admin/queues/queue/" not in page.content.decode()


# --- The door -------------------------------------------------------------------------------------------------------


def test_strangers_sign_in_where_everybody_does(client: Client) -> None:
    answer = client.get("/admin/login/?next=/admin/queues/queue/")
    assert (answer.status_code, answer.url) == (302, "/sign-in/?next=%2Fadmin%2Fqueues%2Fqueue%2F")
    assert client.post("/admin/login/", {"username": "admin", "password": "demo"}).url.startswith("/sign-in/")


def test_others_are_told_that_they_may_not_come_in(client: Client, charlie: User) -> None:
    client.force_login(charlie)
    assert client.get("/admin/", follow=True).status_code == 403


@pytest.mark.parametrize("address", ["/admin/", "/admin/queues/queue/", "/admin/queues/queue/add/", "/admin/jsi18n/"])
def test_every_page_has_a_policy_without_inline_scripts(client: Client, admin: User, address: str) -> None:
    client.force_login(admin)
    policy = client.get(address).headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'self'" in policy
    assert "object-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_the_rest_of_the_house_keeps_its_stricter_policy(client: Client) -> None:
    assert "unsafe" not in client.get("/sign-in/").headers["Content-Security-Policy"]


# --- Lists ----------------------------------------------------------------------------------------------------------

LONG = ("interactions/interaction", "interactions/message", "interactions/contact", "delivery/delivery")


@pytest.mark.parametrize("where", LONG)
def test_long_lists_are_not_counted_and_need_as_many_queries_for_many_rows(
    client: Client, admin: User, inbox: Inbox, alice: User, where: str
) -> None:
    client.force_login(admin)

    def more(number: int) -> None:
        for _ in range(number):
            interaction = InteractionFactory(inbox=inbox, owner=alice)
            message = MessageFactory(interaction=interaction)
            Delivery.objects.create(message=message, interaction=interaction, inbox=inbox)

    def asked() -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(f"/admin/{where}/").status_code == 200
        return [query["sql"] for query in queries]

    more(2)
    client.get(f"/admin/{where}/")
    few = asked()
    more(10)
    many = asked()
    assert len(many) == len(few)
    table = where.replace("/", "_")
    assert not [sql for sql in many if "COUNT(*)" in sql and f'FROM "{table}"' in sql]


def test_a_french_administrator_reads_french(client: Client, admin: User) -> None:
    admin.language = "fr"
    admin.save()
    client.force_login(admin)
    answer: Any = client.get("/admin/")
    assert 'lang="fr"' in answer.content.decode()
