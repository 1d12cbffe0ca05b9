"""How the panel answers an action: one way for plain forms, one for the page's own script."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import RequestDataTooBig
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure
from django.views.defaults import bad_request as default_bad_request

from accounts.models import User
from socialcare.errors import DomainError, Invalid, NotFound

P = ParamSpec("P")


class PanelRequest(HttpRequest):
    """A request of somebody who has signed in."""

    user: User


@dataclass(frozen=True)
class Done:
    """What an action leads to: where a plain form lands, and what the script is told."""

    to: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    message: str = ""


def wants_json(request: HttpRequest) -> bool:
    """Whether the page's script asks, and not a plain form."""
    return "HX-Request" in request.headers or "application/json" in request.headers.get("Accept", "")


def action(view: Callable[Concatenate[PanelRequest, P], Done]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A view that does one thing: POST only, signed in only, every refusal in words and with the right status."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.is_authenticated:
            return _signed_out(request)
        try:
            done = view(request, *args, **kwargs)  # type: ignore[arg-type]
        except DomainError as error:
            return refused(request, error)
        except Http404:
            return refused(request, NotFound())
        if wants_json(request):
            return JsonResponse({"ok": True, "message": done.message, **done.data})
        if done.message:
            messages.success(request, done.message)
        return HttpResponseRedirect(done.to or reverse("panel:home"))

    return answered


def asked(
    view: Callable[Concatenate[PanelRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A view that shows something: GET only, signed in only, refusals in words and with the right status."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not request.user.is_authenticated:
            return _signed_out(request)
        try:
            response = view(request, *args, **kwargs)  # type: ignore[arg-type]
        except DomainError as error:
            response = refused(request, error)
        except Http404:
            response = refused(request, NotFound())
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return answered


def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Say what cannot be done: to the script as JSON, to a plain form as a page."""
    if wants_json(request):
        said = {"code": error.code, "message": str(error), "field": error.field}
        return JsonResponse(
            {"error": said, "params": error.params}, status=error.status, json_dumps_params={"default": str}
        )
    return render(request, "panel/refused.html", {"error": error}, status=error.status)


def cleaned(form: BaseForm) -> dict[str, Any]:
    """The form's values. Raises Invalid with the first thing that is wrong with it."""
    if form.is_valid():
        return form.cleaned_data
    name, errors = next(iter(form.errors.items()))
    raise Invalid(errors[0], field="" if name == "__all__" else name)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page is older than the present sign-in: said in words, also to the script."""
    if not wants_json(request):
        return csrf_failure(request, reason)
    said = {
        "code": "page.old",
        "message": _("This page has become too old. Reload it; your draft is kept."),
        "field": "",
    }
    return JsonResponse({"error": said}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that is not even looked at, most often because it is too large: said in words, also to the script."""
    if not wants_json(request):
        return default_bad_request(request, exception)
    too_large = isinstance(exception, RequestDataTooBig)
    message = _("This is too much at once; shorten it.") if too_large else _("This request is not understood.")
    said = {"code": "too.large" if too_large else "bad.request", "message": message, "field": ""}
    return JsonResponse({"error": said}, status=413 if too_large else 400)


def _signed_out(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        said = {
            "code": "signed-out",
            "message": _("You are signed out. Sign in again; your draft is kept."),
            "field": "",
        }
        return JsonResponse({"error": said}, status=401)
    return redirect_to_login(request.get_full_path() if request.method == "GET" else reverse("panel:home"))
