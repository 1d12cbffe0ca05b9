"""The front page of the administration: the first steps, and what needs a look."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from delivery.models import Delivery, DeliveryState, InboundPayload, PayloadState
from interactions.models import Inbox, Interaction, State
from queues.models import AgentStatus, Presence
from queues.models.agents import Missed
from socialcare.admin.checklist import steps

AT_MOST = 99


@dataclass(frozen=True)
class Figure:
    """A number, what it counts, and where to see it."""

    words: Any
    count: int
    where: str
    alarming: bool = False

    @property
    def shown(self) -> str:
        """The number; a large one is not counted to its end."""
        return f"{AT_MOST}+" if self.count > AT_MOST else str(self.count)

    @property
    def is_alarm(self) -> bool:
        """Whether somebody should look."""
        return self.alarming and self.count > 0


def show(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the front page what this person may know."""
    context["figures"] = [figure for figure in _figures(request) if figure]
    if getattr(request.user, "is_superuser", False):
        found = steps()
        done = sum(step.done for step in found)
        following = next((step for step in found if not step.done), None)
        context |= {"steps": found, "steps_done": done, "steps_all": len(found), "next_step": following}
    return context


def _figures(request: HttpRequest) -> list[Figure | None]:
    on_queue = AgentStatus.objects.present().filter(presence=Presence.ON_QUEUE)
    lost = Delivery.objects.filter(state__in=[DeliveryState.FAILED, DeliveryState.UNCERTAIN])
    quarantined = InboundPayload.objects.filter(state=PayloadState.QUARANTINED)
    in_trouble = Inbox.objects.filter(~Q(trouble="") | Q(endpoint__paused_at__isnull=False))
    return [
        _figure(request, _("Waiting"), Interaction.objects.waiting(), f"state__exact={State.WAITING}"),
        _figure(request, _("Agents on queue"), on_queue.filter(missed=""), f"presence__exact={Presence.ON_QUEUE}"),
        _figure(
            request,
            _("Not responding"),
            on_queue.filter(missed__in=Missed.values),
            "routing_status__exact=NOT_RESPONDING",
            alarming=True,
        ),
        _figure(request, _("Messages not sent"), lost, f"state__exact={DeliveryState.FAILED}", alarming=True),
        _figure(request, _("In quarantine"), quarantined, f"state__exact={PayloadState.QUARANTINED}", alarming=True),
        _figure(request, _("Channels in trouble"), in_trouble, "", alarming=True),
    ]


def _figure(
    request: HttpRequest, words: Any, rows: QuerySet[Any], query: str, *, alarming: bool = False
) -> Figure | None:
    page = admin.site.get_model_admin(rows.model)
    if not page.has_module_permission(request):
        return None
    if rows.model is Interaction:
        rows = rows.visible_to(request.user)  # type: ignore[attr-defined]
    count = rows.order_by()[: AT_MOST + 1].count()
    where = reverse(f"admin:{rows.model._meta.app_label}_{rows.model._meta.model_name}_changelist")
    return Figure(words, count, f"{where}?{query}", alarming)
