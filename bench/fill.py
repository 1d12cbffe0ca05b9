"""An archive: conversations that have ended, written in bulk, one statement a table."""

from typing import Any

from django.db import connection
from django.db.models import AutoField, Model

from bench.house import House
from interactions.models import Contact, Handle, Inbox, Interaction, Message, State

MESSAGES = 5
"""In each conversation."""
_NUMBERED = "generate_series(%(low)s, %(high)s) n"
_OLD = "substr(handle.external_id, 4)::int"
_HANDLES = (
    "interactions_handle handle WHERE network = %(network)s AND external_id LIKE 'old%%' "
    f"AND {_OLD} BETWEEN %(low)s AND %(high)s"
)
_MOMENT = f"now() - {_OLD} * interval '20 seconds'"
_TALKS = (
    "interactions_interaction talk JOIN interactions_handle handle ON talk.customer_id = handle.id "
    "CROSS JOIN generate_series(1, %(messages)s) n WHERE handle.network = %(network)s "
    f"AND handle.external_id LIKE 'old%%' AND {_OLD} BETWEEN %(low)s AND %(high)s"
)


def grow(house: House, low: int, high: int) -> None:
    """Write conversations number `low` to `high`, the higher the older."""
    given = {
        "low": low,
        "high": high,
        "messages": MESSAGES,
        "network": house.inbox.network,
        "inbox": house.inbox.pk,
        "queue": house.queue.pk,
        "agent": house.agents[0].user.pk,
    }
    _insert(Contact, {"id": "md5('c' || n)::uuid", "name": "'Customer ' || n", "created_at": "now()"}, _NUMBERED, given)
    handle = {"contact_id": "md5('c' || n)::uuid", "network": "%(network)s", "external_id": "'old' || n"}
    _insert(Handle, handle, _NUMBERED, given)
    talk = {
        "id": "md5('i' || handle.external_id)::uuid",
        "inbox_id": "%(inbox)s",
        "queue_id": "%(queue)s",
        "customer_id": "handle.id",
        "last_agent_id": "%(agent)s",
        "state": "'ended'",
        "subject": "'Where is my parcel?'",
        "preview": "'Thank you!'",
        **dict.fromkeys(("queued_at", "rank", "started_at", "ended_at", "last_message_at"), _MOMENT),
    }
    _insert(Interaction, talk, _HANDLES, given)
    _insert(
        Message, _message("md5('m' || n || talk.id)::uuid", "talk.started_at + n * interval '1 minute'"), _TALKS, given
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def lengthen(interaction_id: str, messages: int) -> None:
    """Put so many messages before what has been said in a conversation."""
    source = "interactions_interaction talk, generate_series(1, %(messages)s) n WHERE talk.id = %(interaction)s"
    message = _message("gen_random_uuid()", "talk.started_at - n * interval '1 minute'")
    given = {"messages": messages, "interaction": interaction_id, "agent": None}
    _insert(Message, message | {"external_id": "'long' || n || talk.id"}, source, given)
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


def _message(key: str, moment: str) -> dict[str, str]:
    """Every second one is the agent's."""
    return {
        "id": key,
        "interaction_id": "talk.id",
        "inbox_id": "talk.inbox_id",
        "direction": "CASE WHEN n %% 2 = 1 THEN 'inbound' ELSE 'outbound' END",
        "author_id": "CASE WHEN n %% 2 = 1 THEN talk.customer_id END",
        "agent_id": "CASE WHEN n %% 2 = 0 THEN %(agent)s::uuid END",
        "visibility": "'private'",
        "text": "'Where is my parcel ' || n || '? It was to come on Tuesday, and nobody has rung the bell since.'",
        "external_id": "'old' || n || talk.id",
        "status": "CASE WHEN n %% 2 = 1 THEN 'received' ELSE 'read' END",
        "sent_at": moment,
        "created_at": moment,
    }


def _insert(model: type[Model], columns: dict[str, str], source: str, given: dict[str, Any]) -> None:
    """`INSERT … SELECT` these columns from a source; all others get the default that the model gives them."""
    written, params = dict(columns), dict(given)
    for field in model._meta.local_concrete_fields:
        if field.column not in written and not isinstance(field, AutoField):
            params[f"default_{field.column}"] = field.get_db_prep_save(field.get_default(), connection)
            written[field.column] = f"%(default_{field.column})s"
    names = ", ".join(f'"{name}"' for name in written)
    statement = f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {", ".join(written.values())} FROM {source}'
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
