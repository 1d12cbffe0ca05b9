"""What a brand does through the API: publish a post, write to a customer. Once for each key, if keys are remembered."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from . import telling
from .models import Arrival, Brand, Network, Persona, Picture, Post, Weather
from .wording import clean, is_too_long


class Refused(Exception):
    """The API's answer is an error: status, code, words, and when to come back."""

    def __init__(self, status: int, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after


@dataclass(frozen=True)
class Wish:
    """What a brand wants published: in public, perhaps as an answer, or to one customer in private."""

    text: str
    to: str = ""
    reply_to: str = ""
    media: str = ""

    @classmethod
    def read(cls, data: Any) -> "Wish":
        """From the body of a request. Raises Refused."""
        known = data if isinstance(data, dict) else {"text": None}
        given = [known.get(name, "") for name in ("text", "to", "reply_to", "media")]
        if not all(isinstance(value, str) for value in given):
            raise Refused(400, "malformed", "The body is not what the documentation says.")
        return cls(*(clean(str(value)) for value in given))


def arrived(brand: Brand, key: str, wish: Wish, weather: str) -> None:
    """Count a request, whatever becomes of it."""
    if not key:
        return
    Arrival.objects.get_or_create(brand=brand, key=key)
    Arrival.objects.filter(brand=brand, key=key).update(
        received=F("received") + 1, outcome=weather, at=timezone.now(), text=wish.text[:120]
    )
    Network.changed()


@transaction.atomic
def publish(brand: Brand, wish: Wish, *, key: str, private: bool) -> tuple[Post, bool]:
    """Publish it, and give back the post and whether it is new. Raises Refused."""
    arrival = None
    if key:
        Arrival.objects.get_or_create(brand=brand, key=key)
        arrival = Arrival.objects.select_for_update().get(brand=brand, key=key)
        if arrival.first and Network.current().remembers_keys:
            return arrival.first, False
    _require_content(wish, private=private)
    post = _message(brand, wish) if private else _post(brand, wish)
    if arrival:
        arrival.published += 1
        arrival.first = arrival.first or post
        arrival.save(update_fields=["published", "first"])
    telling.of_post(post)
    if private:
        telling.of_progress(post, "Delivered" if post.delivered_at else "Pending")
    else:
        telling.of_progress(post, "Published")
    return post, True


def _require_content(wish: Wish, *, private: bool) -> None:
    if not (wish.text.strip() or wish.media):
        raise Refused(422, "empty", "There is neither text nor media.")
    if is_too_long(wish.text, private=private):
        raise Refused(422, "too_long", "The text is too long.")


def _post(brand: Brand, wish: Wish) -> Post:
    answers = None
    if wish.reply_to:
        answers = Post.objects.public().filter(reference=wish.reply_to, removed_at=None).first()
        if not answers:
            raise Refused(404, "post_gone", _("The post that you answer is not there any more."))
    return Post.objects.create(
        brand=brand,
        by_brand=True,
        answers=answers,
        root=(answers.root or answers) if answers else None,
        text=wish.text,
        picture=_picture(wish),
    )


def _message(brand: Brand, wish: Wish) -> Post:
    persona = Persona.objects.filter(handle=wish.to.removeprefix("person:")).first()
    if not persona:
        raise Refused(404, "no_such_person", "There is nobody of this name.")
    if not persona.takes_messages:
        raise Refused(403, "not_wanted", f"{persona.name} does not take private messages.")
    return Post.objects.create(
        brand=brand,
        persona=persona,
        by_brand=True,
        is_private=True,
        text=wish.text,
        picture=_picture(wish),
        delivered_at=timezone.now() if persona.is_online else None,
    )


def _picture(wish: Wish) -> Picture | None:
    if not wish.media:
        return None
    try:
        return Picture.objects.get(pk=wish.media)
    except (Picture.DoesNotExist, ValidationError):
        raise Refused(422, "no_such_media", "There is no such picture.") from None


def refuse_by_weather(network: Network) -> None:
    """Raise Refused where the weather does not let the request through."""
    if network.weather == Weather.ERROR:
        raise Refused(503, "out_of_order", _("The practice network is out of order."))
    if network.weather == Weather.REFUSAL:
        raise Refused(422, "content_refused", network.reason or _("This goes against our community guidelines."))
    if network.weather == Weather.LIMIT:
        raise Refused(429, "too_many_requests", _("The quota of this account is used up."), network.reset_in)
