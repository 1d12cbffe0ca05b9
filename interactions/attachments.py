"""Files that agents put into a reply, and that customers send."""

import io
import uuid
from dataclasses import dataclass
from typing import IO

import filetype
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.text import get_valid_filename
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import REPLY_PRIVATE, REPLY_PUBLIC, allowed
from interactions.cleaning import clean
from interactions.drafts import show
from interactions.finding import Id, by_id, find_own
from interactions.models import Attachment, Interaction
from socialcare.errors import Conflict, Invalid, NotFound, NotPermitted

_MANY_PIXELS = 50_000_000
_UNSENT_AT_MOST = 20


@dataclass(frozen=True)
class Kind:
    """What a file is, by its bytes."""

    content_type: str
    extension: str
    width: int | None = None
    height: int | None = None


PLAIN = Kind("application/octet-stream", "bin")


def upload(
    user: User, interaction_id: Id, file: IO[bytes], name: str, alt: str = "", *, pk: uuid.UUID | None = None
) -> Attachment:
    """Take a file into a reply, under the id `pk` if it has one: its type is read from its bytes, never from its name.

    Raises NotFound, NotPermitted, Conflict, and Invalid for one that is empty, too large or of a type that the inbox
    does not send.
    """
    with transaction.atomic():
        interaction = find_own(user, interaction_id)
        require_attaching(user, interaction)
        content = read(file)
        kind = recognise(content)
        if kind.content_type not in interaction.inbox.media_types:
            raise Invalid(_refused(interaction), field="file", code="media.type.not.allowed")
        if interaction.attachments.filter(message__isnull=True).count() >= _UNSENT_AT_MOST:
            raise Conflict(_("Send or remove some of the files first."), code="too.many.files")
        show(user)  # after the interaction, as whoever writes in it does
        return store(interaction, content, kind, name, alt=alt, uploaded_by=user, pk=pk)


def require_attaching(user: User, interaction: Interaction) -> None:
    """Raise NotPermitted where nothing can be sent through the inbox, in public or in private."""
    if not any(allowed(user, right, interaction.inbox) for right in (REPLY_PUBLIC, REPLY_PRIVATE)):
        raise NotPermitted(str(REPLY_PRIVATE))


def discard(user: User, attachment_id: Id) -> None:
    """Take a file out of a reply that has not been sent. Raises NotFound."""
    found = _unsent(user, attachment_id)
    with transaction.atomic():
        show(user)
        found.delete()
    found.file.delete(save=False)


def describe(user: User, attachment_id: Id, alt: str) -> Attachment:
    """Give a picture not yet sent its alternative text. Raises NotFound."""
    found = _unsent(user, attachment_id)
    found.alt = clean(alt).strip()[:2000]
    with transaction.atomic():
        show(user)
        found.save(update_fields=["alt"])
    return found


def store(
    interaction: Interaction,
    content: bytes,
    kind: Kind,
    name: str,
    *,
    alt: str = "",
    uploaded_by: User | None = None,
    pk: uuid.UUID | None = None,
) -> Attachment:
    """Write a file whose kind is known."""
    attachment = Attachment(
        pk=pk or uuid.uuid4(),
        interaction=interaction,
        uploaded_by=uploaded_by,
        name=safe_name(name, kind.extension),
        content_type=kind.content_type,
        size=len(content),
        width=kind.width,
        height=kind.height,
        alt=clean(alt).strip()[:2000],
    )
    # The stored name says nothing: it comes from us, not from outside.
    attachment.file.save(f"{attachment.pk}.{kind.extension}", ContentFile(content), save=False)
    attachment.save()
    return attachment


def read(file: IO[bytes]) -> bytes:
    """The whole file. Raises Invalid for one that is empty or too large."""
    content = file.read(settings.MAX_ATTACHMENT_BYTES + 1)
    if not content:
        raise Invalid(_("This file is empty."), field="file")
    if len(content) > settings.MAX_ATTACHMENT_BYTES:
        raise too_large()
    return content


def too_large() -> Invalid:
    """What is said of a file above the limit."""
    megabytes = settings.MAX_ATTACHMENT_BYTES // (1024 * 1024)
    return Invalid(_("This file is larger than %(limit)s MB.") % {"limit": megabytes}, field="file", code="too.large")


def recognise(content: bytes) -> Kind:
    """What the bytes are. What is not known is plain bytes. Raises Invalid for a picture that cannot be read."""
    guess = filetype.guess(content)
    if guess is None:
        return PLAIN
    if not guess.mime.startswith("image/"):
        return Kind(guess.mime, guess.extension)
    from PIL import Image, UnidentifiedImageError  # not before there is a picture: it is large

    try:
        with Image.open(io.BytesIO(content)) as picture:
            width, height = picture.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise Invalid(_("This picture is damaged and cannot be read."), field="file") from None
    if width * height > _MANY_PIXELS:
        raise Invalid(_("This picture has too many pixels."), field="file")
    return Kind(guess.mime, guess.extension, width, height)


def safe_name(name: str, extension: str) -> str:
    """A name that can be shown and saved: no path, no control or direction characters, the ending of its bytes."""
    base = "".join(c for c in clean(name).replace("\\", "/").rpartition("/")[2] if c.isprintable())
    stem = base.rpartition(".")[0] or base
    try:
        stem = get_valid_filename(stem)
    except Exception:
        stem = "file"
    return f"{stem.strip('.')[:100] or 'file'}.{extension}"


def _unsent(user: User, attachment_id: Id) -> Attachment:
    found = by_id(Attachment.objects.filter(uploaded_by=user, message__isnull=True), attachment_id)
    if not found:
        raise NotFound
    return found


def _refused(interaction: Interaction) -> str:
    names = ", ".join(sorted(kind.partition("/")[2].upper() for kind in interaction.inbox.media_types))
    return _("This type of file is not sent here; these are: %(types)s.") % {"types": names or "–"}
