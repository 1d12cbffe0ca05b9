"""A bridge between the open webhook and a second system: the smallest one that is right.

    SECRET=… PRODUCT=http://127.0.0.1:8000/api/v2/conversations/messages/<integration>/inbound/open \
    SECOND=http://127.0.0.1:9000/messages PORT=9100 python open_bridge.py

POST /outbound  is called by the product: what an agent wrote goes on to SECOND once, and a receipt goes back.
POST /inbound   is called by the second system, {"id", "from", "name", "text"}: goes on to the product, signed.
"""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import sys
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import Request, urlopen

SECRET, PRODUCT, SECOND = os.environ["SECRET"].encode(), os.environ["PRODUCT"], os.environ["SECOND"]
STATE = os.environ.get("STATE", "bridge.sqlite3")  # the keys of what was passed on
PATIENCE = 8  # seconds; the product waits for ten


def signature(body: bytes) -> str:
    return "sha256=" + base64.b64encode(hmac.new(SECRET, body, hashlib.sha256).digest()).decode()


def is_signed(headers: Any, body: bytes) -> bool:
    """By the exact bytes, in constant time. While a secret is changed, the one before signs in a header of its own."""
    given = [headers.get(name, "") for name in ("X-Hub-Signature-256", "X-Hub-Signature-256-Older")]
    return any(hmac.compare_digest(each.encode(), signature(body).encode()) for each in given)


def post(url: str, content: Any, *, sign: bool = False) -> None:
    """Raises OSError unless the answer is 2xx."""
    body = json.dumps(content).encode()
    headers = {"Content-Type": "application/json", **({"X-Hub-Signature-256": signature(body)} if sign else {})}
    urlopen(Request(url, body, headers), timeout=PATIENCE).close()


def pass_on(message: Any) -> None:
    """To the second system."""
    to, files = message["channel"]["to"]["id"], [each["attachment"]["url"] for each in message.get("content", [])]
    post(SECOND, {"id": message["id"], "to": to, "text": message.get("text", ""), "files": files})


def receipt(message: Any) -> None:
    """Tell the product that the second system has it."""
    status = "Published" if message["channel"]["type"] == "Public" else "Delivered"
    post(f"{PRODUCT}/receipt", {"id": message["id"], "status": status, "isFinalReceipt": True}, sign=True)


def bring(body: bytes) -> int:
    """To the product. A message brought twice is recognised by its messageId."""
    given = json.loads(body)
    sender = {"id": given["from"], "idType": "Opaque", "nickname": given.get("name", "")}
    message = {"channel": {"messageId": given["id"], "from": sender}, "text": given["text"]}
    post(f"{PRODUCT}/message", message, sign=True)
    return 202


class Bridge(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        deed = {"/outbound": self.outbound, "/inbound": bring}.get(self.path)
        try:
            self.answer(deed(body) if deed else 404)
        except (KeyError, TypeError, ValueError) as error:
            self.answer(400, repr(error))
        except (OSError, sqlite3.Error) as error:  # to be tried again, unless the other side has refused it
            self.answer(getattr(error, "code", 503), repr(error))

    def outbound(self, body: bytes) -> int:
        if not is_signed(self.headers, body):
            return 401
        message = json.loads(body)
        key = self.headers.get("Idempotency-Key", message["id"])
        with closing(sqlite3.connect(STATE, timeout=PATIENCE)) as state, state:
            # One transaction around both: a key is kept only if the message was passed on, and two at once take turns
            state.execute("CREATE TABLE IF NOT EXISTS passed_on (key TEXT PRIMARY KEY)")
            if state.execute("INSERT OR IGNORE INTO passed_on VALUES (?)", (key,)).rowcount:
                pass_on(message)
        receipt(message)
        return 200

    def answer(self, status: int, words: str = "") -> None:
        print(self.path, status, words, file=sys.stderr)
        self.send_response(status)
        self.send_header("Content-Length", str(len(words.encode())))
        self.end_headers()
        self.wfile.write(words.encode())


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9100"))), Bridge).serve_forever()
