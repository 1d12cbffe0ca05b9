"""What a customer does: write, answer, edit, delete, go and come back, read. Each tells the brands concerned."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from socialcare.errors import Conflict, Invalid, NotFound

from . import pictures, telling
from .models import Brand, Network, Persona, Post
from .wording import clean, is_too_long

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile


def _clean(text: str, *, private: bool = False, empty_ok: bool = False) -> str:
    text = clean(text)
    if not text and not empty_ok:
        raise Invalid(_("Write something first."), field="text")
    if is_too_long(text, private=private):
        raise Invalid(_("That is too long for this network."), field="text")
    return text


@transaction.atomic
def write(
    persona: Persona,
    text: str,
    *,
    answers: Post | None = None,
    private_to: Brand | None = None,
    picture: "UploadedFile[bytes] | None" = None,
) -> Post:
    """Post in public, answer a public post, or write to a brand in private. Raises Invalid, Conflict."""
    text = _clean(text, private=private_to is not None, empty_ok=picture is not None)
    if answers and (answers.removed_at or answers.is_private):
        raise Conflict(_("This post cannot be answered any more."))
    post = Post.objects.create(
        persona=persona,
        brand=private_to,
        is_private=private_to is not None,
        answers=answers,
        root=(answers.root or answers) if answers else None,
        text=text,
        picture=pictures.keep(picture.read(), picture.name or "") if picture else None,
    )
    telling.of_post(post)
    Network.changed()
    return post


@transaction.atomic
def edit(post: Post, text: str) -> None:
    """Change the text of a customer's post. Raises Invalid, NotFound."""
    _require_customers(post)
    post.text, post.edited_at = _clean(text, private=post.is_private), timezone.now()
    post.save(update_fields=["text", "edited_at"])
    telling.of_edit(post)
    Network.changed()


@transaction.atomic
def remove(post: Post) -> None:
    """Delete a customer's post, or take a brand's post down: the brand gets the receipt *Removed*. Raises NotFound."""
    if post.removed_at:
        raise NotFound
    post.removed_at = timezone.now()
    post.save(update_fields=["removed_at"])
    if post.by_brand:
        telling.of_progress(post, "Removed")
    else:
        telling.of_removal(post)
    Network.changed()


@transaction.atomic
def come_online(persona: Persona) -> None:
    """The customer is back, and gets what has waited."""
    Persona.objects.filter(pk=persona.pk).update(is_online=True)
    for post in Post.objects.between(persona).filter(by_brand=True, delivered_at=None, removed_at=None):
        post.delivered_at = timezone.now()
        post.save(update_fields=["delivered_at"])
        telling.of_progress(post, "Delivered")
    Network.changed()


def go_offline(persona: Persona) -> None:
    """The customer is away: private messages wait."""
    Persona.objects.filter(pk=persona.pk).update(is_online=False)
    Network.changed()


def take_messages(persona: Persona, *, take: bool) -> None:
    """The customer wants private messages of brands, or does not."""
    Persona.objects.filter(pk=persona.pk).update(takes_messages=take)
    Network.changed()


@transaction.atomic
def read(persona: Persona) -> None:
    """The customer has read what brands wrote in private."""
    if not persona.is_online:
        return
    unread = Post.objects.between(persona).filter(by_brand=True, read_at=None, removed_at=None)
    for post in unread.exclude(delivered_at=None):
        post.read_at = timezone.now()
        post.save(update_fields=["read_at"])
        telling.of_progress(post, "Read")


def make_up(
    name: str, *, language: str = "en", followers: int = 0, handle: str = "", scripted: bool = False
) -> Persona:
    """A new customer, with a handle made of the name. Raises Invalid."""
    name = _clean(name)[:80]
    handle = slugify(handle or name)[:30] or "someone"
    number, wanted = 1, handle
    while Persona.objects.filter(handle=handle).exists() or Brand.objects.filter(handle=handle).exists():
        number += 1
        handle = f"{wanted}-{number}"
    Network.changed()
    return Persona.objects.create(
        name=name, handle=handle, language=language, followers=max(followers, 0), is_scripted=scripted
    )


def _require_customers(post: Post) -> None:
    if post.by_brand or post.removed_at:
        raise NotFound
