"""What is only looked at: the page, its parts, earlier messages, canned responses."""

import json
import uuid

from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import gettext as _

from interactions.canned import fill_in, search
from interactions.finding import find
from socialcare.errors import Invalid, NotFound
from socialcare.panel.answers import PanelRequest, asked, wants_json
from socialcare.panel.parts import render_screen
from socialcare.panel.screen import compose, thread, words
from socialcare.panel.screen.conversation import Place, page
from socialcare.panel.screen.screen import Screen


@asked
def home(request: PanelRequest) -> HttpResponse:
    """The panel, with no interaction open."""
    return _page(request, Screen(request.user))


@asked
def interaction(request: PanelRequest, interaction_id: uuid.UUID) -> HttpResponse:
    """The panel, with an interaction open."""
    screen = Screen(request.user, interaction_id)
    if screen.interaction is None:
        raise NotFound
    return _page(request, screen)


@asked
def parts(request: PanelRequest) -> HttpResponse:
    """What the socket would have sent on connecting: the fallback poll."""
    frame = render_screen(Screen(request.user, _interaction_id(request)))
    return JsonResponse(frame.as_json())


@asked
def earlier(request: PanelRequest, interaction_id: uuid.UUID) -> HttpResponse:
    """The page of a thread that comes before a place in it, as list items; alone, as a page of its own."""
    screen = Screen(request.user, interaction_id)
    row = screen.interaction
    if row is None:
        raise NotFound
    before = Place.parse(request.GET.get("before", ""))
    shown = thread.shown(page(request.user, row, before), row, **thread.may(screen))
    template = "panel/bits/entries.html" if _fragment(request) else "panel/earlier.html"
    context = {"interaction": row, "customer": words.customer_name(row.customer), "csrf": get_token(request), **shown}
    return render(request, template, context)


@asked
def canned(request: PanelRequest, interaction_id: uuid.UUID) -> HttpResponse:
    """Canned responses that fit a search, with the names filled in: as list items, or as JSON."""
    row = find(request.user, interaction_id)
    query = request.GET.get("q", "")[:100]
    found = [
        {
            "id": str(response.pk),
            "title": response.name,
            "shortcut": response.shortcut,
            "library": response.library.name,
            "text": fill_in(response.text, interaction=row, agent=request.user),
        }
        for response in search(row, query, language=request.user.language)
    ]
    if wants_json(request):
        return JsonResponse({"responses": found})
    return render(request, "panel/canned_results.html", {"responses": found, "query": query})


def _page(request: PanelRequest, screen: Screen) -> HttpResponse:
    frame = render_screen(screen, csrf=get_token(request))
    row = screen.interaction
    title = words.customer_name(row.customer) if row else ""
    context = {
        "parts": {name.replace("-", "_"): html for name, html in frame.html.items()},
        "compose": _compose(screen),
        "interaction_id": screen.interaction_id,
        "versions": json.dumps(frame.versions),
        "title": " · ".join(filter(None, [title, _("Interactions")])),
        "title_count": frame.title_count,
        "now": frame.now,
    }
    return render(request, "panel/page.html", context)


def _compose(screen: Screen) -> dict[str, object]:
    """The composer's first state; the key is that of one press of Send in a browser without script."""
    state = compose.gather(screen)["state"]
    return {**state, "key": uuid.uuid4()}


def _fragment(request: PanelRequest) -> bool:
    return wants_json(request) or request.headers.get("X-Requested-With") == "fetch"


def _interaction_id(request: PanelRequest) -> uuid.UUID | None:
    given = request.GET.get("interaction", "")
    try:
        return uuid.UUID(given) if given else None
    except ValueError:
        raise Invalid(_("This is not an interaction."), field="interaction") from None
