"""The practice network, listening on loopback, with a brand and two customers."""

import dataclasses
from collections.abc import Iterator

import pytest

from delivery.connectors.base import Account, Author, Outbound, Target, Visibility
from delivery.connectors.practice import PracticeConnector
from socialcare.practice import brands, playing
from socialcare.practice.front import Front
from socialcare.practice.models import Brand, Persona, Post

INBOX = "6b1f7a52-6a0e-4b0c-9a51-0d3c5c2c2f11"


@dataclasses.dataclass
class Stage:
    """What the tests of the network have at hand."""

    front: Front
    brand: Brand
    credentials: brands.Credentials
    maya: Persona
    jonas: Persona

    def connector(self, token: str = "") -> PracticeConnector:
        """The product's side."""
        secrets = {"token": token or self.credentials.token, "signing_secret": self.credentials.signing_secret}
        return PracticeConnector(Account(INBOX, {"base_url": self.front.url}, secrets))

    def private(self, to: Persona | None = None, **changes: object) -> Outbound:
        """A private message."""
        message = Outbound("key-1", Visibility.PRIVATE, self.person(to), "Hello Maya")
        return dataclasses.replace(message, **changes)

    def public(self, answers: Post, **changes: object) -> Outbound:
        """A public answer."""
        target = Target(answers.reference, answers.thread_reference)
        return dataclasses.replace(
            Outbound("key-1", Visibility.PUBLIC, self.person(), "Sorry, Maya!", target=target), **changes
        )

    def person(self, persona: Persona | None = None) -> Author:
        """A customer as the product knows them."""
        return Author(f"person:{(persona or self.maya).handle}")


@pytest.fixture
def stage(transactional_db: None) -> Iterator[Stage]:
    """The network with @acme, Maya and Jonas."""
    credentials = brands.connect("acme", "Acme")
    front = Front()
    maya = playing.make_up("Maya Lopez", followers=214, handle="maya")
    jonas = playing.make_up("Jonas Weber", handle="jonas")
    yield Stage(front, Brand.objects.get(), credentials, maya, jonas)
    front.close()
