"""Files that an agent's software sends: announced first, then sent to an address of their own."""

import base64
import hashlib
import io
from datetime import timedelta
from typing import IO

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interactions import attachments
from interactions.cleaning import clean
from interactions.finding import Id, by_id, find_own
from interactions.models import Attachment, Upload, UploadState
from socialcare.errors import Conflict, Invalid, InvalidTransition, NotFound
from socialcare.states import transition

SALT = "upload"
AT_ONCE = 20
KEPT = timedelta(days=1)


def announce(user: User, interaction_id: Id, *, name: str, size: int | None = None, md5: str = "") -> Upload:
    """Say that a file for a reply is coming: `size` in bytes and `md5` (in base64 or hex) are checked on arrival.

    Raises NotFound, NotPermitted, Invalid for one that is too large, and Conflict where too many are under way.
    """
    if size is not None and size > settings.MAX_ATTACHMENT_BYTES:
        raise attachments.too_large()
    with transaction.atomic():
        interaction = find_own(user, interaction_id)
        attachments.require_attaching(user, interaction)
        now, mine = timezone.now(), Upload.objects.filter(agent=user)
        mine.filter(good_until__lt=now - KEPT).delete()
        if mine.filter(state=UploadState.UPLOADING, good_until__gt=now).count() >= AT_ONCE:
            raise Conflict(_("Send or remove some of the files first."), code="too.many.files")
        return Upload.objects.create(
            interaction=interaction, agent=user, name=clean(name)[:255] or "file", size=size, md5=md5
        )


def address(upload: Upload) -> str:
    """The word by which its address names an upload; whoever holds it may send the file."""
    return signing.dumps(str(upload.pk), salt=SALT, compress=False)


def addressed(word: str) -> Upload:
    """The upload that takes a file at this address. Raises NotFound, and Conflict where it has one or is too old."""
    try:
        found = by_id(Upload.objects.select_related("agent", "interaction"), signing.loads(word, salt=SALT))
    except signing.BadSignature:
        raise NotFound from None
    if not found:
        raise NotFound
    if found.state != UploadState.UPLOADING:
        raise _taken()
    if found.good_until < timezone.now():
        raise Conflict(_("This address takes no file any more; ask for another."), code="upload.expired")
    return found


def receive(upload: Upload, file: IO[bytes]) -> Attachment:
    """Take the file. One that cannot be sent makes the upload invalid.

    Raises Invalid, and what the agent may not do any more: NotFound, NotPermitted, Conflict.
    """
    try:
        content = attachments.read(file)
        _check(upload, content)
        with transaction.atomic():
            # Of two that come at once, the second waits here and is refused
            transition(upload, UploadState.VALID)
            return attachments.upload(
                upload.agent, upload.interaction_id, io.BytesIO(content), upload.name, pk=upload.pk
            )
    except InvalidTransition:
        raise _taken() from None
    except Invalid as error:
        Upload.objects.filter(pk=upload.pk, state=UploadState.UPLOADING).update(
            state=UploadState.INVALID, trouble=str(error)[:500]
        )
        raise


def _check(upload: Upload, content: bytes) -> None:
    if upload.size is not None and upload.size != len(content):
        raise Invalid(_("The file has another size than was announced."), field="file", code="wrong.size")
    checksum = hashlib.md5(content, usedforsecurity=False)
    if upload.md5 and upload.md5 not in (checksum.hexdigest(), base64.b64encode(checksum.digest()).decode()):
        raise Invalid(_("The file was changed on its way."), field="file", code="wrong.checksum")


def _taken() -> Conflict:
    return Conflict(_("This address has taken its file."), code="upload.done")
