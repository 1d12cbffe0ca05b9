"""People and roles: only for those who may do everything."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts import permissions as may
from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import AGENT, SUPERVISOR, group_of
from queues.models import Queue
from tests.admin.forms import errors, save


@pytest.fixture
def office(client: Client, admin: User) -> Client:
    """The administration, signed in as an administrator."""
    client.force_login(admin)
    return client


def test_somebody_is_added_with_role_language_and_time_zone(office: Client) -> None:
    given = {"username": "zoe", "password1": "a-long-passphrase", "password2": "a-long-passphrase"}
    chosen = {"language": "fr", "timezone": "Europe/Paris", "groups": [str(group_of(AGENT).pk)]}
    page = save(office, "/admin/accounts/user/add/", **given, **chosen)
    zoe = User.objects.get(username="zoe")
    assert (zoe.language, zoe.timezone, zoe.is_staff) == ("fr", "Europe/Paris", False)
    assert list(zoe.groups.all()) == [group_of(AGENT)]
    assert zoe.check_password("a-long-passphrase")
    assert zoe.password not in page.content.decode()


def test_a_time_zone_is_one_of_the_world(office: Client, charlie: User) -> None:
    page = save(office, reverse("admin:accounts_user_change", args=[charlie.pk]), timezone="Moon/Crater")
    assert "timezone" in errors(page)


def test_a_password_is_set_and_never_shown(office: Client, charlie: User) -> None:
    body = office.get(reverse("admin:accounts_user_change", args=[charlie.pk])).content.decode()
    assert charlie.password.split("$")[-1][:6] not in body
    address = reverse("admin:auth_user_password_change", args=[charlie.pk])
    assert address in body
    office.post(
        address, {"password1": "another-passphrase", "password2": "another-passphrase", "usable_password": "true"}
    )
    assert User.objects.get(pk=charlie.pk).check_password("another-passphrase")


def test_somebody_who_is_shut_out_is_kept(office: Client, charlie: User) -> None:
    save(office, reverse("admin:accounts_user_change", args=[charlie.pk]), is_active=None)
    assert not User.objects.get(pk=charlie.pk).is_active


def test_a_role_is_given_people_and_rights(office: Client, charlie: User, queue: Queue) -> None:
    rights = [may.GO_ON_QUEUE.name, may.PULL.name, "accounts.routing_queue_edit"]
    address = reverse("admin:accounts_rolegroup_change", args=[group_of(SUPERVISOR).pk])
    save(office, address, people=[str(charlie.pk)], rights=rights)
    held = User.objects.get(pk=charlie.pk)
    assert [allowed(held, right, queue) for right in (may.PULL, may.ASSIGN)] == [True, False]
    save(office, address, people=[str(charlie.pk)], rights=rights[:1])
    assert not allowed(User.objects.get(pk=charlie.pk), may.PULL, queue)


def test_a_role_of_ones_own(office: Client) -> None:
    save(office, "/admin/accounts/rolegroup/add/", name="Night shift", rights=[may.GO_ON_QUEUE.name])
    assert Group.objects.get(name="Night shift").permissions.get().codename == may.GO_ON_QUEUE.codename


def test_a_right_that_does_not_exist_is_refused(office: Client) -> None:
    page = save(office, "/admin/accounts/rolegroup/add/", name="Odd", rights=["auth.change_user"])
    assert "rights" in errors(page)


def test_an_administrator_of_queues_gives_nobody_the_keys(client: Client, charlie: User) -> None:
    charlie.is_staff = True
    charlie.save()
    charlie.groups.add(group_of(AGENT), Group.objects.get(name="Administrator"))
    client.force_login(charlie)
    assert client.get("/admin/queues/queue/").status_code == 200
    me = reverse("admin:accounts_user_change", args=[charlie.pk])
    assert client.post(me, {"username": "charlie", "is_superuser": "on"}).status_code == 403
    for address in ("/admin/accounts/user/add/", "/admin/accounts/rolegroup/", "/admin/accounts/rolegroup/add/"):
        assert client.get(address).status_code == 403
    assert client.get(reverse("admin:auth_user_password_change", args=[charlie.pk])).status_code == 403
