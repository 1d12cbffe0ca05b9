"""What is done with an interaction as a whole: note, transfer, park, resume, end, wrap up."""

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.permissions import TRANSFER, objects_for
from interactions import handling
from interactions import wrapup as wrapping_up
from interactions.finding import find
from queues.models import Queue
from socialcare.panel.answers import Done, PanelRequest, action, asked, cleaned, wants_json
from socialcare.panel.forms import NoteForm, TransferForm, WrapUpForm
from socialcare.panel.views.places import back_to, thread


@action
def note(request: PanelRequest, interaction_id: uuid.UUID) -> Done:
    """Write an internal note."""
    written = handling.add_note(request.user, interaction_id, cleaned(NoteForm(request.POST))["text"])
    return Done(thread(interaction_id), {"note": str(written.pk)})


def transfer(request: HttpRequest, interaction_id: uuid.UUID) -> HttpResponse:
    """GET says where to an interaction may go; POST hands it over."""
    answer = transfer_to if request.method == "POST" else transfer_choices
    return answer(request, interaction_id)


@asked
def transfer_choices(request: PanelRequest, interaction_id: uuid.UUID) -> HttpResponse:
    """The queues to which this person may transfer, and the agents who are free for it."""
    interaction = find(request.user, interaction_id)
    queues = objects_for(request.user, TRANSFER, Queue).exclude(pk=interaction.queue_id)
    agents = handling.agents_to_transfer_to(request.user, interaction)
    if not wants_json(request):
        return render(request, "panel/transfer.html", {"interaction": interaction, "queues": queues, "agents": agents})
    return JsonResponse(
        {
            "queues": [{"id": str(queue.pk), "name": queue.name} for queue in queues],
            "agents": [{"id": str(agent.pk), "name": agent.display_name, "state": _("free")} for agent in agents],
        }
    )


@action
def transfer_to(request: PanelRequest, interaction_id: uuid.UUID) -> Done:
    """To a queue, or to one agent."""
    to = cleaned(TransferForm(request.POST))
    if to.get("queue"):
        handling.transfer_to_queue(request.user, interaction_id, to["queue"])
    else:
        handling.transfer_to_agent(request.user, interaction_id, to["agent"])
    return Done(data={"open": ""}, message=_("Transferred"))


@action
def park(request: PanelRequest, interaction_id: uuid.UUID) -> Done:
    """Put it aside."""
    handling.park(request.user, interaction_id)
    return Done(back_to(request))


@action
def resume(request: PanelRequest, interaction_id: uuid.UUID) -> Done:
    """Take it up again."""
    handling.resume(request.user, interaction_id)
    return Done(thread(interaction_id))


@action
def end(request: PanelRequest, interaction_id: uuid.UUID) -> Done:
    """*End messages*."""
    handling.end(request.user, interaction_id)
    return Done(thread(interaction_id))


@action
def wrapup(request: PanelRequest, interaction_id: uuid.UUID) -> Done:
    """Save what was filled in, finish with *Done*, or ask for *More time*."""
    given = cleaned(WrapUpForm(request.POST))
    filled = {"code_id": given["code"], "notes": given["notes"], "tags": given["tags"]}
    if given["do"] == "done":
        done = wrapping_up.finish_wrap_up(request.user, interaction_id, **filled)
        return Done(data={"finished": done.wrapped_up_at is not None})
    asks = given["acw"] if "acw_asked" in request.POST else None
    wrapping_up.save_wrap_up(request.user, interaction_id, **filled, acw=asks)
    if given["do"] == "more":
        wrapping_up.more_time(request.user, interaction_id)
    return Done(thread(interaction_id), message="" if given["do"] == "more" else _("Saved"))


@action
def read(request: PanelRequest, interaction_id: uuid.UUID) -> Done:
    """I have looked at the newest messages."""
    handling.mark_read(request.user, interaction_id)
    return Done(thread(interaction_id))
