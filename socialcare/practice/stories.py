"""What the scripted customers have on their minds: short stories, in English and in French.

`{brand}` stands for the brand's handle. A line that `waits` is said after the brand has answered.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One thing said, in public unless `private`."""

    text: str
    private: bool = False
    waits: bool = True


@dataclass(frozen=True)
class Story:
    """A customer and what they say. `away` is for how many seconds they go offline after their first line."""

    name: str
    language: str
    followers: int
    lines: tuple[Line, ...]
    away: float = 0


def says(text: str, *, at_once: bool = False) -> Line:
    """A public line."""
    return Line(text, waits=not at_once)


def writes(text: str, *, at_once: bool = False) -> Line:
    """A private line."""
    return Line(text, private=True, waits=not at_once)


STORIES = (
    Story(
        "Priya Nair",
        "en",
        1204,
        (
            says("@{brand} my parcel has been “out for delivery” for three days now. Is anybody there?"),
            writes("Thanks for coming back to me. The order is AC-31877, the driver never rang."),
            says("Update: @{brand} found my parcel within the hour. Credit where it is due 👏"),
        ),
    ),
    Story(
        "Camille Roux",
        "fr",
        342,
        (
            says("@{brand} le code de la consigne ne marche pas, je suis devant avec les enfants… 😩"),
            writes("C'est la consigne de la gare de Rennes, commande AC-40112."),
            writes("Ça y est, elle s'est ouverte. Merci beaucoup !"),
        ),
    ),
    Story(
        "Tomás Ortega",
        "en",
        88,
        (
            writes("Hi, I was charged twice for AC-29954. Can you check, please?"),
            writes("Yes, the card ending in 4471. Both on the 19th."),
            writes("Perfect, thank you for sorting it out so quickly."),
        ),
    ),
    Story(
        "Inès Benali",
        "fr",
        5630,
        (
            says("Deuxième mixeur @{brand} qui arrive avec le couvercle cassé. On fait comment ?"),
            writes("Voilà : commande AC-30218. Je préfère un échange plutôt qu'un remboursement."),
        ),
    ),
    Story(
        "Oliver Grant",
        "en",
        41,
        (
            says("@{brand} is the steel kettle coming back in stock before Christmas?"),
            says("Great, I will set a reminder. Thanks!"),
        ),
    ),
    Story(
        "Hugo Lefèvre",
        "fr",
        17,
        (
            writes("Bonjour, je déménage samedi. Peut-on livrer AC-41005 à ma nouvelle adresse ?"),
            writes("8 rue des Lilas, 44000 Nantes. L'étage n'a pas changé 🙂"),
        ),
        away=45,
    ),
    Story(
        "Aisha Khan",
        "en",
        2890,
        (
            says("Honestly impressed by how little plastic @{brand} uses now. More of this, please 🌱"),
            says("And the box made a fine castle for the cat."),
        ),
    ),
    Story(
        "Margaux Petit",
        "fr",
        764,
        (
            says("@{brand} trois semaines pour un remboursement, sérieusement ?"),
            says("Et toujours aucun mail. Je commence à perdre patience.", at_once=True),
            writes("AC-28850. Le retour est arrivé chez vous le 2, j'ai la preuve de dépôt."),
        ),
    ),
    Story(
        "Ben Whitaker",
        "en",
        156,
        (
            writes("The app says delivered, my neighbours say no. AC-32261."),
            writes("There was no card in the letter box either.", at_once=True),
            writes("Found it! Behind the bins, dry and safe. Sorry for the trouble."),
        ),
    ),
    Story(
        "Yasmine Haddad",
        "fr",
        93,
        (
            says("@{brand} votre site plante au moment de payer, panier perdu deux fois 😤"),
            says("Avec Firefox, oui. Je réessaie tout de suite."),
            says("Cette fois c'est passé, merci @{brand} !"),
        ),
    ),
    Story(
        "Grace O’Neill",
        "en",
        612,
        (
            says("@{brand} your invoice PDF shows somebody else’s address on page 2. That should not happen."),
            writes("Invoice 2026-11-0932. I have blacked out the name and can send you a screenshot."),
        ),
    ),
    Story(
        "Émile Garnier",
        "fr",
        28,
        (
            writes("Bonjour, la notice de la cafetière n'existe qu'en anglais. En avez-vous une en français ?"),
            writes("Parfait, je l'ai bien reçue. Bonne journée à vous."),
        ),
    ),
)
