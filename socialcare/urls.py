"""Every door of the product."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from socialcare.panel.views.sign_in import SignIn, SignOut
from socialcare.watch.health import healthz, readyz
from socialcare.watch.metrics import metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="panel:home")),
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-out/", SignOut.as_view(), name="sign-out"),
    path("language/", set_language, name="set_language"),
    path("admin/", admin.site.urls),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
]
handler400 = "socialcare.refusing.bad_request"

doors = {
    "panel/": "socialcare.panel.urls",
    "api/v2/": "socialcare.api.urls",
    "oauth/": "socialcare.api.oauth",
    "hooks/": "socialcare.api.hooks",
    "files/": "socialcare.api.files",
}
if settings.PRACTICE_NETWORK:
    doors["practice/"] = "socialcare.practice.urls"
urlpatterns += [path(prefix, include(module)) for prefix, module in doors.items()]
