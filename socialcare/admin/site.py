"""The door of the administration: one way to sign in, and as strict a policy for scripts as its theme allows."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from csp.constants import NONE, SELF, UNSAFE_EVAL
from csp.decorators import csp_update
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

POLICY = {
    # Alpine, with which the theme is made, evaluates the attributes of the page. No inline script runs.
    "script-src": [SELF, UNSAFE_EVAL],
    "font-src": [SELF],
    "frame-src": [NONE],
}


class HouseSite(UnfoldAdminSite):
    """All pages of the administration."""

    index_title = _("Overview")
    enable_nav_sidebar = True

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send strangers to the one page where everybody signs in; others may not come in."""
        if request.user.is_authenticated:
            if self.has_permission(request):
                return HttpResponseRedirect(resolve_url("admin:index"))
            raise PermissionDenied(_("Your account may not enter the administration."))
        back = request.GET.get("next") or request.get_full_path()
        return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}")

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Every page with this policy."""
        found: Callable[..., Any] = csp_update(POLICY)(super().admin_view(view, cacheable))
        return found

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Without the theme's inline colours: they are in our own style sheet, so that no inline style is needed."""
        return {**super().each_context(request), "colors": None}
