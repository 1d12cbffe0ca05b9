"""The published schema, and a page to read and try it, served from here."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

# The page's script sets styles on what it draws; no inline script runs.
_page = csp_update({"style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:"]})
OPEN = {"authentication_classes": (), "permission_classes": (), "throttle_classes": ()}

urlpatterns = [
    path("docs/openapi.json", SpectacularJSONAPIView.as_view(**OPEN), name="openapi"),
    path("docs/", _page(SpectacularSwaggerSplitView.as_view(url_name="api:openapi", **OPEN)), name="docs"),
]
