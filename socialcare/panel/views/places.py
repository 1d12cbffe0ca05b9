"""Where a plain form lands after it was done."""

import uuid

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def back_to(request: HttpRequest) -> str:
    """The page of the panel from which the form came; never another site's."""
    came_from = request.headers.get("Referer", "")
    inside = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    path = "/" + came_from.split("/", 3)[3] if inside and came_from.count("/") >= 3 else ""
    return path if path.startswith(reverse("panel:home")) else reverse("panel:home")


def thread(interaction_id: uuid.UUID) -> str:
    """The page of an interaction."""
    return reverse("panel:interaction", args=[interaction_id])
