"""A raw fan-out: sockets of one group of the channel layer, which send on what they hear. For daphne."""

import os

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

GROUP = "floor"
settings.configure(
    SECRET_KEY="floor",
    INSTALLED_APPS=["channels"],
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {
                "hosts": [{"address": os.environ["REDIS_URL"], "socket_timeout": None}],
                "prefix": "floor",
            },
        }
    },
)

import django  # noqa: E402

django.setup()


class Floor(AsyncWebsocketConsumer):
    """One socket."""

    groups = (GROUP,)

    async def say(self, event) -> None:
        """Send it on."""
        await self.send(event["text"])


async def application(scope, receive, send) -> None:
    """Serve sockets; plain HTTP only hears that somebody is there."""
    if scope["type"] == "websocket":
        await Floor.as_asgi()(scope, receive, send)
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
