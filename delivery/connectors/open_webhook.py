"""The open webhook: our own protocol, for platforms that we have no connector for.

Messages and receipts come and go in the normalized form of the Genesys Cloud Open Messaging API (in the Python package
`PureCloudPlatformClientV2`: OpenInboundNormalizedMessage, OpenSocialMediaNormalizedMessage and their kin). What goes
out is signed `X-Hub-Signature-256: sha256=<base64 HMAC-SHA256 over the exact body bytes>`, and so may be what comes in.
While a secret is being changed two are live: the newest signs, the older one signs in a header of its own, and what
comes in may be signed with either.
"""

import base64
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as installation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import http
from .base import BadPayload, BadSignature, Connector, Inbound, Outbound, Sent, Setting, Visibility
from .connecting import names_private
from .normalized import read_event, read_message, read_receipt

SHORTEST_SECRET = 16
NEWEST, OLDER = "signing_secret", "signing_secret_older"
SIGNATURE, SIGNATURE_OLDER = "X-Hub-Signature-256", "X-Hub-Signature-256-Older"
OURS = {
    "content-type",
    "content-length",
    "host",
    "transfer-encoding",
    "connection",
    SIGNATURE.lower(),
    SIGNATURE_OLDER.lower(),
    "idempotency-key",
}
"""Headers that an administrator cannot replace."""
MEDIA_TYPES = {"image": "Image", "video": "Video", "audio": "Audio"}
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100})\s*:\s*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)")


def topic_id(inbox_id: str) -> uuid.UUID:
    """The built-in topic of an open inbox: its public messages come in under it."""
    return uuid.uuid5(uuid.UUID(str(inbox_id)), "topic")


def rule_id(inbox_id: str) -> uuid.UUID:
    """The built-in ingestion rule of an open inbox."""
    return uuid.uuid5(uuid.UUID(str(inbox_id)), "rule")


def signature(body: bytes, secret: str) -> str:
    """The signature over the exact bytes, as X-Hub-Signature-256 has it."""
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class OpenWebhookConnector(Connector):
    """POSTs what agents write to an address of the brand's own, and takes what its software brings."""

    kind = "open"
    label = gettext_lazy("Open webhook")
    platform = "open"
    webhook = True
    settings = (
        Setting(
            "webhook_url",
            gettext_lazy("Webhook address"),
            gettext_lazy("Every reply is POSTed to it; an answer 2xx means sent."),
        ),
        Setting(
            NEWEST,
            gettext_lazy("Signing secret"),
            gettext_lazy(
                "At least 16 characters. Requests are signed with it, in both directions. A new one signs at once; the "
                "one before stays good until it is retired."
            ),
            secret=True,
        ),
        Setting(
            "headers",
            gettext_lazy("Further headers"),
            gettext_lazy("Sent with every request, such as X-Api-Key: abc; X-Team: care"),
            secret=True,
            required=False,
        ),
        Setting(
            "ignores_repeats",
            gettext_lazy("Ignores repeats"),
            gettext_lazy(
                "The other side takes one Idempotency-Key only once. If not, doubtful messages are not resent."
            ),
            required=False,
            default=True,
        ),
    )

    @classmethod
    def problems(cls, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, str]:
        """What is wrong with the settings, by name."""
        found = {}
        address = str(settings.get("webhook_url", ""))
        host = _host(address)
        if not host:
            found["webhook_url"] = _("This is no web address: it begins with https:// or http://.")
        elif "@" in urlsplit(address).netloc:
            found["webhook_url"] = _("Leave the name and the password out of the address: use a header for them.")
        elif names_private(host) and not _private_allowed():
            found["webhook_url"] = _("This address is inside our own network; nothing is sent there.")
        if len(secrets.get(NEWEST, "")) < SHORTEST_SECRET:
            found[NEWEST] = _("The secret needs at least 16 characters.")
        try:
            further_headers(secrets.get("headers", ""))
        except ValueError as error:
            found["headers"] = _("This is no header that can be added: %(header)s") % {"header": error}
        return found

    @classmethod
    def renewed(cls, stored: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
        """A new signing secret makes the one there was the older one, which stays good until it is retired."""
        before, new = stored.get(NEWEST), given.get(NEWEST)
        kept = {OLDER: before} if before and new and new != before else {}
        return {**stored, **given, **kept}

    def hidden_words(self) -> set[str]:
        """The secrets, and what the further headers say."""
        values = further_headers(self.account.secrets.get("headers", "")).values()
        return super().hidden_words() | set(values) | {value.split()[-1] for value in values}

    def idempotent_for(self, visibility: Visibility) -> bool:
        """As the administrator says of the other side."""
        return bool(self.account.settings.get("ignores_repeats", True))

    @property
    def _live(self) -> list[str]:
        """The secrets that are good now, the newest first."""
        return [secret for name in (NEWEST, OLDER) if (secret := self.account.secrets.get(name))]

    # -------------------------------------------------------------- out

    def send(self, message: Outbound) -> Sent:
        """POST a message. Its id on the other side is our own key: receipts name it."""
        body = json.dumps(self._normalized(message), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            **further_headers(self.account.secrets.get("headers", "")),
            "Content-Type": "application/json",
            "Idempotency-Key": message.key,
        }
        for name, secret in zip((SIGNATURE, SIGNATURE_OLDER), self._live, strict=False):
            headers[name] = signature(body, secret)
        answer = http.call("POST", self._address, headers=headers, content=body, allow_private=_private_allowed())
        http.require_success(answer)
        return Sent(external_id=message.key)

    def check(self) -> str:
        """Whether somebody answers at the address; nothing is delivered to it."""
        answer = http.call("GET", self._address, allow_private=_private_allowed())
        return _("The address answers (status %(status)s to a GET).") % {"status": answer.status}

    @property
    def _address(self) -> str:
        return str(self.account.settings.get("webhook_url", ""))

    def _normalized(self, message: Outbound) -> dict[str, Any]:
        public = message.visibility is Visibility.PUBLIC
        channel: dict[str, Any] = {
            "id": self.account.inbox_id,
            "platform": "Open",
            "type": "Public" if public else "Private",
            "messageId": message.key,
            "to": _recipient(message),
            "from": {"id": self.account.inbox_id, "idType": "Opaque"},
            "time": _time(message.created_at or datetime.now(UTC)),
        }
        if public and message.target:
            channel["publicMetadata"] = {"rootId": message.target.thread, "replyToId": message.target.external_id}
        whole: dict[str, Any] = {
            "id": message.key,
            "type": "Text",
            "direction": "Outbound",
            "originatingEntity": "Human",
            "channel": channel,
        }
        if message.text:
            whole["text"] = message.text
        if message.file:
            whole["content"] = [{"contentType": "Attachment", "attachment": _attachment(message)}]
        return whole

    # -------------------------------------------------------------- in

    def parse(self, body: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        """A signed message, receipt or event, or an array of them, told apart by what they have."""
        self.verify(body, headers)
        data = load(body)
        items = [self.read(item) for item in (data if isinstance(data, list) else [data])]
        return [item for item in items if item]

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Raise BadSignature unless the exact bytes are signed with one of the inbox's live secrets."""
        given = headers.get(SIGNATURE.lower(), "").encode()
        matches = [hmac.compare_digest(given, signature(body, secret).encode()) for secret in self._live]
        if not any(matches):
            raise BadSignature

    def read(self, data: Any) -> Inbound | None:
        """Translate one normalized item; an event is only checked, as nothing follows from it. Raises BadPayload."""
        if isinstance(data, dict) and "status" in data:
            return read_receipt(data)
        if isinstance(data, dict) and "events" in data:
            read_event(data)
            return None
        return read_message(data)


def load(body: bytes) -> Any:
    """The body as JSON, without what no database keeps: NUL and halves of surrogate pairs. Raises BadPayload."""
    try:
        return _clean(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise BadPayload(f"the body is no JSON: {error}") from error


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return re.sub(r"[\x00\ud800-\udfff]", "", value)
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {str(_clean(name)): _clean(each) for name, each in value.items()}
    return value


def further_headers(text: str) -> dict[str, str]:
    """Headers as an administrator writes them, one a line or after semicolons. Raises ValueError with the wrong one."""
    headers = {}
    for row in filter(None, (part.strip() for part in re.split(r"[\r\n]+|;(?=\s*[\w-]+\s*:)", text))):
        match = _HEADER.fullmatch(row)
        if not match or match[1].lower() in OURS:
            raise ValueError(row.partition(":")[0][:60])
        headers[match[1]] = match[2]
    return headers


def _host(address: str) -> str:
    """The host of a web address; empty where it is none."""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return ""
    return host or "" if re.fullmatch(r"https?://[^\s/]\S*", address) else ""


def _recipient(message: Outbound) -> dict[str, str]:
    known = {"id": message.recipient.external_id, "idType": "Opaque", "nickname": message.recipient.name}
    return {name: value for name, value in known.items() if value}


def _attachment(message: Outbound) -> dict[str, str]:
    assert message.file
    file = message.file
    known = {
        "mediaType": MEDIA_TYPES.get(file.content_type.partition("/")[0], "File"),
        "url": file.url,
        "mime": file.content_type,
        "filename": file.name,
        "text": file.alt,
        "sha256": hashlib.sha256(file.content).hexdigest(),
    }
    return {name: value for name, value in known.items() if value}


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _private_allowed() -> bool:
    return bool(installation.ALLOW_PRIVATE_WEBHOOKS)
