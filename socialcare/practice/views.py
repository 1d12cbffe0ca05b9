"""The page: whoever can reach it may play the customer and make the weather. That is what it is for."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from socialcare.errors import DomainError, Invalid

from . import brands, playing, showing, weather
from .models import Brand, Network, Persona, Picture, Post, Weather

Action = Callable[..., Persona | None]
CHANGES: dict[str, Callable[[Persona], None]] = {
    "online": playing.come_online,
    "offline": playing.go_offline,
    "read": playing.read,
    "take-messages": lambda persona: playing.take_messages(persona, take=True),
    "refuse-messages": lambda persona: playing.take_messages(persona, take=False),
}


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The whole network on one page, seen by one customer."""
    context = showing.everything(showing.seat(request))
    context |= {
        "parts": showing.parts(request, context),
        "answered": Post.objects.public().filter(reference=request.GET.get("reply", "")).first(),
        "edited": Post.objects.filter(reference=request.GET.get("edit", ""), by_brand=False).first(),
    }
    return render(request, "practice/page.html", context)


@never_cache
@require_GET
def state(request: HttpRequest) -> HttpResponse:
    """The parts, if anything has changed since the revision that the page shows; else 204."""
    network = Network.current()
    here = f"{network.revision}-{network.weather}"
    if request.GET.get("revision") == here:
        return HttpResponse(status=204)
    return JsonResponse({"revision": here, "parts": showing.parts(request, showing.everything(showing.seat(request)))})


def action(view: Action) -> Callable[..., HttpResponseBase]:
    """Let a view act, and answer JSON to the page's script and a redirect to a form without one."""

    @wraps(view)
    def act(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        quiet = request.headers.get("Accept") == "application/json"
        me = showing.seat(request)
        try:
            me = view(request, **kwargs) or me
        except DomainError as error:
            if quiet:
                return JsonResponse({"error": {"message": str(error), "field": error.field}}, status=error.status)
            messages.error(request, str(error))
        if quiet:
            return JsonResponse({"ok": True, "as": me.handle if me else ""})
        return redirect(f"{reverse('practice:page')}?as={me.handle}" if me else "practice:page")

    return require_POST(act)


@action
def write(request: HttpRequest) -> Persona | None:
    """Post, answer, or write in private to a brand."""
    me = showing.seat(request)
    if not me:
        raise Invalid(_("Make up a customer first."))
    to, answers = request.POST.get("to", ""), request.POST.get("answers", "")
    playing.write(
        me,
        request.POST.get("text", ""),
        private_to=get_object_or_404(Brand, handle=to) if to else None,
        answers=get_object_or_404(Post.objects.public(), reference=answers) if answers else None,
        picture=request.FILES.get("picture"),
    )
    return me


@action
def edit(request: HttpRequest, reference: str) -> Persona | None:
    """Change a customer's post."""
    post = get_object_or_404(Post, reference=reference)
    playing.edit(post, request.POST.get("text", ""))
    return post.persona


@action
def remove(request: HttpRequest, reference: str) -> Persona | None:
    """Delete a customer's post, or take a brand's post down."""
    playing.remove(get_object_or_404(Post, reference=reference))
    return None


@action
def make_up(request: HttpRequest) -> Persona | None:
    """A new customer."""
    followers = request.POST.get("followers", "")
    return playing.make_up(
        request.POST.get("name", ""),
        language="fr" if request.POST.get("language") == "fr" else "en",
        followers=int(followers) if followers.isascii() and followers.isdigit() else 0,
    )


@action
def change_person(request: HttpRequest, handle: str, change: str) -> Persona | None:
    """Go, come back, read, want private messages or not."""
    persona = get_object_or_404(Persona, handle=handle)
    if change not in CHANGES:
        raise Invalid(_("There is no such change."))
    CHANGES[change](persona)
    return persona


@action
def set_weather(request: HttpRequest) -> Persona | None:
    """Set the weather, and how long it lasts."""
    kind, lasts = request.POST.get("weather", ""), request.POST.get("lasts", "")
    if kind not in Weather.values:
        raise Invalid(_("There is no such weather."), field="weather")
    number, unit = lasts[:-1], lasts[-1:]
    amount = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else None
    weather.change(
        kind,
        reason=request.POST.get("reason", "")[:200],
        seconds=amount if unit == "s" else None,
        requests=amount if unit == "r" else None,
    )
    return None


@action
def set_habits(request: HttpRequest) -> Persona | None:
    """Whether the network remembers keys, and whether it is tidy."""
    weather.habits(remembers_keys="remembers_keys" in request.POST, untidy="untidy" in request.POST)
    return None


@never_cache
def connect_brand(request: HttpRequest) -> HttpResponse:
    """The brands, and a form to connect one; its token and secret are shown this once."""
    credentials, handle = None, request.POST.get("handle", "").strip().lower()
    if request.method == "POST":
        try:
            credentials = brands.introduce(handle, request.POST.get("name", ""))
        except DomainError as error:
            messages.error(request, str(error))
    context = {"brands": Brand.objects.order_by("name"), "credentials": credentials, "handle": handle}
    return render(request, "practice/brands.html", context)


@require_safe
def picture(request: HttpRequest, pk: str) -> HttpResponseBase:
    """A picture, as what it was found to be."""
    found = get_object_or_404(Picture, pk=pk)
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=86400"}
    return FileResponse(found.file.open("rb"), content_type=found.content_type, headers=headers)
