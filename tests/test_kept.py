"""Statements whose text is kept: they say what the ORM says, for every value, in every thread."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.signals import post_migrate
from django.utils import timezone

from delivery.models import Delivery, DeliveryState
from interactions.models import Contact, Handle, Inbox, Interaction, Message
from queues.models import Queue
from socialcare.asking import ask
from socialcare.kept import Kept, KeptUpdate
from socialcare.rows import Insertion, can_keep, insert_row, update_row
from tests.factories import InboxFactory
from tests.scene import waiting

pytestmark = pytest.mark.django_db


def of_inbox(inbox: uuid.UUID, since: object, name: str) -> "models.QuerySet[Interaction]":
    rows = Interaction.objects.filter(inbox=inbox, started_at__gte=since, customer__external_id=name)
    said = Message.objects.filter(interaction=OuterRef("pk"))
    return rows.select_related("inbox__endpoint", "customer", "owner").annotate(said=Exists(said))


OF_INBOX = Kept(of_inbox, inbox=uuid.UUID, since=type(timezone.now()), name=str)


def test_a_kept_query_gives_the_rows_of_the_values_at_hand(
    inbox: Inbox, queue: Queue, django_assert_num_queries
) -> None:
    other = InboxFactory(queue=queue)
    rows = [waiting(inbox), waiting(other)]
    long_ago = timezone.now() - timedelta(days=1)
    for row in rows:
        name = row.customer.external_id
        with django_assert_num_queries(1):
            [found] = OF_INBOX.rows(inbox=row.inbox_id, since=long_ago, name=name)
            assert (found, found.inbox, found.customer.external_id, found.owner) == (row, row.inbox, name, None)
            assert (found.inbox.settings, found.inbox.secrets) == (row.inbox.settings, row.inbox.secrets)
            assert (found.queued_at, found.state) == (row.queued_at, row.state)
        assert found.said is True  # type: ignore[attr-defined]
        assert not OF_INBOX.rows(inbox=row.inbox_id, since=timezone.now() + timedelta(days=1), name=name)
    assert OF_INBOX.first(inbox=uuid.uuid4(), since=long_ago, name="nobody") is None


def test_after_a_migration_the_text_is_made_anew(inbox: Inbox) -> None:
    made: list[object] = []
    waiting_in = Kept(lambda inbox: made.append(inbox) or Interaction.objects.filter(inbox=inbox), inbox=uuid.UUID)  # type: ignore[func-returns-value]
    row = waiting(inbox)
    assert waiting_in.rows(inbox=inbox.pk) == waiting_in.rows(inbox=inbox.pk) == [row]
    assert len(made) == 1
    post_migrate.send(apps.get_app_config("accounts"), app_config=apps.get_app_config("accounts"), using="default")
    assert waiting_in.rows(inbox=inbox.pk) == [row]
    assert len(made) == 2


def test_what_several_rows_point_to_is_read_once(inbox: Inbox, queue: Queue) -> None:
    others = InboxFactory(queue=queue)
    rows = [waiting(inbox), waiting(inbox), waiting(others)]
    mine = Kept(
        lambda queue: Interaction.objects.filter(queue=queue).select_related("inbox__queue", "owner").order_by("pk"),
        queue=uuid.UUID,
    )
    first, second, third = sorted(mine.rows(queue=queue.pk), key=lambda row: rows.index(row))
    assert (first.inbox, second.inbox, third.inbox, first.owner) == (inbox, inbox, others, None)
    assert first.inbox is second.inbox
    assert first.inbox.queue is third.inbox.queue


def test_several_questions_are_answered_together_in_their_order(inbox: Inbox) -> None:
    row, contact = waiting(inbox), Contact(name="Léa")
    new, same = (Handle(contact=contact, network="mastodon", external_id="lea") for _ in range(2))
    here = OF_INBOX.question(inbox=inbox.pk, since=timezone.now() - timedelta(days=1), name=row.customer.external_id)
    of_contact = Kept(lambda contact: Handle.objects.filter(contact=contact), contact=uuid.UUID)
    stored, first, second, found, known, nothing = ask(
        Insertion(contact),
        Insertion(new),
        Insertion(same, unless_there=True),
        here,
        of_contact.question(contact=contact.pk),
        Kept(lambda name: Contact.objects.filter(pk__in=[], name=name), name=str).question(name="x"),
    )
    assert (stored, first, second, found, known, nothing) == (True, True, False, [row], [new], [])
    assert known[0].pk == new.pk
    assert ask() == []


@pytest.mark.django_db(transaction=True)
def test_one_that_cannot_be_answered_fails_all_that_is_asked_with_it(inbox: Inbox) -> None:
    contact = Contact(name="Léa")
    with pytest.raises(IntegrityError), transaction.atomic():
        ask(Insertion(contact), Insertion(Contact(pk=contact.pk, name="Other")))
    assert not Contact.objects.filter(name="Léa").exists()
    assert ask(Insertion(Contact(name="After"))) == [True]


def test_a_row_is_written_only_where_the_conditions_are_met(inbox: Inbox, queue: Queue) -> None:
    interaction = waiting(inbox)
    now = timezone.now()
    changes = {"preview": "100 % new", "queue": queue, "last_agent": None, "last_message_at": now}
    assert not update_row(Interaction, interaction.pk, changes, {"state__in": ["parked", "ended"]})
    assert not update_row(Interaction, interaction.pk, changes, {"state__in": []})
    assert not update_row(Interaction, uuid.uuid4(), changes, {"state__in": ["waiting"]})
    assert not update_row(Interaction, interaction.pk, changes, {"queued_at__lte": now - timedelta(days=1)})
    assert update_row(Interaction, interaction.pk, changes, {"state": "waiting", "queued_at__lte": now})
    interaction.refresh_from_db()
    assert (interaction.preview, interaction.last_message_at, interaction.queue) == ("100 % new", now, queue)


def test_a_number_is_counted_up_and_given_back(inbox: Inbox) -> None:
    interaction = waiting(inbox)
    assert update_row(Interaction, interaction.pk, {}, count_up="version") == interaction.version + 1
    assert update_row(Interaction, interaction.pk, {"unread": 7}, count_up="version") == interaction.version + 2
    assert update_row(Interaction, uuid.uuid4(), {}, count_up="version") is None
    interaction.refresh_from_db()
    assert interaction.unread == 7


@pytest.mark.parametrize(
    ("changes", "only"),
    [({"version": F("version") + 1}, {}), ({}, {"owner": None}), ({}, {"message__status": "sent"})],
)
def test_what_must_be_said_in_other_words_is_left_to_the_orm(changes, only) -> None:
    assert not can_keep(changes, only)
    assert can_keep({"state": DeliveryState.SENT, "lease_until": None}, {"attempts": 1, "due_at__lte": timezone.now()})
    assert Delivery.TRANSITIONS


def test_a_kept_change_computes_with_what_stands_in_the_row(inbox: Inbox) -> None:
    for_days = KeptUpdate(
        lambda inbox, moment: (
            Inbox.objects.filter(pk=inbox, reopen_hours__lt=100),
            {"reopen_hours": F("reopen_hours") + 24, "trouble_at": moment},
        ),
        inbox=uuid.UUID,
        moment=datetime,
    )
    Inbox.objects.update(reopen_hours=60)
    moments = [timezone.now() + timedelta(hours=number) for number in range(3)]
    assert [for_days.run(inbox=inbox.pk, moment=moment) for moment in moments] == [1, 1, 0]
    assert Inbox.objects.values_list("reopen_hours", "trouble_at").get() == (108, moments[1])
    assert for_days.run(inbox=uuid.uuid4(), moment=moments[0]) == 0


def test_a_kept_change_gives_back_what_stands_there_now(inbox: Inbox) -> None:
    longer = KeptUpdate(
        lambda inbox: (Inbox.objects.filter(pk=inbox), {"reopen_hours": F("reopen_hours") + 1}),
        gives="reopen_hours",
        inbox=uuid.UUID,
    )
    Inbox.objects.update(reopen_hours=60)
    assert (longer.run(inbox=inbox.pk), longer.run(inbox=inbox.pk), longer.run(inbox=uuid.uuid4())) == (61, 62, 0)


def test_a_row_is_written_once_where_something_of_it_must_be_unique() -> None:
    contact = insert_row(Contact(name="Léa"))
    first, second = (Handle(contact=contact, network="mastodon", external_id="lea") for _ in range(2))
    assert Insertion(first, unless_there=True).answer()
    assert not Insertion(second, unless_there=True).answer()
    assert list(Handle.objects.filter(external_id="lea")) == [first]


def test_a_new_row_holds_what_saving_it_would_have_written(queue: Queue) -> None:
    made = InboxFactory.build(queue=queue, secrets={"signing_secret": "very secret"}, settings={"a": [1]})
    insert_row(made)
    stored = Inbox.objects.get(pk=made.pk)
    assert (stored.secrets, stored.settings, stored.queue) == (made.secrets, made.settings, queue)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM interactions_inbox WHERE name = %s", [made.name])
        assert "very secret" not in cursor.fetchone()[0]
