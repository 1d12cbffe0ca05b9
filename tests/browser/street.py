"""The practice network from outside: customers who write, and what became of what we sent them. All over HTTP."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.html import escape

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

POST = re.compile(r'<li class="msg(?P<classes>[^"]*)" id="post-(?P<reference>[^"]+)">(?P<content>.*?)</li>', re.DOTALL)
ARRIVAL = re.compile(r'<span class="clip">(?P<text>.*?)</span>\s*<b class="\w+">(?P<counts>.*?)</b>', re.DOTALL)


class Street:
    """The page of the practice network, used as its own script uses it."""

    def __init__(self, context: "BrowserContext") -> None:
        self.context = context
        self.order = f"AC-{secrets.token_hex(3)}"
        """A number that makes what is said on this street unlike anything said before."""
        assert context.request.get("/practice/").ok

    def customer(self, name: str, **facts: str) -> "Customer":
        """Somebody new; with `followers`, and a `language`."""
        return Customer(self, self.act("people/", name=name, **facts)["as"], name)

    def weather(self, kind: str, *, lasts: str = "", reason: str = "") -> None:
        """How the network treats what we send: for `1r` (requests), `4s` (seconds), or until it is changed."""
        self.act("weather/", weather=kind, lasts=lasts, reason=reason)

    def habits(self, *, remembers_keys: bool) -> None:
        """Whether the network recognises a repeat."""
        self.act("habits/", **({"remembers_keys": "on"} if remembers_keys else {}))

    def asked_and_published(self, text: str) -> tuple[int, int]:
        """How often the network was asked to publish this text of ours, and how often it did."""
        found = [
            match["counts"] for match in ARRIVAL.finditer(self.parts()["received"]) if match["text"] == escape(text)
        ]
        assert len(found) <= 1, f"{text!r} came in under {len(found)} keys"
        numbers = [int(number) for number in re.findall(r"\d+", found[0].replace("once", "1"))] if found else [0, 0]
        return numbers[0], numbers[1]

    def parts(self, handle: str = "") -> Mapping[str, str]:
        """What the page shows to a customer."""
        return self.context.request.get("/practice/state/", params={"as": handle}).json()["parts"]

    def act(self, path: str, *, picture: Mapping[str, Any] | None = None, **fields: str) -> Mapping[str, Any]:
        """Press a button of the page."""
        token = next(cookie["value"] for cookie in self.context.cookies() if cookie["name"] == "csrftoken")
        sent: dict[str, Any] = {"multipart": {**fields, "picture": picture}} if picture else {"form": fields}
        headers = {"Accept": "application/json", "X-CSRFToken": token}
        answer = self.context.request.post(f"/practice/{path}", headers=headers, **sent)
        assert answer.ok, answer.text()
        return answer.json()


@dataclass(frozen=True)
class Customer:
    """One customer on the network."""

    street: Street
    handle: str
    name: str

    @property
    def first_name(self) -> str:
        """As the panel calls them."""
        return self.name.split()[0]

    def post(self, text: str, *, answers: str = "") -> None:
        """In public; `answers` is the text of a post."""
        self.street.act("write/", **{"as": self.handle}, text=text, answers=self._reference(answers) if answers else "")

    def whisper(self, text: str) -> None:
        """To the brand, in private."""
        self.street.act("write/", **{"as": self.handle}, text=text, to="acme")

    def edit(self, text: str, to: str) -> None:
        """Change a post."""
        self.street.act(f"posts/{self._reference(text)}/edit/", **{"as": self.handle}, text=to)

    def delete(self, text: str) -> None:
        """Take a post back."""
        self.street.act(f"posts/{self._reference(text)}/remove/", **{"as": self.handle})

    def become(self, change: str) -> None:
        """Go `offline`, come `online`, `read` what has come."""
        self.street.act(f"people/{self.handle}/{change}/", **{"as": self.handle})

    def seen(self, text: str) -> int:
        """How often a text of the brand stands before this customer's eyes."""
        return sum("ours" in post["classes"] and escape(text) in post["content"] for post in self._posts())

    def pictures(self) -> int:
        """How many pictures of the brand stand before this customer's eyes."""
        return sum("ours" in post["classes"] and "<img" in post["content"] for post in self._posts())

    def _posts(self) -> list[re.Match[str]]:
        parts = self.street.parts(self.handle)
        return [post for name in ("timeline", "conversation") for post in POST.finditer(parts[name])]

    def _reference(self, text: str) -> str:
        return next(post["reference"] for post in self._posts() if escape(text) in post["content"])
