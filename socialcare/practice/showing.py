"""What the page shows: its parts, for the customer who is being played."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from .models import LONGEST_MESSAGE, LONGEST_POST, Arrival, Brand, Network, Persona, Post, Push, Weather

PARTS = ("people", "timeline", "conversation", "sky", "received")
THREADS, MESSAGES, ARRIVALS = 40, 100, 12
FORECAST = {
    Weather.FAIR: (_("Everything that brands send is published."), "i-sun"),
    Weather.ERROR: (_("The network answers that it is out of order (503)."), "i-storm"),
    Weather.REFUSAL: (_("The network rejects what brands send, with a reason (422)."), "i-stop"),
    Weather.LIMIT: (_("The quota is used up until the reset time (429)."), "i-gauge"),
    Weather.SLOW: (_("Answers take four seconds."), "i-clock"),
    Weather.UNREACHABLE: (_("Nobody answers the door: connections are refused."), "i-offline"),
    Weather.LOST: (_("It is published, but the line breaks before the answer."), "i-cut"),
}


@dataclass(frozen=True)
class Kind:
    """One sort of weather, as a button shows it."""

    value: str
    label: str
    says: Any
    icon: str


def seat(request: HttpRequest) -> Persona | None:
    """The customer who is being played: as asked for, or the first there is."""
    people = Persona.objects.all()
    wanted = request.POST.get("as") or request.GET.get("as") or ""
    return people.filter(handle=wanted).first() or people.first()


def everything(me: Persona | None) -> dict[str, Any]:
    """What the templates of all parts need."""
    network = Network.current()
    return {
        "me": me,
        "network": network,
        "people": _people(),
        "threads": _threads(),
        "messages_of_me": _conversation(me),
        "brands": list(Brand.objects.order_by("name")),
        "weather": Weather(network.weather),
        "kinds": [Kind(kind.value, str(kind.label), *FORECAST[kind]) for kind in Weather],
        "says": FORECAST[Weather(network.weather)][0],
        "icon": FORECAST[Weather(network.weather)][1],
        "arrivals": Arrival.objects.select_related("first")[:ARRIVALS],
        "owed": Push.objects.filter(is_done=False, tries__gt=0).count(),
        "longest": {"public": LONGEST_POST, "private": LONGEST_MESSAGE},
    }


def parts(request: HttpRequest, context: dict[str, Any]) -> dict[str, str]:
    """The parts of the page, rendered."""
    return {name: render_to_string(f"practice/parts/{name}.html", context, request) for name in PARTS}


def _people() -> list[Persona]:
    unread = Q(posts__is_private=True, posts__by_brand=True, posts__read_at=None, posts__removed_at=None)
    return list(Persona.objects.annotate(unread=Count("posts", filter=unread)).order_by("is_scripted", "name"))


def _threads() -> list[tuple[Post, list[Post]]]:
    related = ("persona", "brand", "picture", "answers")
    newest_first = Post.objects.public().filter(root=None).annotate(latest=Coalesce(Max("thread__id"), "id"))
    roots = list(newest_first.select_related(*related).order_by("-latest")[:THREADS])
    replies: dict[int, list[Post]] = {root.pk: [] for root in roots}
    for reply in Post.objects.public().filter(root__in=roots).select_related(*related):
        replies[reply.root_id or 0].append(reply)
    return [(root, replies[root.pk]) for root in roots]


def _conversation(me: Persona | None) -> list[Post]:
    if not me:
        return []
    newest = Post.objects.between(me).select_related("persona", "brand", "picture").order_by("-id")[:MESSAGES]
    return list(reversed(newest))
