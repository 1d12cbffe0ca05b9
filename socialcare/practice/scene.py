"""The scene before the first act: customers to play, and what the brand has posted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from .models import Brand, Persona, Post
from .playing import make_up

CAST = (
    ("maya", "Maya Lopez", "en", 214),
    ("jonas", "Jonas Weber", "en", 38),
    ("chloe", "Chloé Bernard", "fr", 571),
)
POSTS = (
    (26, "Storm update: parcels to Brittany and Normandy may come a day late. We are on it."),
    (5, "Nos boîtes sont désormais sans plastique 🌱 Dites-nous ce que vous en pensez !"),
)


@dataclass(frozen=True)
class Said:
    """What was said between a customer of the cast and the brand before the first act."""

    reference: str
    customer: str
    by_brand: bool
    is_private: bool
    text: str
    at: datetime


@transaction.atomic
def set_up(brand_handle: str, said: Iterable[Said] = ()) -> None:
    """Fill an empty network, also with what was `said` before; a network that has people stays as it is."""
    if Persona.objects.exists():
        return
    for handle, name, language, followers in CAST:
        make_up(name, handle=handle, language=language, followers=followers)
    brand = Brand.objects.get(handle=brand_handle)
    _remember(brand, said)
    now = timezone.now()
    Post.objects.bulk_create(
        Post(brand=brand, by_brand=True, text=text, at=now - timedelta(hours=hours)) for hours, text in POSTS
    )


def _remember(brand: Brand, said: Iterable[Said]) -> None:
    personas, last = {persona.handle: persona for persona in Persona.objects.all()}, dict[str, Post]()
    for each in said:
        before = None if each.is_private else last.get(each.customer)
        post = Post.objects.create(
            reference=each.reference,
            persona=None if each.by_brand and not each.is_private else personas[each.customer],
            brand=brand if each.by_brand or each.is_private else None,
            by_brand=each.by_brand,
            is_private=each.is_private,
            answers=before,
            root=(before.root or before) if before else None,
            text=each.text,
            at=each.at,
            delivered_at=each.at,
            read_at=each.at,
        )
        post.told.add(brand)
        if not each.is_private:
            last[each.customer] = post
