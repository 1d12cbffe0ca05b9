"""Files for replies: announced, sent to an address of their own, and then named by a reply."""

import uuid
from typing import Any

from django.conf import settings
from django.http.request import UnreadablePostError
from django.urls import path, reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from delivery.links import link_to
from interactions import finding, taking_part, uploading
from interactions.models import Attachment, Upload, UploadState
from socialcare.errors import NotFound

from .base import ApiView, answer
from .errors import ApiError
from .idempotency import creates
from .naming import naming
from .paging import PageQuery, listing, listing_of
from .wire import Wire, uri

TYPE = "application/octet-stream"


class UploadMediaRequestWire(Wire):
    """The file that is coming; what is said of it is checked on arrival."""

    file_name = serializers.CharField(max_length=255)
    content_length_bytes = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=settings.MAX_ATTACHMENT_BYTES
    )
    content_md5 = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=32)


class MessageMediaUploadDataWire(Wire):
    """Where to PUT the file, and with which headers."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    upload_url = serializers.CharField()
    upload_headers = serializers.DictField(child=serializers.CharField())
    self_uri = serializers.CharField()


class MessageMediaDataWire(Wire):
    """A file of a conversation."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    url = serializers.CharField(required=False)
    media_type = serializers.CharField(required=False)
    content_length_bytes = serializers.IntegerField(required=False)
    status = serializers.ChoiceField(choices=UploadState.values)
    conversation_id = serializers.UUIDField()
    communication_id = serializers.UUIDField(required=False)
    self_uri = serializers.CharField(required=False)


class MediaQuery(PageQuery):
    """Only those of this status."""

    status = serializers.ChoiceField(choices=UploadState.values, required=False)


class Uploads(ApiView):
    """Announcing files."""

    @extend_schema(request=UploadMediaRequestWire, responses=MessageMediaUploadDataWire)
    @creates
    def post(self, request: Request, conversation_id: uuid.UUID, communication_id: uuid.UUID) -> Response:
        """Announce a file: PUT it to `uploadUrl` within 15 minutes, then name it in `mediaIds` of a reply."""
        given = self.given(UploadMediaRequestWire)
        taking_part.at_work(self.user, conversation_id, communication_id)
        with naming(file="contentLengthBytes"):
            upload = uploading.announce(
                self.user,
                conversation_id,
                name=given["file_name"],
                size=given.get("content_length_bytes"),
                md5=given.get("content_md5") or "",
            )
        told = {
            "id": upload.pk,
            "name": upload.name,
            "upload_url": settings.PUBLIC_URL + reverse("api:upload", args=[uploading.address(upload)]),
            "upload_headers": {"Content-Type": TYPE},
            "self_uri": _uri(conversation_id, communication_id, upload.pk),
        }
        return answer(MessageMediaUploadDataWire, told)


class Incoming(ApiView):
    """Where a file is sent to. Whoever holds the address may do it; no token is asked for."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    reads_json = False

    @extend_schema(request={TYPE: OpenApiTypes.BINARY}, responses=MessageMediaDataWire, auth=[])
    def put(self, request: Request, word: str) -> Response:
        """The bytes of the file, once."""
        upload = uploading.addressed(word)
        if _declared(request) > settings.MAX_ATTACHMENT_BYTES:
            raise ApiError(413, f"The file has more than {settings.MAX_ATTACHMENT_BYTES} bytes.")
        try:
            stored = uploading.receive(upload, request._request)  # type: ignore[arg-type]
        except UnreadablePostError as error:
            raise ApiError(400, "The body broke off.") from error
        return answer(MessageMediaDataWire, _of_file(stored))


class Media(ApiView):
    """The files that I have announced."""

    @extend_schema(parameters=[MediaQuery], responses=listing_of(MessageMediaDataWire))
    def get(self, request: Request, conversation_id: uuid.UUID, communication_id: uuid.UUID) -> Response:
        """My files of this conversation, newest first."""
        status = self.asked(MediaQuery).get("status")
        taking_part.own_handling(self.user, conversation_id, communication_id)
        mine = Upload.objects.filter(interaction=conversation_id, agent=self.user).order_by("-good_until")
        rows = [_of_upload(each, communication_id) for each in (mine.filter(state=status) if status else mine)[:500]]
        return listing(request, rows, MessageMediaDataWire)


class OneMedia(ApiView):
    """A file."""

    @extend_schema(responses=MessageMediaDataWire)
    def get(
        self, request: Request, conversation_id: uuid.UUID, communication_id: uuid.UUID, media_id: uuid.UUID
    ) -> Response:
        """How far it has come: `uploading`, `valid` or `invalid`."""
        interaction = finding.find(self.user, conversation_id)
        taking_part.require_part(interaction, communication_id)
        file = interaction.attachments.filter(pk=media_id).first()
        if file and (file.message_id or file.uploaded_by_id == self.user.pk):
            return answer(MessageMediaDataWire, _of_file(file, communication_id))
        upload = interaction.uploads.filter(pk=media_id, agent=self.user).first()
        if not upload:
            raise NotFound
        return answer(MessageMediaDataWire, _of_upload(upload, communication_id))


def _declared(request: Request) -> int:
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isdecimal() else 0


def _of_upload(upload: Upload, communication_id: uuid.UUID) -> dict[str, Any]:
    known = {"content_length_bytes": upload.size} if upload.size else {}
    return {
        "id": upload.pk,
        "name": upload.name,
        "status": upload.state,
        "conversation_id": upload.interaction_id,
        **known,
        **_where(upload.interaction_id, communication_id, upload.pk),
    }


def _of_file(file: Attachment, communication_id: uuid.UUID | None = None) -> dict[str, Any]:
    sent = {"url": link_to(file)} if file.message_id else {}
    return {
        "id": file.pk,
        "name": file.name,
        "media_type": file.content_type,
        "content_length_bytes": file.size,
        "status": UploadState.VALID,
        "conversation_id": file.interaction_id,
        **sent,
        **(_where(file.interaction_id, communication_id, file.pk) if communication_id else {}),
    }


def _where(conversation_id: uuid.UUID, communication_id: uuid.UUID, media_id: uuid.UUID) -> dict[str, Any]:
    return {"communication_id": communication_id, "self_uri": _uri(conversation_id, communication_id, media_id)}


def _uri(conversation_id: uuid.UUID, communication_id: uuid.UUID, media_id: uuid.UUID) -> str:
    conversation = uri("conversations/messages", conversation_id)
    return f"{conversation}/communications/{communication_id}/messages/media/{media_id}"


MEDIA = "conversations/messages/<uuid:conversation_id>/communications/<uuid:communication_id>/messages/media"
urlpatterns = [
    path(f"{MEDIA}/uploads", Uploads.as_view()),
    path(f"{MEDIA}/<uuid:media_id>", OneMedia.as_view()),
    path(MEDIA, Media.as_view()),
    path("uploads/<str:word>", Incoming.as_view(), name="upload"),
]
