"""An archive: conversations that have ended, and all that belongs to them, written in bulk, one statement a table."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import AutoField, Model

from bench.house import House
from delivery.listening.models import CapturedPost, Topic
from interactions.models import (
    CannedLibrary,
    CannedResponse,
    Contact,
    Handle,
    Handling,
    Inbox,
    Interaction,
    Message,
    Offer,
    State,
)

MESSAGES = 5
"""In each conversation."""
STRETCH = 100_000
"""Conversations written at a time."""
REGULARS = 100
"""Each hundredth conversation is with the same one customer, who has written for years."""
PUBLIC = 10
"""Each tenth began in public, under one post that everybody comments on; and so many posts were captured besides."""
THREAD = "the-post-that-everybody-comments-on"
FILLED = (Contact, Handle, Interaction, Message, Offer, Handling, CapturedPost)
RARE = "Wilhelmina"
"""The name of three customers, in a small archive as in a large one."""
_NUMBERED = "generate_series(%(low)s::int, %(high)s::int) t"
_KNOWN = f"{_NUMBERED} JOIN interactions_handle handle ON handle.contact_id = md5('c' || t)::uuid"
_SAID = f"{_KNOWN} CROSS JOIN generate_series(1, %(messages)s) n"
_MOMENT = "%(now)s::timestamptz - t * interval '20 seconds'"
_CUSTOMER = "CASE WHEN t %% %(regulars)s = 0 THEN %(regular)s::bigint ELSE handle.id END"
_TALK = "md5('i' || t)::uuid"
_VISIBILITY = "CASE WHEN t %% %(public)s = 0 THEN 'public' ELSE 'private' END"


def grow(house: House, low: int, high: int, regular: Handle) -> Iterator[int]:
    """Write conversations number `low` to `high`, the higher the older; yields how many are written by now."""
    given = {
        "messages": MESSAGES,
        "regulars": REGULARS,
        "public": PUBLIC,
        "regular": regular.pk,
        "now": regular.contact.created_at,
        "network": house.inbox.network,
        "inbox": house.inbox.pk,
        "queue": house.queue.pk,
        "agent": house.agents[0].user.pk,
        "topic": Topic.objects.get_or_create(name="Parcels")[0].pk,
        "thread": THREAD,
    }
    with _unwatched(), _without_indexes():
        for first in range(low, high + 1, STRETCH):
            last = min(high, first + STRETCH - 1)
            _write(given | {"low": first, "high": last})
            yield last
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")  # as a house is that has grown over years, and not within a minute


def old(number: int) -> str:
    """The id of conversation `number`, as PostgreSQL makes it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT md5('i' || %s::int)::uuid", [number])
        return str(cursor.fetchone()[0])


def more_canned(number: int) -> None:
    """So many more canned responses."""
    library = CannedLibrary.objects.get(name="Bench")
    CannedResponse.objects.bulk_create(
        CannedResponse(library=library, name=f"Case {number}", text=f"Dear customer, this is about case {number}.")
        for number in range(number)
    )


def lengthen(interaction_id: str, messages: int) -> None:
    """Put so many messages before what has been said in a conversation."""
    source = "interactions_interaction talk, generate_series(1, %(messages)s) n WHERE talk.id = %(interaction)s"
    message = _message("gen_random_uuid()", "talk.started_at - n * interval '1 minute'")
    given = {"messages": messages, "interaction": interaction_id, "agent": None}
    of_it = {
        "interaction_id": "talk.id",
        "inbox_id": "talk.inbox_id",
        "author_id": "CASE WHEN n %% 2 = 1 THEN talk.customer_id END",
        "visibility": "'private'",
        "thread": "''",
        "external_id": "'long' || n || talk.id",
    }
    message = _message("gen_random_uuid()", "talk.started_at - n * interval '1 minute'")
    _insert(Message, message | of_it, source, given)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE interactions_message")


def conversations_of_many(number: int, state: State = State.ENDED) -> list[Interaction]:
    """So many conversations in one state, each of a customer of its own."""
    inbox = Inbox.objects.get()
    contacts = Contact.objects.bulk_create(Contact(name=f"Customer {n}") for n in range(number))
    handles = Handle.objects.bulk_create(
        Handle(contact=contact, network=inbox.network, external_id=f"many-{contact.pk}") for contact in contacts
    )
    return Interaction.objects.bulk_create(
        Interaction(inbox=inbox, queue_id=inbox.queue_id, customer=handle, state=state) for handle in handles
    )


def _write(given: dict[str, Any]) -> None:
    """One stretch of the archive."""
    name = f"CASE WHEN t <= 3 THEN '{RARE} ' ELSE 'Customer ' END || t"
    _insert(Contact, {"id": "md5('c' || t)::uuid", "name": name, "created_at": _MOMENT}, _NUMBERED, given)
    known = {"contact_id": "md5('c' || t)::uuid", "network": "%(network)s", "external_id": "'old' || t", "name": name}
    _insert(Handle, known | {"handle": "'@customer' || t"}, _NUMBERED, given)
    _insert(Interaction, _talk(), _KNOWN, given)
    _insert(Message, _message("md5('m' || n || '.' || t)::uuid", f"{_MOMENT} + n * interval '1 minute'"), _SAID, given)
    part = {"id": "md5('o' || t)::uuid", "interaction_id": _TALK, "agent_id": "%(agent)s", "queue_id": "%(queue)s"}
    made = dict.fromkeys(("made_at", "deadline", "closed_at"), _MOMENT)
    _insert(Offer, part | made | {"state": "'accepted'"}, _NUMBERED, given)
    worked = dict.fromkeys(("started_at", "ended_at", "wrapped_up_at"), _MOMENT)
    _insert(Handling, part | worked | {"ended_by": "'agent'", "holds_place": "false"}, _NUMBERED, given)
    _insert(CapturedPost, _post(), f"{_NUMBERED} WHERE t %% %(public)s = 0", given)


def _talk() -> dict[str, str]:
    times = ("queued_at", "rank", "started_at", "ended_at", "last_message_at")
    return {
        "id": _TALK,
        "inbox_id": "%(inbox)s",
        "queue_id": "%(queue)s",
        "customer_id": _CUSTOMER,
        "last_agent_id": "%(agent)s",
        "state": "'ended'",
        "subject": "'Where is my parcel?'",
        "preview": "'Thank you!'",
        "preview_visibility": _VISIBILITY,
        **dict.fromkeys(times, _MOMENT),
    }


def _message(key: str, moment: str) -> dict[str, str]:
    """Every second one is the agent's."""
    return {
        "id": key,
        "interaction_id": _TALK,
        "inbox_id": "%(inbox)s",
        "direction": "CASE WHEN n %% 2 = 1 THEN 'inbound' ELSE 'outbound' END",
        "author_id": f"CASE WHEN n %% 2 = 1 THEN {_CUSTOMER} END",
        "agent_id": "CASE WHEN n %% 2 = 0 THEN %(agent)s::uuid END",
        "visibility": _VISIBILITY,
        "thread": "CASE WHEN t %% %(public)s = 0 THEN %(thread)s ELSE '' END",
        "text": "'Where is my parcel ' || n || '? It was to come on Tuesday, and nobody has rung the bell since.'",
        "external_id": "'old' || t || '.' || n",
        "status": "CASE WHEN n %% 2 = 1 THEN 'received' ELSE 'read' END",
        "sent_at": moment,
        "created_at": moment,
    }


def _post() -> dict[str, str]:
    return {
        "id": "md5('p' || t)::uuid",
        "topic_id": "%(topic)s",
        "platform": "'open'",
        "external_id": "'post' || t",
        "author_id": "'author' || t",
        "author_name": f"CASE WHEN t <= 3 * %(public)s THEN '{RARE} ' ELSE 'Customer ' END || t",
        "author_handle": "'@customer' || t",
        "text": "'My parcel has not come, and nobody answers.'",
        "language": "'en'",
        "sent_at": _MOMENT,
        "captured_at": _MOMENT,
    }


@contextmanager
def _unwatched() -> Iterator[None]:
    """Without a look at each foreign key, where one may say so: they are right as they are made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        may = bool((cursor.fetchone() or [False])[0])
        if may:
            cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            if may:
                cursor.execute("RESET session_replication_role")


@contextmanager
def _without_indexes() -> Iterator[None]:
    """Without indexes but those of keys; made anew at the end, which takes a third of the time of keeping them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE indrelid = ANY(%s::regclass[]) "
            "AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
            [[model._meta.db_table for model in FILLED]],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for _name, definition in indexes:
            cursor.execute(definition)
        cursor.execute("RESET maintenance_work_mem")


def _insert(model: type[Model], columns: dict[str, str], source: str, given: dict[str, Any]) -> None:
    """`INSERT … SELECT` these columns from a source; all others get the default that the model gives them."""
    written, params = dict(columns), dict(given)
    for field in model._meta.local_concrete_fields:
        if field.column not in written and not (isinstance(field, AutoField) or field.generated):
            params[f"default_{field.column}"] = field.get_db_prep_save(field.get_default(), connection)
            written[field.column] = f"%(default_{field.column})s"
    names = ", ".join(f'"{name}"' for name in written)
    statement = f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {", ".join(written.values())} FROM {source}'
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
