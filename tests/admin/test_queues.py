"""Queues and agents: members, codes, the table of rights, capacity, and deleting what is in use."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import permissions as may
from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import AGENT, grant, group_of
from interactions.models import CannedLibrary, Inbox
from queues.capacity import set_capacity
from queues.models import AgentSkill, AgentStatus, Queue, QueueMember, WrapUpCode
from socialcare.errors import Conflict, Invalid
from tests.admin.forms import errors, save, words
from tests.factories import InteractionFactory, SkillFactory, WrapUpCodeFactory, on_queue


@pytest.fixture
def office(client: Client, admin: User) -> Client:
    """The administration, signed in as an administrator."""
    client.force_login(admin)
    return client


def page_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def with_right(user: User, entity: str, action: str) -> User:
    """Let `user` into the administration with one right to configure."""
    user.is_staff = True
    user.save()
    return _granted(user, entity, action)


def _granted(user: User, entity: str, action: str) -> User:
    grant(user, next(right for right in may.CONFIGURING if (right.entity, right.action) == (entity, action)))
    return user


def test_a_queue_with_members_codes_and_rights_in_one_go(office: Client, charlie: User) -> None:
    code = WrapUpCodeFactory(name="Refund")
    member = {
        "memberships-TOTAL_FORMS": "1",
        "memberships-0-user": str(charlie.pk),
        "memberships-0-joined": "on",
    }
    save(office, "/admin/queues/queue/add/", name="Parcels", wrap_up_codes=[str(code.pk)], **member)
    queue = Queue.objects.get(name="Parcels")
    assert list(queue.members.all()) == [charlie]
    assert AgentStatus.objects.filter(user=charlie).exists(), "a member is an agent from now on"
    assert list(queue.wrap_up_codes.all()) == [code]
    charlie.groups.add(group_of(AGENT))
    assert allowed(User.objects.get(pk=charlie.pk), may.ACCEPT, queue), "suggested for the role Agent"


def test_a_right_given_everywhere_cannot_be_taken_here(office: Client, queue: Queue) -> None:
    grant(AGENT, may.VIEW)
    body = office.get(page_of(queue)).content.decode()
    assert "Given everywhere; change it on the page of the role." in body
    assert f'value="role:{group_of(AGENT).pk}:{may.VIEW.codename}"' not in body
    save(office, page_of(queue), grants=[])
    assert group_of(AGENT).permissions.filter(codename=may.VIEW.codename).exists()


def test_rights_of_one_person_are_shown_and_can_be_taken(office: Client, alice: User, queue: Queue) -> None:
    assert "rights of this person alone" in office.get(page_of(queue)).content.decode()
    save(office, page_of(queue), grants=[f"person:{alice.pk}:{may.VIEW.codename}"])
    found = User.objects.get(pk=alice.pk)
    assert allowed(found, may.VIEW, queue)
    assert not allowed(found, may.ACCEPT, queue)


def test_nobody_is_given_a_right_that_is_not_in_the_table(office: Client, queue: Queue, charlie: User) -> None:
    page = save(office, page_of(queue), grants=[f"person:{charlie.pk}:{may.ACCEPT.codename}"])
    assert "grants" in errors(page)
    assert not allowed(charlie, may.ACCEPT, queue)


def test_who_manages_members_changes_nothing_else(
    client: Client, alice: User, queue: Queue, vip: Queue, charlie: User
) -> None:
    alice.is_staff = True
    alice.save()
    queue.wrap_up_codes.add(WrapUpCodeFactory())
    grant(alice, may.MANAGE_MEMBERS, on=queue)
    client.force_login(alice)
    assert vip.name not in client.get("/admin/queues/queue/").content.decode()
    assert client.get(page_of(vip)).status_code == 302
    page = client.get(page_of(queue))
    assert 'name="name"' not in page.content.decode()
    data = {
        **{f"memberships-{name}": value for name, value in {"TOTAL_FORMS": "1", "INITIAL_FORMS": "0"}.items()},
        "memberships-0-user": str(charlie.pk),
        "memberships-0-joined": "on",
        "name": "Mine now",
        "grants": [f"person:{alice.pk}:{may.PULL.codename}"],
    }
    client.post(page_of(queue), data)
    queue.refresh_from_db()
    assert queue.wrap_up_codes.count() == 1
    assert (queue.name, queue.members.filter(pk=charlie.pk).exists()) == ("Social Care", True)
    assert not allowed(User.objects.get(pk=alice.pk), may.PULL, queue)


def test_a_queue_in_use_is_not_deleted_but_said_why(office: Client, queue: Queue, inbox: Inbox) -> None:
    for _number in range(7):
        InteractionFactory(inbox=inbox)
    address = reverse("admin:queues_queue_delete", args=[queue.pk])
    body = office.get(address).content.decode()
    assert f"Channel: {inbox}" in body
    assert "… and more: interactions" in body
    assert office.post(address, {"post": "yes"}).status_code == 200
    office.post("/admin/queues/queue/", {"action": "delete_selected", "_selected_action": [queue.pk], "post": "yes"})
    assert Queue.objects.filter(pk=queue.pk).exists()


def test_one_that_comes_into_use_meanwhile_neither(
    office: Client, queue: Queue, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.admin.base._in_the_way", lambda relation, obj: [])
    page = office.post(reverse("admin:queues_queue_delete", args=[queue.pk]), {"post": "yes"}, follow=True)
    assert "It is in use and cannot be deleted." in words(page)
    chosen = {"action": "delete_selected", "_selected_action": [queue.pk], "post": "yes"}
    page = office.post("/admin/queues/queue/", chosen, follow=True)
    assert "nothing was deleted" in words(page)
    assert Queue.objects.filter(pk=queue.pk).exists()


def test_what_is_not_in_use_is_deleted(office: Client, vip: Queue) -> None:
    office.post(reverse("admin:queues_queue_delete", args=[vip.pk]), {"post": "yes"})
    assert not Queue.objects.filter(pk=vip.pk).exists()


def test_the_systems_own_code_stays(office: Client) -> None:
    code = WrapUpCode.objects.get_or_create(name=WrapUpCode.TIMEOUT)[0]
    assert office.post(page_of(code), {"name": "Mine"}).status_code == 403
    assert office.post(reverse("admin:queues_wrapupcode_delete", args=[code.pk]), {"post": "yes"}).status_code == 403


def test_a_library_with_its_texts(office: Client) -> None:
    text = {
        "responses-TOTAL_FORMS": "1",
        "responses-0-name": "Hello",
        "responses-0-shortcut": "hello",
        "responses-0-text": "Hello {{CUSTOMER_NAME}}",
    }
    save(office, "/admin/interactions/cannedlibrary/add/", name="Everyday", **text)
    assert CannedLibrary.objects.get().responses.get().text == "Hello {{CUSTOMER_NAME}}"


# --- Agents ---------------------------------------------------------------------------------------------------------


def test_skills_and_capacity_are_changed_and_nothing_of_the_running_state(office: Client, alice: User) -> None:
    status, skill = on_queue(alice), SkillFactory()
    given = {"skills-TOTAL_FORMS": "1", "skills-0-skill": str(skill.pk), "skills-0-proficiency": "5"}
    save(office, page_of(status), capacity="3", presence="Offline", load="9", **given)
    status.refresh_from_db()
    assert (status.capacity, status.presence, status.load) == (3, "OnQueue", 0)
    assert AgentSkill.objects.get(user=alice).proficiency == 5


def test_capacity_below_the_present_load_is_refused_in_words(office: Client, alice: User) -> None:
    status = on_queue(alice, capacity=3, load=2)
    page = save(office, page_of(status), capacity="1")
    assert "is working on 2 now" in errors(page)
    status.refresh_from_db()
    assert status.capacity == 3


def test_also_when_the_work_came_after_the_form(office: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from queues.admin.agents import AgentForm

    status = on_queue(alice, capacity=3, load=2)
    monkeypatch.setattr(AgentForm, "clean_capacity", lambda form: form.cleaned_data["capacity"])
    page = save(office, page_of(status), capacity="1")
    assert "is working on 2 now" in words(page)
    status.refresh_from_db()
    assert status.capacity == 3


@pytest.mark.parametrize("capacity", [-1, 26])
def test_capacity_has_bounds(alice: User, capacity: int) -> None:
    with pytest.raises(Invalid):
        set_capacity(alice, capacity)


def test_setting_it_below_the_load_changes_nothing(alice: User) -> None:
    on_queue(alice, capacity=2, load=2)
    with pytest.raises(Conflict):
        set_capacity(alice, 1)
    assert set_capacity(alice, 4).capacity == 4


def test_one_right_opens_one_page(client: Client, charlie: User, queue: Queue, alice: User) -> None:
    on_queue(alice)
    client.force_login(with_right(charlie, "Skill", "Edit"))
    assert client.get("/admin/queues/agentstatus/").status_code == 200
    assert client.get("/admin/queues/skill/").status_code == 200
    assert client.get("/admin/queues/skill/add/").status_code == 403
    assert client.get("/admin/queues/queue/").status_code == 403
    assert client.get(reverse("admin:accounts_user_change", args=[alice.pk])).status_code == 200
    assert client.post(reverse("admin:accounts_user_change", args=[alice.pk]), {"username": "x"}).status_code == 403


def test_members_are_not_lost_when_the_list_is_long(office: Client, queue: Queue, alice: User, bob: User) -> None:
    save(office, page_of(queue), description="Changed")
    assert QueueMember.objects.filter(queue=queue).count() == 2
    assert Queue.objects.get(pk=queue.pk).description == "Changed"
