"""In which order canned responses are found."""

import pytest

from interactions.canned import search
from interactions.models import CannedLibrary, CannedResponse, Inbox, Interaction
from tests.factories import InteractionFactory, MessageFactory


@pytest.fixture
def interaction(inbox: Inbox) -> Interaction:
    """With a library in French and one in English, the French one first by its name."""
    for name, language, title in (("Accueil", "fr", "Bonjour"), ("Greetings", "en", "Hello")):
        library = CannedLibrary.objects.create(name=name)
        CannedResponse.objects.create(library=library, name=title, language=language, text=title)
    interaction: Interaction = InteractionFactory(inbox=inbox)
    return interaction


def test_the_agents_language_comes_first_where_the_customers_is_not_known(interaction: Interaction) -> None:
    assert [response.name for response in search(interaction, language="en")] == ["Hello", "Bonjour"]


def test_the_language_in_which_the_customer_wrote_comes_first(interaction: Interaction) -> None:
    MessageFactory(interaction=interaction, language="fr-CA")
    assert [response.name for response in search(interaction, language="en")] == ["Bonjour", "Hello"]
