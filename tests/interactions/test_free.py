"""Who may take what, and who is free: found by looking at one agent after the other, however many there are."""

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models.signals import post_migrate
from django.utils import timezone

from accounts.models import User
from accounts.permissions import ACCEPT, VIEW, forget_numbers, holders, where_held
from accounts.roles import AGENT, grant, group_of, stored_permissions
from interactions import routing
from interactions.models import Inbox, Interaction, Offer
from interactions.routing import _free_at_once_in, _longest_idle
from queues.models import AgentStatus, Queue, QueueMember
from socialcare import kept
from socialcare.kept import Kept
from tests.factories import QueueFactory, UserFactory, agent_of, on_queue
from tests.scene import waiting

pytestmark = pytest.mark.django_db
MANY = 300
FREE: dict[str, Callable[[Any, datetime], Any]] = {
    "at once": _free_at_once_in,
    "for what waits": lambda queue, since: _longest_idle(queue, since, uuid.uuid4(), timezone.now(), missed=False),
}


def test_who_holds_a_right_by_whatever_way_holds_it(queue: Queue) -> None:
    names = ("superuser", "here", "everywhere", "role here", "role everywhere", "elsewhere", "inactive", "nobody")
    people = {name: UserFactory(username=name, is_superuser=name == "superuser") for name in names}
    roles = {name: Group.objects.create(name=name) for name in ("role here", "role everywhere")}
    for name, role in roles.items():
        role.user_set.add(people[name], people["inactive"])
    grant(people["here"], ACCEPT, on=queue)
    grant(people["everywhere"], ACCEPT)
    grant(roles["role here"], ACCEPT, on=queue)
    grant(roles["role everywhere"], ACCEPT)
    grant(people["elsewhere"], ACCEPT, on=QueueFactory())
    type(people["inactive"]).objects.filter(username="inactive").update(is_active=False)
    found = sorted(holders(ACCEPT, queue).values_list("username", flat=True))
    assert found == ["everywhere", "here", "role everywhere", "role here", "superuser"]


def test_a_permission_that_was_stored_anew_is_asked_for_by_its_new_number(queue: Queue) -> None:
    person = UserFactory(username="everywhere")
    kept_holders = Kept(lambda queue: holders(ACCEPT, Queue(pk=queue)), queue=uuid.UUID)
    grant(person, ACCEPT)
    assert kept_holders.rows(queue=queue.pk) == [person]
    [stored] = stored_permissions([ACCEPT])
    person.user_permissions.clear()
    stored.delete()
    stored.pk = None
    stored.save()
    person.user_permissions.add(stored)
    post_migrate.send(apps.get_app_config("accounts"), app_config=apps.get_app_config("accounts"), using="default")
    assert kept_holders.rows(queue=queue.pk) == [person]
    stored.delete()
    forget_numbers()
    with pytest.raises(LookupError, match="Conversation > Message > Accept is not stored"):
        holders(ACCEPT, queue)


def test_who_may_take_everything_sees_what_is_theirs_and_who_may_read_everything_all(inbox: Inbox) -> None:
    person = UserFactory()
    grant(person, ACCEPT)
    offered, others = waiting(inbox), waiting(inbox)
    assert not Interaction.objects.visible_to(person)
    Offer.objects.create(
        interaction=offered, agent=person, queue=inbox.queue, made_at=timezone.now(), deadline=timezone.now()
    )
    Interaction.objects.filter(pk=offered.pk).update(state="alerting")
    assert [*Interaction.objects.visible_to(person)] == [offered]
    reader = UserFactory()
    grant(reader, VIEW)
    assert {*Interaction.objects.visible_to(reader)} == {offered, others}
    person.is_active = False
    assert not Interaction.objects.filter(where_held(person, ACCEPT, "queue"))


@pytest.mark.parametrize(("most", "asked"), [(3, ["b", "c", "a"]), (2, ["b", "c"])])
def test_who_has_missed_it_comes_after_all_others(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, most: int, asked: list[str]
) -> None:
    monkeypatch.setattr(routing, "BATCH", most)
    kept.forget()
    row = waiting(inbox)
    for name in "abc":
        person = agent_of(UserFactory(username=name), inbox.queue)
        on_queue(person)
    facts = {"interaction": row, "queue": inbox.queue, "deadline": timezone.now()}
    Offer.objects.create(agent=User.objects.get(username="a"), state="declined", made_at=timezone.now(), **facts)
    assert [agent.user.username for agent in routing._candidates(inbox.queue, row)] == asked
    kept.forget()


@pytest.mark.postgres
@pytest.mark.parametrize("free", FREE)
def test_the_first_who_is_free_is_found_without_reading_all(queue: Queue, free: str) -> None:
    grant(AGENT, ACCEPT, on=queue)
    people = UserFactory.create_batch(MANY)
    group_of(AGENT).user_set.add(*people)
    QueueMember.objects.bulk_create(QueueMember(queue=queue, user=person) for person in people)
    for person in people:
        on_queue(person, idle_since=timezone.now() - timedelta(minutes=1))
    first = on_queue(people[MANY // 2], idle_since=timezone.now() - timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    found = FREE[free](queue.pk, timezone.now() - timedelta(minutes=1))
    assert found[0].pk == first.pk
    plan = found.explain(analyze=True)
    assert not re.search(rf"actual time=\S+ rows={MANY}\b", plan), plan
    assert AgentStatus.objects.count() == MANY
