"""Supported content: which types of files an integration sends.

Three profiles come with the product and cannot be changed. An integration whose types an administrator has chosen by
hand has a profile of its own, known by an id made of these types.
"""

import uuid
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from interactions.models.inbox import PICTURES
from socialcare.errors import Invalid, NotFound

from .base import ApiView, answer
from .configuration import require_view
from .paging import PageQuery, listing, listing_of
from .wire import Wire, uri

FAMILY = uuid.UUID("6f1e1c1e-0000-4000-8000-0000000000cc")
"""Under which the ids of profiles are made from their types."""
PLACE = "conversations/messaging/supportedcontent"
PROFILES = {
    "Pictures": PICTURES,
    "Pictures, video, sound and documents": (
        *PICTURES,
        "image/webp",
        "video/mp4",
        "audio/mpeg",
        "application/pdf",
    ),
    "Text only": (),
}
DEFAULT = "Pictures"


class MediaTypeWire(Wire):
    """A type of file, as in `image/png`; `*/*` is any."""

    type = serializers.CharField()


class MediaTypeAccessWire(Wire):
    """What may come in, and what may go out."""

    inbound = MediaTypeWire(many=True)
    outbound = MediaTypeWire(many=True)


class MediaTypesWire(Wire):
    """What is allowed."""

    allow = MediaTypeAccessWire()


class SupportedContentWire(Wire):
    """A profile."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    media_types = MediaTypesWire()
    self_uri = serializers.CharField()


def profile_out(types: Any) -> dict[str, Any]:
    """The profile of these types, as the API tells of it."""
    known = {frozenset(each): name for name, each in PROFILES.items()}
    pk = profile_id(types)
    allowed = {"inbound": [{"type": "*/*"}], "outbound": [{"type": each} for each in sorted(types)]}
    return {
        "id": pk,
        "name": known.get(frozenset(types), "As chosen in the administration"),
        "version": 1,
        "media_types": {"allow": allowed},
        "self_uri": uri(PLACE, pk),
    }


def profile_id(types: Any) -> uuid.UUID:
    """By which a profile is known."""
    return uuid.uuid5(FAMILY, ",".join(sorted(types)))


def types_of(pk: uuid.UUID, own: Any = ()) -> list[str]:
    """The types of a profile that comes with the product, or of `own`, the types an integration has. Raises Invalid."""
    for types in (*PROFILES.values(), own):
        if profile_id(types) == pk:
            return list(types)
    raise Invalid("No supported content has this id.", field="supportedContent.id")


class Profiles(ApiView):
    """All that come with the product."""

    @extend_schema(parameters=[PageQuery], responses=listing_of(SupportedContentWire))
    def get(self, request: Request) -> Response:
        """The profiles."""
        require_view(self.user, "Messaging", "Integration")
        return listing(request, [profile_out(types) for types in PROFILES.values()], SupportedContentWire)


class DefaultProfile(ApiView):
    """What an integration gets when nothing is said."""

    @extend_schema(responses=SupportedContentWire)
    def get(self, request: Request) -> Response:
        """The profile."""
        require_view(self.user, "Messaging", "Integration")
        return answer(SupportedContentWire, profile_out(PROFILES[DEFAULT]))


class OneProfile(ApiView):
    """One of them."""

    @extend_schema(responses=SupportedContentWire)
    def get(self, request: Request, supported_content_id: uuid.UUID) -> Response:
        """The profile."""
        require_view(self.user, "Messaging", "Integration")
        try:
            return answer(SupportedContentWire, profile_out(types_of(supported_content_id)))
        except Invalid:
            raise NotFound from None


urlpatterns = [
    path(PLACE, Profiles.as_view()),
    path(f"{PLACE}/default", DefaultProfile.as_view()),
    path(f"{PLACE}/<uuid:supported_content_id>", OneProfile.as_view()),
]
