"""A conversation as the API tells of it: the answer to a request, and the body of a notification."""

from collections.abc import Sequence
from typing import Any

from interactions import participants as taking_part
from interactions.models import Handling, Interaction, State
from interactions.participants import Part, Participant, Purpose
from interactions.wrapup import LIMITED, NEEDS_CODE
from queues.models import AfterContactWork, Skill

from .conversation_wires import KINDS
from .message_details import PATH, Told, details_out
from .wire import HOME, ref, uri

PROVIDER = "Social Care"
_PROMPT = {
    AfterContactWork.OPTIONAL: "optional",
    AfterContactWork.MANDATORY: "mandatory",
    AfterContactWork.MANDATORY_TIMEOUT: "timeout",
    AfterContactWork.MANDATORY_FORCED_TIMEOUT: "forcedTimeout",
    AfterContactWork.AGENT_REQUESTED: "agentRequested",
}


def conversation_out(interaction: Interaction) -> Told:
    """A conversation by its messages, for MessageConversationWire."""
    return conversations_out([interaction])[0]


def conversations_out(interactions: Sequence[Interaction]) -> list[Told]:
    """Conversations by their messages, for MessageConversationWire, in a constant number of queries."""
    taking_part.load(interactions)
    return [
        {
            **_common(interaction),
            "participants": [_with_state(interaction, each) for each in taking_part.participants(interaction)],
            "other_media_uris": [],
            "self_uri": uri(PATH, interaction.pk),
        }
        for interaction in interactions
    ]


def whole_conversation_out(interaction: Interaction) -> Told:
    """A conversation, whole, for ConversationWire."""
    taking_part.load([interaction])
    ended = {"end_time": interaction.ended_at} if interaction.ended_at else {}
    return {
        **_common(interaction),
        **ended,
        "start_time": interaction.started_at,
        "address": interaction.customer.external_id,
        "state": _STATE.get(State(interaction.state), Part.CONNECTED),
        "recording_state": "NONE",
        "secure_pause": False,
        "participants": [_with_communication(interaction, each) for each in taking_part.participants(interaction)],
        "self_uri": uri("conversations", interaction.pk),
    }


def kind_of(interaction: Interaction) -> str:
    """The platform, as far as the reference has a word for it."""
    return _KIND.get(interaction.inbox.kind, "open")


_KIND = {**{kind: kind for kind in KINDS}, "x": "twitter"}
_STATE = {
    State.ALERTING: Part.ALERTING,
    State.PARKED: Part.PARKED,
    State.WRAP_UP: Part.GONE,
    State.ENDED: Part.GONE,
}


def _common(interaction: Interaction) -> Told:
    itself = {"id": str(interaction.pk), "self_uri": uri("conversations", interaction.pk)}
    return {
        "id": interaction.pk,
        "name": str(interaction.customer),
        "divisions": [{"division": HOME, "entities": [itself]}],
    }


# ------------------------------------------------------------------ one who takes part


def _with_state(interaction: Interaction, each: Participant) -> Told:
    told = {**_taking_part(interaction, each), **_standing(interaction, each)}
    told["messages"] = [details_out(interaction, message) for message in each.messages]
    if each.agent:
        told["user"] = ref("users", each.agent)
    if each.queue:
        told["queue"] = ref("routing/queues", each.queue)
    if each.purpose == Purpose.CUSTOMER:
        told["external_contact"] = ref("externalcontacts/contacts", interaction.customer.contact)
    return told


def _with_communication(interaction: Interaction, each: Participant) -> Told:
    told = {**_taking_part(interaction, each), "participant_type": each.purpose.capitalize()}
    if each.agent:
        told["user_uri"] = uri("users", each.agent.pk)
    communication: Told = {
        "id": each.id,
        "initial_state": Part.ALERTING if each.offer else Part.CONNECTED,
        "after_call_work_required": told["wrapup_required"],
        "messages": [details_out(interaction, message) for message in each.messages],
        **{name: told[name] for name in ("connected_time", "wrapup") if name in told},
        **_standing(interaction, each),
    }
    if each.ended_at:
        communication["disconnected_time"] = each.ended_at
    return {**told, "messages": [communication]}


def _taking_part(interaction: Interaction, each: Participant) -> Told:
    told: Told = {
        "id": each.id,
        "name": str(each.agent or each.queue or interaction.customer),
        "address": interaction.customer.external_id,
        "purpose": each.purpose,
        "start_time": each.started_at,
        "attributes": {},
        "wrapup_required": False,
        **_known(connected_time=each.connected_at, end_time=each.ended_at),
    }
    if each.purpose == Purpose.CUSTOMER:
        return told | {"external_contact_id": interaction.customer.contact_id}
    assert each.queue
    told |= {"queue_id": each.queue.pk, "queue_name": each.queue.name}
    told["conversation_routing_data"] = _routing(interaction, each)
    if each.agent:
        told |= {"user_id": each.agent.pk, **_work(each)}
    return told


def _standing(interaction: Interaction, each: Participant) -> Told:
    """What the two shapes tell in different places."""
    customer, brand = _customer_address(interaction), _brand_address(interaction)
    outbound = each.purpose == Purpose.AGENT and not each.offer
    return {
        "state": each.state,
        "direction": "outbound" if outbound else "inbound",
        "held": False,
        "provider": PROVIDER,
        "type": kind_of(interaction),
        "to_address": brand,
        "from_address": customer,
        **_known(
            disconnect_type=each.left,
            start_alerting_time=each.offer.made_at if each.offer else None,
            park_time=interaction.parked_at if each.state == Part.PARKED else None,
        ),
    }


def _routing(interaction: Interaction, each: Participant) -> Told:
    skills = list(interaction.skills.all())
    languages = [skill for skill in skills if skill.kind == Skill.Kind.LANGUAGE]
    told: Told = {
        "queue": ref("routing/queues", each.queue),
        "priority": interaction.priority,
        "skills": [ref("routing/skills", skill) for skill in skills if skill not in languages],
    }
    return told | ({"language": ref("routing/languages", languages[0])} if languages else {})


def _work(each: Participant) -> Told:
    """What an agent who takes part has to do, and by when."""
    assert each.queue
    told: Told = {"alerting_timeout_ms": each.offer.seconds * 1000} if each.offer else {}
    handling, mode = each.handling, each.queue.acw_mode
    if handling is None or (handling.ended_at and not handling.acw_mode):
        return told
    mode = AfterContactWork(handling.acw_mode or mode)
    told |= {"wrapup_required": mode in NEEDS_CODE or handling.acw_requested, "wrapup_prompt": _PROMPT[mode]}
    if mode in LIMITED:
        told["wrapup_timeout_ms"] = each.queue.acw_seconds * 1000
    if handling.wrapped_up_at or handling.code_id or handling.notes or handling.tags:
        told["wrapup"] = wrapup_out(handling)
    return told | _known(start_acw_time=handling.ended_at, end_acw_time=handling.wrapped_up_at)


def wrapup_out(handling: Handling) -> Told:
    """How an agent's part ended, for WrapupWire."""
    over = handling.ended_at and handling.wrapped_up_at
    return {
        "code": str(handling.code_id) if handling.code_id else None,
        "name": handling.code.name if handling.code else None,
        "notes": handling.notes,
        "tags": handling.tags,
        "duration_seconds": round((handling.wrapped_up_at - handling.ended_at).total_seconds()) if over else 0,  # type: ignore[operator]
        "end_time": handling.wrapped_up_at,
        "provisional": not over,
    }


def _customer_address(interaction: Interaction) -> Told:
    handle = interaction.customer
    return _address(str(handle), handle.external_id, handle.handle or str(handle))


def _brand_address(interaction: Interaction) -> Told:
    inbox = interaction.inbox
    return _address(inbox.name, inbox.account_id or str(inbox.pk), inbox.account_handle or inbox.name)


def _address(name: str, known_as: str, shown: str) -> Told:
    return {"name": name, "address_normalized": known_as, "address_raw": known_as, "address_displayable": shown}


def _known(**facts: Any) -> Told:
    """What is known of these."""
    return {name: value for name, value in facts.items() if value is not None}
