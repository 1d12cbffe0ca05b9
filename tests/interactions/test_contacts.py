"""Merging customers: all handles and conversations of both, in one place, or nothing."""

import pytest

from accounts.models import User
from interactions import contacts
from interactions.models import Contact, Inbox, Interaction
from socialcare.errors import Conflict, NotFound
from socialcare.panel.screen.context import others_of
from tests.factories import ContactFactory, HandleFactory, InteractionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(inbox: Inbox, alice: User) -> Interaction:
    return InteractionFactory(inbox=inbox, owner=alice)


def test_both_histories_are_seen_beside_each_conversation(running: Interaction, alice: User, webhook: Inbox) -> None:
    earlier = InteractionFactory(inbox=webhook, queue=running.queue, state="ended")
    contacts.merge(earlier.customer.contact_id, running.customer.contact_id)
    running.refresh_from_db()
    handles = running.customer.contact.handles.all()
    assert len(handles) == 2
    assert [row.pk for row in others_of(alice, handles, running)] == [earlier.pk]


def test_what_is_not_known_is_taken_over_and_nothing_known_is_lost() -> None:
    source = ContactFactory(name="A. Lovelace", place="London", about="Rings twice", details={"title": "Dr", "a": 1})
    target = ContactFactory(name="Ada", place="", about="Likes engines", details={"a": 2})
    merged = contacts.merge(source.pk, target.pk)
    merged.refresh_from_db()
    assert (merged.name, merged.place, merged.about) == ("Ada", "London", "Likes engines\n\nRings twice")
    assert merged.details == {"title": "Dr", "a": 2}


def test_who_looks_at_a_running_conversation_is_told(running: Interaction) -> None:
    before = running.version
    contacts.merge(ContactFactory().pk, running.customer.contact_id)
    running.refresh_from_db()
    assert running.version == before + 1


def test_several_merged_one_after_the_other_lead_to_the_last() -> None:
    first, second, third = (HandleFactory().contact for _ in "123")
    contacts.merge(first.pk, second.pk)
    contacts.merge(second.pk, third.pk)
    assert {contacts.current(Contact.objects.get(pk=each.pk)) for each in (first, second, third)} == {third}
    assert third.handles.count() == 3


def test_nobody_is_merged_with_themselves_or_twice() -> None:
    source, target = ContactFactory(), ContactFactory()
    with pytest.raises(Conflict):
        contacts.merge(target.pk, target.pk)
    contacts.merge(source.pk, target.pk)
    for pair in ((source, target), (target, source)):
        with pytest.raises(Conflict):
            contacts.merge(*(each.pk for each in pair))
    with pytest.raises(NotFound):
        contacts.merge(User().pk, target.pk)
