"""The REST API, version 2: the paths of the reference product."""

from django.urls import path

from . import open_messages
from .errors import no_such_page

INTEGRATION = "conversations/messages/<uuid:integration>/inbound/open"
RULE = "socialmedia/topics/<uuid:topic>/dataingestionrules/open/<uuid:rule>"

app_name = "api"
urlpatterns = [
    path(f"{INTEGRATION}/message", open_messages.message, name="open-message"),
    path(f"{INTEGRATION}/receipt", open_messages.receipt, name="open-receipt"),
    path(f"{INTEGRATION}/event", open_messages.event, name="open-event"),
    path(f"{RULE}/messages/bulk", open_messages.public_messages, name="open-public"),
    path("", no_such_page),
    path("<path:anything>", no_such_page),
]
