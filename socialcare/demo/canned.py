"""Canned responses in English and French."""

from interactions.models import CannedLibrary, CannedResponse
from socialcare.demo.house import House

LIBRARIES = {
    ("Everyday", "en"): (
        ("Hello", "hello", "Hello {{CUSTOMER_NAME}}, this is {{AGENT_NAME}}. How can I help you?"),
        (
            "Looking into it",
            "looking",
            "Thank you, {{CUSTOMER_NAME}}. I am looking into it and will be back in a moment.",
        ),
        (
            "Please write privately",
            "private",
            "Sorry about that, {{CUSTOMER_NAME}}. I have sent you a private message.",
        ),
        ("Goodbye", "bye", "You are welcome, {{CUSTOMER_NAME}}. Have a good day! {{AGENT_NAME}}"),
    ),
    ("Parcels", "en"): (
        ("Order number", "order", "Could you send me your order number, please? It starts with AC."),
        ("Parcel delayed", "delayed", "Your parcel is late, and I am sorry. The carrier promises it for tomorrow."),
        ("Replacement", "replace", "A replacement leaves our warehouse today. You need not send anything back."),
        ("Refund", "refund", "I have refunded the whole amount. It will be on your account within three days."),
    ),
    ("Au quotidien", "fr"): (
        ("Bonjour", "bonjour", "Bonjour {{CUSTOMER_NAME}}, ici {{AGENT_NAME}}. Comment puis-je vous aider ?"),
        ("Je vérifie", "verifie", "Merci {{CUSTOMER_NAME}}. Je vérifie et je reviens vers vous dans un instant."),
        ("Écrivez-nous en privé", "prive", "Toutes nos excuses, {{CUSTOMER_NAME}}. Je vous ai écrit en message privé."),
        ("Au revoir", "aurevoir", "Avec plaisir, {{CUSTOMER_NAME}}. Bonne journée ! {{AGENT_NAME}}"),
    ),
    ("Colis", "fr"): (
        ("Numéro de commande", "commande", "Pouvez-vous m'indiquer votre numéro de commande ? Il commence par AC."),
        (
            "Colis en retard",
            "retard",
            "Votre colis a du retard, j'en suis désolé. Le transporteur l'annonce pour demain.",
        ),
        ("Remboursement", "rembourse", "Je vous ai remboursé la totalité. Le virement arrive sous trois jours."),
    ),
}


def make(house: House) -> None:
    """The libraries, for all queues."""
    for (name, language), responses in LIBRARIES.items():
        library = CannedLibrary.objects.create(name=name)
        CannedResponse.objects.bulk_create(
            CannedResponse(library=library, name=title, shortcut=shortcut, language=language, text=text)
            for title, shortcut, text in responses
        )
