"""The scene before the first act: customers to play, and what the brand has posted."""

from datetime import timedelta

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


@transaction.atomic
def set_up(brand_handle: str) -> None:
    """Fill an empty network; a network that has people stays as it is."""
    if Persona.objects.exists():
        return
    for handle, name, language, followers in CAST:
        make_up(name, handle=handle, language=language, followers=followers)
    brand = Brand.objects.get(handle=brand_handle)
    now = timezone.now()
    Post.objects.bulk_create(
        Post(brand=brand, by_brand=True, text=text, at=now - timedelta(hours=hours)) for hours, text in POSTS
    )
