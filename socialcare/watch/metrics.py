"""`/metrics` for Prometheus: how the work stands, read from the database when it is asked for.

Whatever process answers, the figures are those of the whole product; the sockets alone are its own.
"""

import hmac
import math
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Min, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from delivery.models import PENDING, Delivery, InboundPayload, PayloadState
from interactions.models import Interaction, Offer
from queues.models import AgentStatus, Queue
from socialcare.watch.sockets import open_sockets

RECENT = timedelta(minutes=5)
QUANTILES = (0.5, 0.95, 1.0)
LOOPBACK = {"127.0.0.1", "::1"}


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for who has METRICS_TOKEN; without one, for this machine only. Everybody else gets 404."""
    if not _may_ask(request):
        return HttpResponse(status=404)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Work())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_ask(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        expected = f"Bearer {settings.METRICS_TOKEN}"
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode())
    # Behind a proxy every request comes from this machine; then only a token lets anybody in
    return request.META.get("REMOTE_ADDR") in LOOPBACK and "X-Forwarded-For" not in request.headers


class Work(Collector):
    """How the work stands now."""

    def collect(self) -> Iterator[Any]:
        """Every family of figures: a fixed number of statements, whatever has been stored."""
        for family in (_queues, _offers, _agents, _outbox, _failures, _inbound, _sockets):
            yield from family()


def _queues() -> Iterable[Any]:
    now = timezone.now()
    waiting = GaugeMetricFamily("socialcare_waiting", "Interactions that wait in a queue.", labels=["queue"])
    oldest = GaugeMetricFamily("socialcare_oldest_waiting_seconds", "How long the first has waited.", labels=["queue"])
    rows = Interaction.objects.waiting().values("queue").annotate(count=Count("pk"), since=Min("queued_at")).order_by()
    found = {row["queue"]: row for row in rows}
    for pk, name in Queue.objects.values_list("pk", "name"):
        row = found.get(pk)
        waiting.add_metric([name], row["count"] if row else 0)
        oldest.add_metric([name], (now - row["since"]).total_seconds() if row else 0)
    return waiting, oldest


def _offers() -> Iterable[Any]:
    """How long what was offered in the last minutes had waited before it was: gauges, as the window moves on."""
    recent = Offer.objects.filter(made_at__gte=timezone.now() - RECENT).annotate(
        waited=F("made_at") - F("interaction__queued_at")
    )
    waits = sorted(waited.total_seconds() for waited in recent.values_list("waited", flat=True))
    family = GaugeMetricFamily(
        "socialcare_offered_after_seconds", "Wait before an offer, of the last 5 minutes.", labels=["quantile"]
    )
    for quantile in QUANTILES if waits else ():
        family.add_metric([str(quantile)], waits[max(0, math.ceil(quantile * len(waits)) - 1)])
    return (family,)


def _agents() -> Iterable[Any]:
    agents = GaugeMetricFamily("socialcare_agents", "Agents who are there, by routing status.", labels=["status"])
    for status, count in _counted(AgentStatus.objects.present(), "routing_status"):
        agents.add_metric([status], count)
    return (agents,)


def _outbox() -> Iterable[Any]:
    pending = GaugeMetricFamily("socialcare_outbox", "Messages on their way out, by state.", labels=["state"])
    rows = Delivery.objects.filter(state__in=PENDING)
    ages = GaugeMetricFamily("socialcare_outbox_age_seconds", "Age of the oldest of them, by state.", labels=["state"])
    counted = rows.values_list("state").annotate(count=Count("pk"), since=Min("created_at")).order_by()
    for state, count, since in counted:
        pending.add_metric([state], count)
        ages.add_metric([state], (timezone.now() - since).total_seconds())
    return pending, ages


def _failures() -> Iterable[Any]:
    failed = GaugeMetricFamily(
        "socialcare_failures",
        "Messages that failed in the last 5 minutes, by class and reason.",
        labels=["class", "reason"],
    )
    rows = Delivery.objects.filter(created_at__gte=timezone.now() - timedelta(days=1)).filter(
        finished_at__gte=timezone.now() - RECENT, state__in=("failed", "uncertain")
    )
    counted = rows.values_list("failure", "reason").annotate(count=Count("pk")).order_by()
    for failure, reason, count in counted:
        failed.add_metric([failure, reason], count)
    return (failed,)


def _inbound() -> Iterable[Any]:
    payloads = GaugeMetricFamily("socialcare_payloads", "What came in and is not processed.", labels=["state"])
    counted = InboundPayload.objects.aggregate(
        stored=Count("pk", filter=Q(state=PayloadState.STORED)),
        quarantined=Count("pk", filter=Q(state=PayloadState.QUARANTINED)),
    )
    for state, count in counted.items():
        payloads.add_metric([state], count)
    return (payloads,)


def _sockets() -> Iterable[Any]:
    family = GaugeMetricFamily("socialcare_sockets", "Sockets that the answering process serves.")
    family.add_metric([], open_sockets())
    return (family,)


def _counted(rows: Any, field: str) -> Iterable[tuple[str, int]]:
    counted: Iterable[tuple[str, int]] = rows.values_list(field).annotate(count=Count("pk")).order_by()
    return counted
