"""What brands are told: events, written down as pushes in the transaction in which something happens.

An untidy network tells everything twice, receipts in the wrong order, and brands of what they wrote themselves.
"""

import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from . import pushes
from .models import Brand, Network, Persona, Picture, Post, Push

MENTION = re.compile(r"@([-\w]{1,40})")


def of_post(post: Post) -> None:
    """Tell the brands that a post or message is meant for, and note whom."""
    if post.by_brand:
        if Network.current().untidy and post.brand:
            _tell([post.brand], {"type": "post", "post": described(post)})
        return
    brands = _meant_for(post)
    post.told.set(brands)
    _tell(brands, {"type": "post", "post": described(post)})


def of_edit(post: Post) -> None:
    """Tell those who know the post that its text has changed."""
    assert post.edited_at
    _tell(post.told.all(), {"type": "edit", "id": post.reference, "text": post.text, "at": post.edited_at.isoformat()})


def of_removal(post: Post) -> None:
    """Tell those who know the post that it is gone."""
    assert post.removed_at
    _tell(post.told.all(), {"type": "removal", "id": post.reference, "at": post.removed_at.isoformat()})


def of_progress(post: Post, *kinds: str) -> None:
    """Tell a brand how far a post of its own has come: receipts, in the order in which it happened."""
    assert post.brand
    now = timezone.now().isoformat()
    for kind in reversed(kinds) if Network.current().untidy else kinds:
        _tell([post.brand], {"type": "receipt", "id": post.reference, "kind": kind, "at": now})


def _tell(brands: Iterable[Brand], event: dict[str, Any]) -> None:
    times = 2 if Network.current().untidy else 1
    Push.objects.bulk_create(Push(brand=brand, event=event) for brand in brands for _ in range(times))
    Network.changed()
    transaction.on_commit(pushes.wake)


def _meant_for(post: Post) -> list[Brand]:
    """The brand of the conversation; or those that the post or the start of its thread names, or that write in it."""
    if post.is_private:
        return [post.brand] if post.brand else []
    named = set(MENTION.findall(post.text.lower()))
    writing: set[int] = set()
    if post.root:
        named |= set(MENTION.findall(post.root.text.lower()))
        thread = Post.objects.filter(root=post.root) | Post.objects.filter(pk=post.root.pk)
        writing = set(thread.filter(by_brand=True).values_list("brand", flat=True))
    return [brand for brand in Brand.objects.all() if brand.handle in named or brand.pk in writing]


# ------------------------------------------------------------------ how things are described to the world


def described(post: Post) -> dict[str, Any]:
    """A post as the API and the webhooks write it."""
    return {
        "id": post.reference,
        "visibility": "private" if post.is_private else "public",
        "author": _author(post.author),
        "text": post.text,
        "created_at": post.at.isoformat(),
        "url": "" if post.is_private else address(post),
        "reply_to": post.answers.reference if post.answers else "",
        "thread": post.thread_reference,
        "original": _original(post),
        "media": [_media(post.picture)] if post.picture else [],
        "language": post.persona.language if post.persona and not post.by_brand else "",
    }


def address(post: Post) -> str:
    """Where a browser finds a public post."""
    return f"{settings.PUBLIC_URL}{reverse('practice:page')}#post-{post.reference}"


def _author(who: Persona | Brand) -> dict[str, Any]:
    if isinstance(who, Brand):
        return {"id": f"brand:{who.handle}", "handle": who.handle, "name": who.name, "is_brand": True}
    return {
        "id": f"person:{who.handle}",
        "handle": who.handle,
        "name": who.name,
        "url": f"{settings.PUBLIC_URL}{reverse('practice:page')}?as={who.handle}",
        "followers": who.followers,
        "verified": who.is_verified,
        "is_brand": False,
    }


def _original(post: Post) -> dict[str, Any] | None:
    if post.is_private or not post.root:
        return None
    return {
        "id": post.root.reference,
        "author": post.root.author.name,
        "text": "" if post.root.removed_at else post.root.text,
        "url": address(post.root),
        "created_at": post.root.at.isoformat(),
    }


def _media(picture: Picture) -> dict[str, str]:
    return {"path": f"/media/{picture.pk}", "name": picture.name, "type": picture.content_type, "alt": picture.alt}
