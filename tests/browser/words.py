"""What the panel says, by language: the button names agreed on letter by letter, all else by the catalogue."""

from collections.abc import Callable

from django.utils import translation
from django.utils.translation import gettext

AGREED = {
    "On queue": "En file d'attente",
    "Off queue": "Hors file d'attente",
    "Answer": "Répondre",
    "Decline": "Refuser",
    "Send": "Envoyer",
    "Send as public": "Envoyer en public",
    "Send as private": "Envoyer en privé",
    "Attach file": "Joindre un fichier",
    "Canned responses": "Réponses prédéfinies",
    "More": "Plus",
    "Resend": "Renvoyer",
    "Copy": "Copier",
    "End messages": "Mettre fin aux messages",
    "I'm back": "Je suis de retour",
}
LOCALES = {"en": "en-GB", "fr": "fr-FR"}
Say = Callable[..., str]


def words(language: str) -> Say:
    """How `language` says a sentence of the product: `say("Private message to %(name)s", name="Léa")`."""

    def say(sentence: str, **values: object) -> str:
        if language == "fr" and sentence in AGREED:
            return AGREED[sentence]
        with translation.override(language):
            said = gettext(sentence)
        return said % values if values else said

    return say
