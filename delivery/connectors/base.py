"""What a connector is: a translator between one platform's API and the words of this product.

A connector touches no model. It gets an `Account` (an inbox's settings and secrets), takes an `Outbound`, and gives
back `Sent` or raises `SendError`; what comes in it gives back as `Post`, `Edit`, `Removal` and `Receipt`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from django.utils.functional import Promise


class Visibility(StrEnum):
    """Who can read a message. The values are those stored in the database."""

    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True)
class Setting:
    """One thing an administrator fills in for an inbox of this kind; the admin makes its form from these."""

    name: str
    label: str | Promise
    help: str | Promise = ""
    secret: bool = False
    required: bool = True
    default: str | int | bool = ""


@dataclass(frozen=True)
class Account:
    """A brand's account on a platform as a connector sees it: no model, only plain values."""

    inbox_id: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]


# ---------------------------------------------------------------- inbound


@dataclass(frozen=True)
class Author:
    """Who wrote a post, as the platform knows them. `external_id` never changes; a handle, as people write it, may."""

    external_id: str
    handle: str = ""
    name: str = ""
    profile_url: str = ""
    avatar_url: str = ""
    followers: int | None = None
    verified: bool = False


@dataclass(frozen=True)
class Original:
    """The post that a customer's message answers or quotes: what triggered the conversation."""

    external_id: str
    author: str
    text: str
    url: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Media:
    """A file of an inbound message: its bytes, or an address from which they can be fetched."""

    url: str = ""
    content: bytes = b""
    name: str = ""
    alt: str = ""


@dataclass(frozen=True)
class Post:
    """A message from a customer (or our own echo: the receiver recognises it by its external id)."""

    external_id: str
    visibility: Visibility
    author: Author
    text: str
    sent_at: datetime
    url: str = ""
    reply_to: str = ""
    thread: str = ""
    """The platform's own id of the thread (root post, or private conversation)."""
    original: Original | None = None
    media: Sequence[Media] = ()
    language: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What the connector will need to answer this post (content id, root reference …); stored with the message."""


@dataclass(frozen=True)
class Edit:
    """A post's text has changed on the platform."""

    external_id: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Removal:
    """A post is gone from the platform."""

    external_id: str
    at: datetime


class ReceiptKind(StrEnum):
    """What a platform says about a message of ours. May come twice, late, and in any order."""

    SENT = "Sent"
    DELIVERED = "Delivered"
    READ = "Read"
    FAILED = "Failed"
    PUBLISHED = "Published"
    REMOVED = "Removed"
    PENDING = "Pending"
    """The recipient is offline; the platform keeps the message for them."""


@dataclass(frozen=True)
class Receipt:
    """News of a message we sent: by the platform's id of it, or by the key we sent it under."""

    external_id: str
    kind: ReceiptKind
    at: datetime
    reason: str = ""
    detail: str = ""


Inbound = Post | Edit | Removal | Receipt

# ---------------------------------------------------------------- outbound


@dataclass(frozen=True)
class Target:
    """The customer's message that is being answered."""

    external_id: str
    thread: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """A file to send. `content_type` was read from its bytes."""

    name: str
    content_type: str
    content: bytes
    alt: str = ""
    url: str = ""
    """An address from which the platform may fetch it, for platforms that want one."""


@dataclass(frozen=True)
class Outbound:
    """One message to send: either text or one file. `key` is the same at every try of the same delivery."""

    key: str
    visibility: Visibility
    recipient: Author
    text: str = ""
    file: File | None = None
    target: Target | None = None
    attempt: int = 1
    created_at: datetime | None = None
    """When the agent wrote it: like `key`, the same at every try, and for a resend."""


@dataclass(frozen=True)
class Sent:
    """The platform has taken it. `published` when it has arrived already and no receipt will follow."""

    external_id: str
    url: str = ""
    published: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


class Failure(StrEnum):
    """Why a send did not succeed, by what is to be done about it."""

    NETWORK = "network"  # never reached it: retry with the same key
    SERVER = "server"  # it answered that it is out of order (5xx): retry with the same key
    QUOTA = "quota"  # retry when the platform says
    RECIPIENT = "recipient"  # cannot be reached: never retry
    WINDOW = "window"  # the reply window is closed: never retry
    REJECTED = "rejected"  # malformed, refused content: never retry
    ACCOUNT = "account"  # our account is refused: stop the inbox, tell the supervisor
    UNCERTAIN = "uncertain"  # the line broke after the request had gone out


class SendError(Exception):
    """A send did not succeed.

    `reason` is one of the reason codes of `interactions.reasons` (RateLimited, ServerError …); `detail` is the
    platform's own words; `retry_after` is in seconds, where the platform said when to come back.
    """

    def __init__(
        self, failure: Failure, reason: str = "GeneralError", detail: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(f"{failure}: {reason} {detail}".strip())
        self.failure, self.reason, self.detail, self.retry_after = failure, reason, detail, retry_after


class BadSignature(Exception):
    """A webhook is not signed with the inbox's secret."""


class BadPayload(Exception):
    """A webhook's body is not what the platform documents. `field` names the part that is wrong."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Connector:
    """The base of all connectors: override what the platform can do."""

    kind: ClassVar[str]
    label: ClassVar[str | Promise]
    platform: ClassVar[str]
    """The row of the platform rules (`delivery.platforms`) that counts and limits its texts."""
    idempotent: bool = False
    """True where sending twice under one key gives one message: then a doubtful send is simply tried again."""
    visibilities: ClassVar[frozenset[Visibility]] = frozenset(Visibility)
    polls: ClassVar[bool] = False
    webhook: ClassVar[bool] = False
    """True where the other side is software of the brand's own: its answers are logged, it is paused while it keeps
    failing, and what it has taken can be delivered to it again."""
    settings: ClassVar[tuple[Setting, ...]] = ()

    def __init__(self, account: Account) -> None:
        self.account = account

    @classmethod
    def problems(cls, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, str]:
        """What is wrong with an inbox's settings and secrets, in words, by the name of the setting."""
        return {}

    @classmethod
    def renewed(cls, stored: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
        """The secrets that are kept once new ones are given."""
        return {**stored, **given}

    def hidden_words(self) -> set[str]:
        """What is never shown, wherever the other side repeats it."""
        return {str(secret) for secret in self.account.secrets.values() if secret}

    def idempotent_for(self, visibility: Visibility) -> bool:
        """Whether a message of this visibility may be sent again under its key without a second one appearing."""
        return self.idempotent

    def send(self, message: Outbound) -> Sent:
        """Send one message. Raises SendError."""
        raise NotImplementedError

    def poll(self, position: Mapping[str, Any]) -> tuple[list[Inbound], dict[str, Any]]:
        """Ask the platform for what is new since `position`; give it back with the next position. Raises SendError."""
        raise NotImplementedError

    def fetch(self, url: str) -> bytes:
        """The bytes of a file that a customer's message points to. Raises SendError."""
        from . import http

        return http.fetch(url)

    def parse(self, body: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        """Verify and translate a webhook. `headers` have lower-case names. Raises BadSignature, BadPayload."""
        raise NotImplementedError

    def check(self) -> str:
        """Try the connection; give back one line for the administrator. Raises SendError."""
        raise NotImplementedError

    def own_account(self) -> Author | None:
        """Who the brand is on the platform, where the platform says so. Asked after `check`. Raises SendError."""
        return None
