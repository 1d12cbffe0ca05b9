"""Those who meet on the network: people who use another program than ours, and our brand."""

import json
import time
import uuid
from dataclasses import dataclass, field

from atproto import Client, Request, client_utils, models
from atproto.exceptions import BadRequestError

from delivery.connectors.base import Account
from delivery.connectors.bluesky import BlueskyConnector


def eventually(look, seconds=60):
    """What `look` gives as soon as it is true: the AppView indexes in its own time."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)
    return found


@dataclass
class Person:
    """Somebody on the network, who uses another program than ours."""

    client: Client
    did: str
    handle: str
    password: str = "pw"

    def post(self, text, **options):
        """A post, as a strong reference; mentions in the text are marked by the client library's own builder."""
        return self.client.send_post(text, **options)

    def mention(self, who, text="hello", **options):
        words = client_utils.TextBuilder().mention(f"@{who.handle}", who.did).text(f" {text}")
        return self.client.send_post(words, **options)

    def reply(self, text, root, parent=None):
        return self.client.send_post(text, reply_to=reference(root, parent or root))

    def thread(self, uri):
        return self.client.get_post_thread(uri).thread

    def record(self, collection, rkey=None, **fields):
        """A record of any kind in this person's repository."""
        data = {"repo": self.did, "collection": collection}
        data |= {"record": {"$type": collection, "createdAt": self.client.get_current_time_iso(), **fields}}
        if rkey:
            data["rkey"] = rkey
        return self.client.com.atproto.repo.create_record(models.ComAtprotoRepoCreateRecord.Data(**data))

    def chat_with(self, service, other):
        """The conversation with somebody, and the methods of chat."""
        convos = self.client.with_proxy("bsky_chat", service.did).chat.bsky.convo
        return convos.get_convo_for_members({"members": [other.did]}).convo.id, convos

    def tell(self, service, other, text):
        convo, convos = self.chat_with(service, other)
        return convos.send_message({"convo_id": convo, "message": {"text": text}})


def reference(root, parent):
    strong = {"root": models.create_strong_ref(root), "parent": models.create_strong_ref(parent)}
    return models.AppBskyFeedPost.ReplyRef(**strong)


def join(service, name, indexed=True):
    """A new account; it can be used as soon as the AppView knows it."""
    client, handle = Client(base_url=service, request=Request(timeout=60)), f"{name}-{uuid.uuid4().hex[:8]}.test"
    made = client.com.atproto.server.create_account(
        {"handle": handle, "email": f"{handle}@mail.test", "password": "pw"}
    )
    if indexed:
        eventually(lambda: _signed_in(client, handle))
    return Person(client, made.did, handle)


def _signed_in(client, handle):
    try:
        return client.login(handle, "pw")
    except BadRequestError:
        return None


@dataclass
class Brand:
    """Our account: the connector, made anew for each call as the product does, and its position stored as JSON."""

    person: Person
    service: str
    chat_did: str
    password: str = "pw"
    position: dict = field(default_factory=dict)

    @property
    def did(self):
        return self.person.did

    @property
    def handle(self):
        return self.person.handle

    def says(self, text):
        """A post of ours that can be answered: the AppView tells nobody of a reply whose parent it does not know."""
        post = self.person.post(text)
        eventually(lambda: self.person.client.get_posts([post.uri]).posts)
        return post

    def connector(self, **settings):
        given = {"handle": self.handle, "service": self.service, "chat_did": self.chat_did, **settings}
        return BlueskyConnector(Account("inbox", given, {"app_password": self.password}))

    def poll(self, kind=None):
        items, position = self.connector().poll(self.position)
        self.position = json.loads(json.dumps(position))
        return [item for item in items if kind is None or isinstance(item, kind)]

    def hears(self, kind, count=1, test=lambda _: True):
        """The first `count` items of a kind that pass the test, however many looks it takes."""
        heard = []
        eventually(lambda: heard.extend(filter(test, self.poll(kind))) or len(heard) >= count)
        return heard
