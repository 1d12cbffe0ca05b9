"""The practice network: the built-in network for training, demonstrations and tests.

Its API is described in `socialcare/practice/api.py`. To this connector it is a network like any other.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote, urljoin

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import http
from .base import (
    Author,
    BadPayload,
    BadSignature,
    Connector,
    Edit,
    Failure,
    Inbound,
    Media,
    Original,
    Outbound,
    Post,
    Receipt,
    ReceiptKind,
    Removal,
    SendError,
    Sent,
    Setting,
    Visibility,
)

MEANINGS = {
    "content_refused": (Failure.REJECTED, "DataFiltered"),
    "post_gone": (Failure.REJECTED, "UnknownMessage"),
    "no_such_person": (Failure.RECIPIENT, "InvalidDestination"),
    "not_wanted": (Failure.RECIPIENT, "RecipientOptedOut"),
    "too.large": (Failure.REJECTED, "InvalidMediaContentLength"),
    "wrong.type": (Failure.REJECTED, "MediaTypeNotAllowed"),
}
"""What the network's error codes mean, where they say more than the status."""


class PracticeConnector(Connector):
    """Sends through the network's API; hears of posts, messages, edits, deletions and receipts by signed webhooks."""

    kind = "practice"
    label = gettext_lazy("Practice network")
    platform = "practice"
    settings = (
        Setting(
            "base_url",
            gettext_lazy("Address of the network"),
            gettext_lazy("Leave empty for the network built into this installation."),
            required=False,
        ),
        Setting(
            "token", gettext_lazy("Token"), gettext_lazy("The network shows it when you connect a brand."), secret=True
        ),
        Setting(
            "signing_secret",
            gettext_lazy("Signing secret"),
            gettext_lazy("With it the network signs its webhooks."),
            secret=True,
        ),
    )
    here: ClassVar[str] = ""
    """Where the built-in network listens, if it runs in this process."""

    @property
    def base_url(self) -> str:
        """Where the API is."""
        url = self.account.settings.get("base_url") or settings.PRACTICE_URL or self.here
        return str(url).rstrip("/")

    def idempotent_for(self, visibility: Visibility) -> bool:
        """Whether the network remembers keys at present; if it cannot be asked, what it said last."""
        known = f"practice-remembers-keys:{self.account.inbox_id}"
        try:
            remembers = bool(self._ask("GET", "/api/account", total=3.0)["remembers_keys"])
        except (SendError, KeyError, TypeError):
            return bool(cache.get(known, False))
        cache.set(known, remembers, None)
        return remembers

    def check(self) -> str:
        """Sign in, and have webhooks sent to this installation."""
        hook = f"{settings.PUBLIC_URL}/hooks/{self.account.inbox_id}/"
        account = self._ask("PUT", "/api/account/hook", {"url": hook})
        return _("Connected as @%(handle)s; webhooks come to %(url)s.") % {"handle": account["handle"], "url": hook}

    def fetch(self, url: str) -> bytes:
        """A picture of a customer's post: the network's own address may be a private one."""
        return http.fetch(url, allow_private=url.startswith(f"{self.base_url}/"))

    # -------------------------------------------------------------- out

    def send(self, message: Outbound) -> Sent:
        """Publish a post, or write a private message."""
        wish: dict[str, Any] = {"text": message.text}
        if message.file:
            wish["media"] = self._upload(message)
        if message.visibility is Visibility.PRIVATE:
            path, wish["to"] = "/api/messages", message.recipient.external_id
        else:
            path, wish["reply_to"] = "/api/posts", message.target.external_id if message.target else ""
        post = self._ask("POST", path, wish, key=message.key)
        try:
            return Sent(external_id=post["id"], url=post["url"], extra={"thread": post["thread"]})
        except (KeyError, TypeError) as error:
            raise SendError(Failure.UNCERTAIN, "ServerError", f"unreadable answer: {error}") from error

    def _upload(self, message: Outbound) -> str:
        assert message.file
        file = message.file
        path = f"/api/media?name={quote(file.name)}&alt={quote(file.alt)}"
        try:
            return str(self._ask("POST", path, content=file.content, content_type=file.content_type, total=30.0)["id"])
        except SendError as error:
            # Nothing has been published yet, so nothing is in doubt
            if error.failure is Failure.UNCERTAIN:
                raise SendError(Failure.NETWORK, error.reason, error.detail) from error
            raise

    def _ask(
        self,
        method: str,
        path: str,
        data: Mapping[str, Any] | None = None,
        *,
        content: bytes | None = None,
        content_type: str = "application/json",
        key: str = "",
        total: float = http.TOTAL,
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.account.secrets.get('token', '')}", "Content-Type": content_type}
        if key:
            headers["Idempotency-Key"] = key
        body = json.dumps(data).encode() if data is not None else content
        answer = http.call(
            method,
            self.base_url + path,
            headers=headers,
            content=body,
            total=total,
            allow_private=settings.PRACTICE_NETWORK,
        )
        return _understood(answer).json()

    # -------------------------------------------------------------- in

    def parse(self, body: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        """One event: a post or message, an edit, a removal, a receipt. What a brand wrote itself is left out."""
        secret = self.account.secrets.get("signing_secret", "")
        wanted = "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
        given = headers.get("x-hub-signature-256", "")
        if not secret or not hmac.compare_digest(given.encode(), wanted.encode()):
            raise BadSignature
        try:
            return self._translate(json.loads(body))
        except KeyError as error:
            raise BadPayload("a field is missing", str(error.args[0])) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise BadPayload(str(error)) from error

    def _translate(self, event: Mapping[str, Any]) -> list[Inbound]:
        match event["type"]:
            case "post":
                return [] if event["post"]["author"]["is_brand"] else [self._post(event["post"])]
            case "edit":
                return [Edit(str(event["id"]), str(event["text"]), datetime.fromisoformat(event["at"]))]
            case "removal":
                return [Removal(str(event["id"]), datetime.fromisoformat(event["at"]))]
            case "receipt":
                return [Receipt(str(event["id"]), ReceiptKind(event["kind"]), datetime.fromisoformat(event["at"]))]
        return []  # a network may learn to say new things

    def _post(self, post: Mapping[str, Any]) -> Post:
        author = post["author"]
        return Post(
            external_id=str(post["id"]),
            visibility=Visibility(post["visibility"]),
            author=Author(
                external_id=str(author["id"]),
                handle=f"@{author['handle']}",
                name=author["name"],
                profile_url=author["url"],
                followers=author["followers"],
                verified=author["verified"],
            ),
            text=str(post["text"]),
            sent_at=datetime.fromisoformat(post["created_at"]),
            url=post["url"],
            reply_to=post["reply_to"],
            thread=post["thread"],
            original=_original(post["original"]),
            media=[
                Media(url=urljoin(self.base_url, media["path"]), name=media["name"], alt=media["alt"])
                for media in post["media"]
            ],
            language=post["language"],
        )


def _original(post: Mapping[str, Any] | None) -> Original | None:
    if not post:
        return None
    at = datetime.fromisoformat(post["created_at"])
    return Original(external_id=post["id"], author=post["author"], text=post["text"], url=post["url"], sent_at=at)


def _understood(answer: http.Answer) -> http.Answer:
    """Let the network's own error codes say what they mean before the status is judged. Raises SendError."""
    if not answer.ok:
        try:
            code = json.loads(answer.content)["error"]["code"]
        except (ValueError, TypeError, KeyError):
            code = ""
        if code in MEANINGS:
            failure, reason = MEANINGS[code]
            raise SendError(failure, reason, http.said(answer))
    return http.require_success(answer)
