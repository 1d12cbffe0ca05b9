"""The REST API, version 2: the paths of the reference product."""

from itertools import chain

from django.urls import path

from . import conversations, notifications, open_messages, schema_views, users
from .errors import no_such_page

AREAS = (schema_views, users, open_messages, conversations, notifications)

app_name = "api"
urlpatterns = [
    *chain.from_iterable(area.urlpatterns for area in AREAS),
    path("", no_such_page),
    path("<path:anything>", no_such_page),
]
