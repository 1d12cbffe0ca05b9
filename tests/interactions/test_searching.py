"""Looking for customers among many: who is found, by which indexes, and what it costs."""

import uuid
from collections.abc import Sequence

import pytest
from django.db import connection
from django.db.models import Q, QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from bench.fill import conversations_of_many
from delivery.listening.models import CapturedPost
from interactions import contacts
from interactions.models import Contact, Handle, Inbox, Interaction, State
from interactions.models.interaction import RUNNING_FIRST
from queues.models import Queue
from socialcare import searching
from socialcare.panel.screen.context import _others
from socialcare.searching import first_found
from tests.factories import ContactFactory, HandleFactory, InteractionFactory, QueueFactory, TopicFactory

pytestmark = pytest.mark.django_db
MANY = 3_000


def found(words: str, most: int = 25) -> list[str]:
    """Names of the first who are found, the oldest first."""
    rows = first_found(Contact.objects.order_by("created_at", "pk"), contacts.ways(words), most)
    return [row.name for row in rows[:most]]


@pytest.mark.parametrize(
    "words", ["ada", "ADA K", "king", "lovelace", "king lovelace", "@countess", "Countess", "count", "did:7"]
)
def test_customers_are_found_by_each_word_of_their_name_and_by_their_handles(words: str) -> None:
    HandleFactory(contact=ContactFactory(name="Ada King Lovelace"), handle="@countess", external_id="did:7")
    HandleFactory(contact=ContactFactory(name="Beatrice"), handle="@bea", external_id="did:77")
    assert found(words) == ["Ada King Lovelace"]


@pytest.mark.parametrize("words", ["ovelace", "untess", "did:", "ada lovelace"])
def test_what_is_in_the_middle_of_a_word_finds_nobody(words: str) -> None:
    HandleFactory(contact=ContactFactory(name="Ada King Lovelace"), handle="@countess", external_id="did:7")
    assert found(words) == []


@pytest.mark.parametrize("sign", ["%", "_", "\\", "'", '"', "*"])
def test_signs_are_looked_for_as_they_are(sign: str) -> None:
    ContactFactory(name="100 percent")
    HandleFactory(contact=ContactFactory(name=f"{sign}sign"), handle=f"x{sign}y")
    ContactFactory(name=f"Some {sign}where")
    assert found(sign) == [f"{sign}sign", f"Some {sign}where"]
    assert found(f"x{sign}") == [f"{sign}sign"]
    assert found(f"1{sign}") == []


@pytest.mark.parametrize("name", ["Émile Ångström", "李 小龙", "Ирина Ёлкина", "🦊 Fox"])
def test_names_of_all_scripts_are_found_by_each_word(name: str) -> None:
    ContactFactory(name=name)
    ContactFactory(name="Emil Angst")
    for word in name.split():
        assert found(word[:2]) == [name], word


@pytest.mark.postgres
def test_letters_with_accents_are_found_in_either_case() -> None:
    HandleFactory(contact=ContactFactory(name="Émile Ångström"), handle="@éa")
    assert found("émile") == found("ÅNG") == found("ÉA") == ["Émile Ångström"]


def test_who_is_found_in_several_ways_comes_once_and_in_the_order_of_the_list() -> None:
    names = [f"Ada {number:02}" for number in range(12)]
    for name in names:
        contact = ContactFactory(name=name)
        for _ in range(3):
            HandleFactory(contact=contact, handle="@ada")
    assert found("ada", 10) == names[:10]
    assert found("ada", 20) == names


def test_only_what_one_may_see_is_found() -> None:
    ContactFactory(name="Ada")
    rows = Contact.objects.order_by("pk")
    assert first_found(rows, contacts.ways("ada"), 5)
    assert not first_found(rows.none(), contacts.ways("ada"), 5)
    assert not first_found(rows.exclude(name="Ada"), contacts.ways("ada"), 5)


def test_a_search_takes_as_many_statements_however_many_are_found() -> None:
    counts = []
    for _ in range(2):
        for _each in range(9):
            HandleFactory(contact=ContactFactory(name="Ada"), handle="@ada")
        with CaptureQueriesContext(connection) as queries:
            found("ada", 5)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 1 + 2 * len(contacts.ways("ada"))


@pytest.mark.parametrize("falls", ["", "-"])
def test_what_stands_far_from_the_beginning_comes_in_its_order(monkeypatch: pytest.MonkeyPatch, falls: str) -> None:
    monkeypatch.setattr(searching, "FRONT", 3)
    for name in ("Bea", "Ada 1", "Cid", "Dan", "Ada 2", "Eve", "Ada 3"):
        HandleFactory(contact=ContactFactory(name=name))
    rows = Contact.objects.order_by(f"{falls}created_at", f"{falls}pk")
    names = ["Ada 1", "Ada 2", "Ada 3"][:: -1 if falls else 1]
    for most in range(5):
        assert [row.name for row in first_found(rows, contacts.ways("ada"), most)] == names[:most]


@pytest.mark.parametrize("by", ["queue", "-queue", "queue__name", "ended_at", "-ended_at", "owner", "-owner"])
def test_a_list_in_another_order_shows_the_first_of_that_order(
    monkeypatch: pytest.MonkeyPatch, inbox: Inbox, alice: User, by: str
) -> None:
    monkeypatch.setattr(searching, "FRONT", 1)
    queues = sorted((QueueFactory() for _ in range(6)), key=lambda queue: queue.pk, reverse=True)
    for number, queue in enumerate(queues):  # by name they stand the other way round than by id
        Queue.objects.filter(pk=queue.pk).update(name=f"{number} in order")
        ended, owner = (timezone.now(), None) if number % 2 else (None, alice)
        InteractionFactory(inbox=inbox, queue=queue, subject="lamp", ended_at=ended, owner=owner)
    rows = Interaction.objects.order_by(by, "pk")
    for most in (1, 2, 4):
        assert list(first_found(rows, [Q(subject="lamp")], most)) == list(rows[:most])


@pytest.fixture
def archive(inbox: Inbox) -> None:
    """Many customers and posts, and what the planner is told of them."""
    conversations_of_many(MANY)
    Contact.objects.bulk_create(Contact(name=f"Customer {number}") for number in range(9 * MANY))
    topic, now = TopicFactory(), timezone.now()
    common = {"topic": topic, "platform": "open", "author_name": "Some Body", "author_handle": "@some", "sent_at": now}
    CapturedPost.objects.bulk_create(CapturedPost(external_id=str(number), **common) for number in range(MANY))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def explained(statement: str) -> str:
    """How PostgreSQL goes about it."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(line for (line,) in cursor)


def ways_of_all(words: str) -> list[tuple[QuerySet, Sequence[Q]]]:  # type: ignore[type-arg]
    """What is searched, and how."""
    named = [Q(customer__name__istartswith=words), Q(customer__handle__istartswith=words)]
    posts = [Q(external_id=words), Q(author_name__istartswith=words), Q(author_handle__istartswith=words)]
    return [
        (Contact.objects.order_by("created_at", "pk"), contacts.ways(words)),
        (Interaction.objects.order_by("-last_message_at", "-pk"), named),
        (CapturedPost.objects.order_by("-captured_at", "-pk"), posts),
    ]


@pytest.mark.postgres
@pytest.mark.usefixtures("archive")
def test_postgresql_reads_nothing_whole_to_find_a_few() -> None:
    for rows, ways in ways_of_all("Wilhelmina"):
        with CaptureQueriesContext(connection) as asked:
            assert not first_found(rows, ways, 26)
        assert len(asked) == 2 * len(ways)
        for query in asked:
            plan = explained(query["sql"])
            assert "Seq Scan" not in plan, plan


@pytest.mark.usefixtures("archive")
def test_sqlite_finds_what_begins_so_by_its_indexes() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("about SQLite")
    for model, column in ((Handle, "handle"), (Handle, "name"), (CapturedPost, "author_name")):
        plan = model.objects.filter(**{f"{column}__istartswith": "wil"}).explain()
        assert "USING INDEX" in plan, plan


@pytest.fixture
def regular(inbox: Inbox) -> Handle:
    """A customer who has written for years."""
    customer: Handle = HandleFactory(network=inbox.network)
    Interaction.objects.bulk_create(
        Interaction(inbox=inbox, queue_id=inbox.queue_id, customer=customer, state=State.ENDED) for _ in range(MANY)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return customer


@pytest.mark.postgres
def test_the_last_conversation_of_a_regular_is_found_without_reading_all(inbox: Inbox, regular: Handle) -> None:
    rows = Interaction.objects.filter(customer=regular, inbox=inbox)
    plan = rows.order_by(RUNNING_FIRST, "-ended_at")[:1].explain()
    assert "last_of_customer" in plan, plan
    assert "Sort" not in plan, plan


@pytest.mark.postgres
def test_beside_a_conversation_of_a_regular_only_the_few_that_are_shown_are_read(admin: User, regular: Handle) -> None:
    plan = _others(admin, uuid.uuid4(), customer=regular).explain()
    assert "history_of_customer" in plan, plan
    assert "Sort" not in plan, plan
