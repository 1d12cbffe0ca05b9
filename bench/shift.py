"""A shift without the panel: all calls that a program makes for its agent, in the order in which the SDK makes them."""

import asyncio
import io
import json
import time
import uuid
from collections import defaultdict
from typing import Any

from PIL import Image

from bench.house import House
from bench.http import Line
from bench.marks import new_mark
from bench.platform import Platform
from delivery.connectors.open_webhook import rule_id, topic_id

PATIENCE = 60.0
CONVERSATIONS = "conversations/messages"
CUSTOMER, PROGRAM = {"idType": "Opaque", "nickname": "Ada"}, {"Content-Type": "application/octet-stream"}


class Shift:
    """Times of all calls, by their names."""

    def __init__(self, house: House, line: Line, platform: Platform) -> None:
        self.house, self.line, self.platform = house, line, platform
        self.me = str(house.agents[0].user.pk)
        self.times: dict[str, list[float]] = defaultdict(list)
        self.picture = picture()

    async def work(self, conversations: int) -> None:
        """So many conversations, from the sign-in to the last one's wrap-up; whatever is asked once, each time anew."""
        for _ in range(conversations):
            channel = await self._begin()
            talk = Talk(self)
            await talk.answer()
            await talk.reply_in_private()
            await talk.send_a_file()
            await talk.reply_in_public()
            await talk.end()
            await self.call("channel ended", "DELETE", f"notifications/channels/{channel}")

    async def _begin(self) -> str:
        await self.call("who am I", "GET", "users/me")
        await self.call("my queues", "GET", "routing/queues/me")
        channel = (await self.call("channel opened", "POST", "notifications/channels"))["id"]
        kinds = ("conversations.messages", "routingStatus")
        topics = [{"id": f"v2.users.{self.me}.{kind}"} for kind in kinds]
        await self.call("channel subscribed", "PUT", f"notifications/channels/{channel}/subscriptions", topics)
        await self.call("status set", "PUT", f"users/{self.me}/routingstatus", {"status": "IDLE"})
        await self.call("status read", "GET", f"users/{self.me}/routingstatus")
        await self.call("queue counters", "POST", "analytics/queues/observations/query", counters(self.house))
        return channel

    async def call(self, name: str, method: str, path: str, body: Any = None) -> Any:
        """One call; gives what it answers."""
        sent = b"" if body is None else json.dumps(body).encode()
        return await self.timed(name, method, f"/api/v2/{path}", sent, {"Content-Type": "application/json"})

    async def timed(self, name: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
        """The same, with any body."""
        began = time.perf_counter()
        answer = await self.line.ask(method, path, body, headers)
        self.times[name].append(time.perf_counter() - began)
        try:
            said = answer.required().body
        except RuntimeError as error:
            raise RuntimeError(f"{name}: {error}") from None
        return json.loads(said) if said else None


class Talk:
    """One conversation of it."""

    def __init__(self, shift: Shift) -> None:
        self.call, self.shift = shift.call, shift
        self.customer = {"id": new_mark(), **CUSTOMER}
        self.inbox = shift.house.inbox.pk

    async def answer(self) -> None:
        """The customer writes; the agent's program hears of it, and answers."""
        body = {"channel": {"messageId": new_mark(), "from": self.customer}, "text": "Where is my parcel?"}
        message = await self.call("message in", "POST", f"{CONVERSATIONS}/{self.inbox}/inbound/open/message", body)
        self.place = f"{CONVERSATIONS}/{message['conversationId']}"
        self.part = await self._alerting(message["conversationId"])
        self.desk = f"{self.place}/communications/{self.part}"
        await self._move("answered", "connected")
        await self.call("one conversation", "GET", self.place)
        await self.call("its messages", "POST", f"{self.place}/messages/bulk", [message["id"]])

    async def reply_in_private(self) -> None:
        """With a canned response; it goes out, and arrives."""
        await self.call("typing", "POST", f"{self.desk}/typing", {"typing": {"type": "On", "duration": 2000}})
        query = {"queryPhrase": "Answer 77", "pageSize": 5}
        await self.call("canned search", "POST", "responsemanagement/responses/query", query)
        mark = new_mark()
        arrived = self.shift.platform.lookout.awaits(mark)
        text = {"textBody": f"I am looking into it. {mark}"}
        sent = await self.call("private reply", "POST", f"{self.desk}/messages", text)
        await asyncio.wait_for(arrived, PATIENCE)
        receipt = {"id": sent["id"], "status": "Delivered", "channel": {"from": self.customer}}
        await self.call("receipt in", "POST", f"{CONVERSATIONS}/{self.inbox}/inbound/open/receipt", receipt)
        await self.call("one message", "GET", f"{self.place}/messages/{sent['id']}")

    async def send_a_file(self) -> None:
        """Announced, sent, looked at, named by a reply."""
        media = f"{self.desk}/messages/media"
        told = await self.call("file announced", "POST", f"{media}/uploads", {"fileName": "label.png"})
        where = "/" + told["uploadUrl"].partition("//")[2].partition("/")[2]
        await self.shift.timed("file sent", "PUT", where, self.shift.picture, PROGRAM)
        await self.call("file looked at", "GET", f"{media}/{told['id']}")
        await self.call("reply with a file", "POST", f"{self.desk}/messages", {"mediaIds": [told["id"]]})

    async def reply_in_public(self) -> None:
        """To the first of two posts that come together."""
        topic, rule = topic_id(str(self.inbox)), rule_id(str(self.inbox))
        at = f"socialmedia/topics/{topic}/dataingestionrules/open/{rule}/messages/bulk"
        posts = [self._post("Nobody answers me!"), self._post("Hello?")]
        first = (await self.call("two public posts in", "POST", at, posts))["entities"][0]
        body = {"textBody": "It is on its way.", "inReplyToMessageId": first["id"]}
        await self.call("public reply", "POST", f"{self.desk}/socialmedia/messages", body)

    async def end(self) -> None:
        """Parked, taken up again, ended, wrapped up, looked at once more."""
        mine = f"{self.place}/participants/{self.part}"
        await self.call("parked", "PATCH", f"{mine}/parkingstate", {"state": "parked"})
        await self.call("taken up again", "PATCH", f"{mine}/parkingstate", {"state": "connected"})
        await self._move("ended", "disconnected")
        [code, *_] = await self.call("wrap-up codes", "GET", f"{mine}/wrapupcodes")
        wrapup = {"code": code["id"], "notes": "Label sent", "tags": ["parcel"]}
        at = f"{mine}/communications/{self.part}/wrapup"
        await self.call("wrap-up written", "POST", at, wrapup)
        await self.call("wrap-up read", "GET", f"{mine}/wrapup")
        await self.call("the whole conversation", "GET", self.place.replace("/messages/", "/"))

    def _post(self, text: str) -> dict[str, Any]:
        name = str(uuid.uuid4())
        public = {"rootId": "root", "url": f"https://shop.example/{name}"}
        channel = {"messageId": name, "from": self.customer, "type": "Public", "publicMetadata": public}
        return {"channel": channel, "text": text, "type": "Text"}

    async def _move(self, name: str, state: str) -> None:
        await self.call(name, "PATCH", f"{self.place}/participants/{self.part}", {"state": state})

    async def _alerting(self, conversation: str) -> str:
        """The agent's part, as soon as it is offered."""
        async with asyncio.timeout(PATIENCE):
            while True:
                work = await self.call("my conversations", "GET", CONVERSATIONS)
                mine = [
                    part for each in work["entities"] if each["id"] == conversation for part in each["participants"]
                ]
                for part in mine:
                    if part["purpose"] == "agent" and part["state"] == "alerting":
                        return part["id"]
                await asyncio.sleep(0.02)


def counters(house: House) -> dict[str, Any]:
    """A question about how many wait in the queue."""
    clauses = [{"type": "or", "predicates": [{"dimension": "queueId", "value": str(house.queue.pk)}]}]
    return {"filter": {"type": "and", "clauses": clauses}, "metrics": ["oWaiting", "oInteracting"]}


def picture() -> bytes:
    """A small picture."""
    made = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(made, "PNG")
    return made.getvalue()
