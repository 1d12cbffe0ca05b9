"""Files: into a reply, out of it again, and shown to who may see their interaction."""

import uuid

from django.core.cache import cache
from django.http import FileResponse, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from interactions import attachments
from interactions.models import Attachment
from socialcare.errors import NotFound
from socialcare.panel.answers import Done, PanelRequest, action, asked, cleaned
from socialcare.panel.forms import UploadForm
from socialcare.panel.screen.compose import file_waiting
from socialcare.panel.thumbnails import thumbnail
from socialcare.panel.views.places import thread

SHOWN_INLINE = {"image/jpeg", "image/png", "image/gif", "image/webp"}
SANDBOX = "default-src 'none'; img-src 'self' data:; style-src 'none'; sandbox"
KEPT_FOR = 3600


@action
def uploads(request: PanelRequest, interaction_id: uuid.UUID) -> Done:
    """Put a file into the reply."""
    given = cleaned(UploadForm(request.POST, request.FILES))
    file = given["file"]
    stored = attachments.upload(request.user, interaction_id, file.file, file.name, given["alt"])
    return Done(thread(interaction_id), {"attachment": file_waiting(stored)})


@action
def discard(request: PanelRequest, attachment_id: uuid.UUID) -> Done:
    """Take a file out of the reply."""
    attachments.discard(request.user, attachment_id)
    return Done()


@action
def describe(request: PanelRequest, attachment_id: uuid.UUID) -> Done:
    """Give a picture its alternative text."""
    described = attachments.describe(request.user, attachment_id, request.POST.get("alt", ""))
    return Done(data={"attachment": file_waiting(described)})


@asked
def attachment(request: PanelRequest, attachment_id: uuid.UUID) -> HttpResponse:
    """A file, or its small picture (`?thumb=1`): never run, never guessed at, never kept by others."""
    found: Attachment | None = Attachment.objects.visible_to(request.user).filter(pk=attachment_id).first()
    if found is None or (found.message_id is None and found.uploaded_by_id != request.user.pk):
        raise NotFound
    # It never changes; but whether this person may see it is asked every time.
    etag = f'"{found.pk}{"-small" if "thumb" in request.GET else ""}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = _small(found) if "thumb" in request.GET else _whole(found)
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-cache"
    return response


def _whole(found: Attachment) -> HttpResponse:
    inline = found.content_type in SHOWN_INLINE
    try:
        content = found.file.open("rb")
    except OSError:
        raise NotFound from None
    response = FileResponse(content, content_type=found.content_type if inline else "application/octet-stream")
    response["Content-Length"] = str(found.size)
    disposition = content_disposition_header(not inline, found.name)
    response["Content-Disposition"] = disposition or "attachment"
    return response  # type: ignore[return-value]


def _small(found: Attachment) -> HttpResponse:
    if not found.is_image:
        raise NotFound
    key = f"thumbnail:{found.pk}"
    small: bytes | None = cache.get(key)
    if small is None:
        try:
            with found.file.open("rb") as content:
                small = thumbnail(content.read()) or b""
        except OSError:
            raise NotFound from None
        cache.set(key, small, KEPT_FOR)
    if not small:
        raise NotFound
    return HttpResponse(small, content_type="image/webp", headers={"Content-Disposition": "inline"})
