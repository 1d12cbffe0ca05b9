"""Bluesky: mentions, replies and quotes in, public replies out, direct messages both ways."""

import logging
import time
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from delivery.connectors import http
from delivery.connectors.base import (
    Account,
    Author,
    Connector,
    Failure,
    Inbound,
    Outbound,
    SendError,
    Sent,
    Setting,
    Visibility,
)
from delivery.connectors.bluesky import chat, notifications, own, posts, removals
from delivery.connectors.bluesky.xrpc import Xrpc

log = logging.getLogger(__name__)
CHAT_PAUSE: Final = 60
"""Seconds until direct messages are asked for again after the chat service has refused."""


class BlueskyConnector(Connector):
    """One account on the Bluesky network."""

    kind = "bluesky"
    label = "Bluesky"
    platform = "bluesky"
    polls = True
    settings = (
        Setting("handle", _("Handle"), _("The account's name without @, such as brand.example.")),
        Setting(
            "app_password",
            _("App password"),
            _("Made on Bluesky under Settings, Privacy and security, App passwords; allow access to direct messages."),
            secret=True,
        ),
        Setting(
            "service",
            _("Server"),
            _("Where the account lives; leave as it is unless you run a server of your own."),
            default="https://bsky.social",
        ),
        Setting(
            "chat_did",
            _("Chat service"),
            _("The identifier of the service that carries direct messages; leave as it is."),
            required=False,
            default="did:web:api.bsky.chat",
        ),
    )

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        given = {setting.name: account.settings.get(setting.name) or setting.default for setting in self.settings}
        password = account.secrets.get("app_password", "")
        handle = str(given["handle"]).strip().removeprefix("@")
        self.api = Xrpc(str(given["service"]), handle, password, str(given["chat_did"]))

    def idempotent_for(self, visibility: Visibility) -> bool:
        """Posts are put under the delivery's own record key; the chat service knows nothing of the kind."""
        return visibility == Visibility.PUBLIC

    def send(self, message: Outbound) -> Sent:
        """Reply in public to the selected post, or write a direct message. Raises SendError."""
        if message.visibility == Visibility.PUBLIC:
            return posts.reply(self.api, message)
        return chat.send(self.api, message)

    def poll(self, position: Mapping[str, Any]) -> tuple[list[Inbound], dict[str, Any]]:
        """New posts and messages, removals, and what became of our posts. Raises SendError.

        Without its chat service an account still has its public side: that one's failure is only logged.
        """
        found, place = notifications.new_posts(self.api, position.get("posts", {}))
        new = [post.external_id for post in found]
        gone, watched = removals.removals(self.api, position.get("watched", ()), new)
        news, told = own.receipts(self.api, position.get("own", {}))
        messages, talk = self._messages(position.get("chat", {}))
        after = {"posts": place, "watched": watched, "own": told, "chat": talk}
        return [*found, *gone, *news, *messages], after

    def _messages(self, place: Mapping[str, Any]) -> tuple[list[Inbound], dict[str, Any]]:
        if place.get("closed_until", 0) > time.time():
            return [], dict(place)
        try:
            return chat.new_messages(self.api, place)
        except SendError as error:
            log.warning("Direct messages of %s cannot be read: %s", self.api.identifier, error)
            return [], {**place, "closed_until": int(time.time() + CHAT_PAUSE)}

    def fetch(self, url: str) -> bytes:
        """A picture, from the address that the AppView gives. Raises SendError."""
        return http.fetch(url, allow_private=settings.ALLOW_PRIVATE_WEBHOOKS)

    def check(self) -> str:
        """Sign in, read one notification, and see whether direct messages are allowed. Raises SendError."""
        session = self.api.session
        if session.status:
            raise SendError(Failure.ACCOUNT, "MessageNotAllowed", f"The account is {session.status}.")
        self.api.get("app.bsky.notification.listNotifications", limit=1)
        try:
            self.api.get("chat.bsky.convo.listConvos", chat=True, limit=1)
        except SendError as error:
            words = _("Signed in as @%(handle)s, but without direct messages: %(error)s")
            return words % {"handle": session.handle, "error": error.detail}
        return _("Signed in as @%(handle)s") % {"handle": session.handle}

    def own_account(self) -> Author:
        """The account that is signed in. Raises SendError."""
        session = self.api.session
        return Author(external_id=session.did, handle=f"@{session.handle}")
