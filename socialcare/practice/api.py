"""The network's HTTP API for brands.

GET  /api/account                     who we are, and whether idempotency keys are remembered
PUT  /api/account/hook   {url}        where webhooks go
POST /api/media?name=&alt=            a picture, as the body → {id}
POST /api/posts          {text, reply_to, media}
POST /api/messages       {to, text, media}
GET  /media/<id>                      a picture

Bearer token; `Idempotency-Key` on posts and messages; errors are {"error": {"code", "message"}}.
"""

import json
import logging
import math
import re
import socket
import time
import uuid
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db import close_old_connections

from socialcare.errors import DomainError

from . import brands, pictures, publishing, telling, weather
from .models import Brand, Network, Picture, Weather
from .publishing import Refused, Wish

log = logging.getLogger(__name__)
LARGEST = 26 * 1024 * 1024


class HangUp(Exception):
    """Close the line without an answer."""


class Handler(BaseHTTPRequestHandler):
    """One request of a brand's software."""

    protocol_version = "HTTP/1.1"
    server_version = "practice"
    timeout = 30

    def do_GET(self) -> None:
        """Read."""
        self._serve()

    do_POST = do_PUT = do_GET  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: Any) -> None:
        """The page shows what came in."""

    def _serve(self) -> None:
        path = urlsplit(self.path).path
        try:
            if self.command == "GET" and path.startswith("/media/"):
                return self._picture(path.removeprefix("/media/"))
            status, answer = self._act(path)
            self._answer(status, answer)
        except Refused as refused:
            headers = {} if refused.retry_after is None else {"Retry-After": str(math.ceil(refused.retry_after))}
            self._answer(refused.status, {"error": {"code": refused.code, "message": refused.message}}, headers)
        except HangUp:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        except ConnectionError:
            self.close_connection = True
        except Exception:
            log.exception("%s %s", self.command, path)
            self.close_connection = True
            self._answer(500, {"error": {"code": "broken", "message": "The practice network has a fault."}})
        finally:
            close_old_connections()
        return None

    def _act(self, path: str) -> tuple[int, dict[str, Any]]:
        body = self._body()
        brand = brands.by_token(self.headers.get("Authorization", "").removeprefix("Bearer "))
        if not brand:
            raise Refused(401, "bad_token", "The token is not known here.")
        match self.command, path:
            case "GET", "/api/account":
                return 200, account(brand)
            case "PUT", "/api/account/hook":
                return 200, set_hook(brand, _json(body))
            case "POST", "/api/media":
                return 201, self._media(body)
            case "POST", "/api/posts" | "/api/messages":
                return self._publish(brand, Wish.read(_json(body)), private=path == "/api/messages")
        raise Refused(404, "no_such_page", "There is nothing here.")

    def _publish(self, brand: Brand, wish: Wish, *, private: bool) -> tuple[int, dict[str, Any]]:
        network = weather.meet()
        key = self.headers.get("Idempotency-Key", "")[:200]
        publishing.arrived(brand, key, wish, network.weather)
        publishing.refuse_by_weather(network)
        post, new = publishing.publish(brand, wish, key=key, private=private)
        if network.weather == Weather.LOST:
            raise HangUp
        if network.weather == Weather.SLOW:
            time.sleep(weather.SLOW)
        return 201 if new else 200, telling.described(post)

    def _media(self, body: bytes) -> dict[str, Any]:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        try:
            picture = pictures.keep(body, query.get("name", ""), query.get("alt", ""))
        except DomainError as error:
            status = 413 if error.code == "too.large" else 415
            raise Refused(status, error.code, str(error)) from error
        return {"id": str(picture.pk)}

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not re.fullmatch(r"[0-9]{1,12}", length):
            raise Refused(411, "no_length", "Content-Length is missing.")
        if int(length) > LARGEST:
            self.close_connection = True
            raise Refused(413, "too_large", "The body is too large.")
        return self.rfile.read(int(length))

    def _answer(self, status: int, answer: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        self._send(status, json.dumps(answer).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _picture(self, wanted: str) -> None:
        try:
            picture = Picture.objects.get(pk=uuid.UUID(wanted))
        except (ValueError, Picture.DoesNotExist):
            raise Refused(404, "no_such_media", "There is no such picture.") from None
        with picture.file.open("rb") as file:
            self._send(200, file.read(), {"Content-Type": picture.content_type, "X-Content-Type-Options": "nosniff"})

    def _send(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def account(brand: Brand) -> dict[str, Any]:
    """What a brand may know of itself and of the network."""
    return {
        "id": f"brand:{brand.handle}",
        "handle": brand.handle,
        "name": brand.name,
        "hook_url": brand.hook_url,
        "remembers_keys": Network.current().remembers_keys,
    }


def set_hook(brand: Brand, data: Any) -> dict[str, Any]:
    """Let a brand's webhooks go to another address. Raises Refused."""
    url = data.get("url") if isinstance(data, dict) else None
    if not isinstance(url, str) or not re.match(r"https?://\S{1,480}$", url):
        raise Refused(422, "bad_url", "The address of the webhooks is not a web address.")
    brand.hook_url = url
    brand.save(update_fields=["hook_url"])
    return account(brand)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise Refused(400, "malformed", f"The body is no JSON: {error}") from error
