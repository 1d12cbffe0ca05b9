"""Sockets, and HTTP where one process serves all, for daphne."""

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socialcare.settings")
http = get_asgi_application()  # loads the apps, which all below needs

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path, re_path  # noqa: E402

from socialcare import events  # noqa: E402
from socialcare.api.live.socket import NotificationConsumer  # noqa: E402
from socialcare.checks import refuse_laptop_defaults  # noqa: E402
from socialcare.loading import settle  # noqa: E402
from socialcare.panel.consumer import PanelConsumer  # noqa: E402
from socialcare.watch.sockets import counted  # noqa: E402

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
for_pages = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([path("ws/panel/", PanelConsumer.as_asgi())])))
# A machine brings no cookie that another site's page could make use of, and no origin: its address is its secret
for_machines = path("ws/notifications/<str:key>", NotificationConsumer.as_asgi())
sockets = URLRouter([for_machines, re_path("", for_pages)])


async def on_this_loop(scope: Any, receive: Receive, send: Send) -> None:
    """Serve a socket, and tell worker threads of this process which loop to announce events on."""
    events.serve_on(asyncio.get_running_loop())
    with counted():
        await sockets(scope, receive, send)


refuse_laptop_defaults()
application = ProtocolTypeRouter({"http": http, "websocket": on_this_loop})

settle()
# A full collection over what a thousand sockets hold would stop them for long, too.
gc.set_threshold(700, 10, 1_000)
