"""Who may take what, and who is free: found by looking at one agent after the other, however many there are."""

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from accounts.permissions import ACCEPT, holders
from accounts.roles import AGENT, grant, group_of
from interactions.routing import _free_at_once_in, _longest_idle
from queues.models import AgentStatus, Queue, QueueMember
from tests.factories import QueueFactory, UserFactory, on_queue

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
