"""Roles: what the four of them may do, giving and taking rights, on one object or everywhere."""

import pytest
from django.contrib.auth.models import Group

from accounts import permissions as may
from accounts.models import User
from accounts.permissions import TABLE, allowed
from accounts.roles import (
    ADMINISTRATOR,
    AGENT,
    INTEGRATION,
    ROLES,
    SUPERVISOR,
    grant,
    group_of,
    make_roles,
    revoke,
    stored_permissions,
)
from interactions.models import Inbox
from queues.models import Queue


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


@pytest.mark.django_db
def test_the_four_roles_are_there_from_the_start() -> None:
    names = set(Group.objects.values_list("name", flat=True))
    assert names >= {"Agent", "Supervisor", "Administrator", "Integration"}
    held = {role: set(group_of(role).permissions.values_list("codename", flat=True)) for role in ROLES}
    assert held[AGENT] == held[SUPERVISOR] == {may.GO_ON_QUEUE.codename}
    assert held[ADMINISTRATOR] == {right.codename for right in may.CONFIGURING}
    assert held[INTEGRATION] == set()


@pytest.mark.django_db
def test_a_role_that_was_removed_or_changed_stays_so() -> None:
    group_of(INTEGRATION).delete()
    group_of(AGENT).permissions.clear()
    make_roles()
    assert not Group.objects.filter(name="Integration").exists()
    assert not group_of(AGENT).permissions.exists()


@pytest.mark.django_db
def test_every_line_of_the_table_is_stored_once() -> None:
    assert stored_permissions(TABLE).count() == len(TABLE)


def test_a_right_on_one_object_is_not_one_on_another(charlie: User, queue: Queue, vip: Queue, inbox: Inbox) -> None:
    charlie.groups.add(group_of(AGENT))
    grant(AGENT, may.VIEW, may.ACCEPT, on=queue)
    assert allowed(fresh(charlie), may.VIEW, queue)
    assert not allowed(fresh(charlie), may.VIEW, vip)
    grant(AGENT, may.VIEW)
    assert allowed(fresh(charlie), may.VIEW, vip)
    revoke(AGENT, may.VIEW)
    revoke(AGENT, may.VIEW, may.ACCEPT, on=[queue])
    assert not allowed(fresh(charlie), may.VIEW, queue)
    assert not allowed(fresh(charlie), may.ACCEPT, queue)


def test_what_a_person_was_just_given_counts_at_once(charlie: User, queue: Queue) -> None:
    assert not allowed(charlie, may.PULL, queue)
    grant(charlie, may.PULL, on=queue)
    assert allowed(charlie, may.PULL, queue)
    grant(charlie, may.GO_ON_QUEUE)
    assert allowed(charlie, may.GO_ON_QUEUE)
    revoke(charlie, may.PULL, on=queue)
    assert not allowed(charlie, may.PULL, queue)
