"""A small chat.bsky.convo service: the real one is not published. The real PDS in front of it signs its requests.

What a test needs beside the lexicon's methods: `status` of new conversations, `closed` accounts that take no messages,
and `weather` for the next sendMessage: "refused" (500, not stored), "lost" (502, stored), "cut" (stored, no answer),
"late" (504, not stored).
"""

import base64
import itertools
import json
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Refused(Exception):
    def __init__(self, name, status=400):
        super().__init__(name)
        self.name, self.status = name, status


class ChatService:
    def __init__(self, port):
        self.did = f"did:web:localhost%3A{port}"
        self.port, self.status, self.closed, self.weather = port, "accepted", {}, ""
        self.convos, self.messages, self.log, self.accepted = {}, {}, [], set()
        self._count = itertools.count(int(time.time() * 1000))
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def calm(self):
        self.status, self.closed, self.weather = "accepted", {}, ""

    # ---------------------------------------------------------- the lexicon's methods

    def get_convo_for_members(self, me, query, _body):
        members = sorted({me, *query["members"]})
        for did in members:
            if did != me and did in self.closed:
                raise Refused(self.closed[did])
        convo = "c" + "-".join(did[-8:] for did in members)
        self.convos.setdefault(convo, (members, self.rev()))
        self.messages.setdefault(convo, [])
        return {"convo": self.view(convo, me)}

    def list_convos(self, me, _query, _body):
        return {"convos": [self.view(convo, me) for convo, (members, _) in self.convos.items() if me in members]}

    def accept_convo(self, me, _query, body):
        self.accepted.add((me, body["convoId"]))
        return {"rev": self.rev()}

    def get_messages(self, _me, query, _body):
        return {"messages": list(reversed(self.messages[query["convoId"][0]]))[: int(query.get("limit", ["50"])[0])]}

    def send_message(self, me, _query, body):
        text = body["message"]["text"]
        if len(text.encode()) > 10_000:
            raise Refused("InvalidRequest")
        rev = self.rev()
        sent = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        view = {"$type": "chat.bsky.convo.defs#messageView", "id": f"m{rev}", "rev": rev, "text": text}
        view |= {"facets": body["message"].get("facets", []), "sender": {"did": me}, "sentAt": sent}
        self.messages[body["convoId"]].append(view)
        self._note("logCreateMessage", body["convoId"], view)
        return view

    def delete_message_for_self(self, _me, _query, body):
        view = next(each for each in self.messages[body["convoId"]] if each["id"] == body["messageId"])
        self.messages[body["convoId"]].remove(view)
        gone = {"$type": "chat.bsky.convo.defs#deletedMessageView", "id": view["id"], "rev": self.rev()}
        gone |= {"sender": view["sender"], "sentAt": view["sentAt"]}
        self._note("logDeleteMessage", body["convoId"], gone)
        return gone

    def get_log(self, me, query, _body):
        cursor = query.get("cursor", [""])[0]
        logs = [each for each in self.log if each["rev"] > cursor and me in self.convos[each["convoId"]][0]][:50]
        return {"logs": logs, **({"cursor": logs[-1]["rev"]} if logs else {})}

    # ---------------------------------------------------------- inside

    def rev(self):
        return f"3{next(self._count)}"

    def view(self, convo, me):
        members, rev = self.convos[convo]
        said = self.messages[convo]
        status = "accepted" if (me, convo) in self.accepted else self.status
        view = {"id": convo, "rev": said[-1]["rev"] if said else rev, "status": status, "muted": False}
        view |= {"members": [{"did": did, "handle": "handle.invalid"} for did in members], "unreadCount": 0}
        return view | ({"lastMessage": said[-1]} if said else {})

    def _note(self, kind, convo, view):
        self.log.append(
            {"$type": f"chat.bsky.convo.defs#{kind}", "rev": view["rev"], "convoId": convo, "message": view}
        )

    def answer(self, method, token, query, body):
        claims = json.loads(base64.urlsafe_b64decode((part := token.split(".")[1]) + "=" * (-len(part) % 4)))
        if claims["aud"].split("#")[0] != self.did or claims.get("lxm") != method:
            raise Refused("AuthMissing", 401)
        name = "".join("_" + letter.lower() if letter.isupper() else letter for letter in method.rsplit(".", 1)[1])
        call = getattr(self, name)
        if name != "send_message" or not self.weather:
            return call(claims["iss"], query, body)
        weather, self.weather = self.weather, ""
        if weather in {"lost", "cut"}:
            call(claims["iss"], query, body)
        if weather == "cut":
            raise ConnectionAbortedError
        raise Refused(
            {"late": "UpstreamTimeout"}.get(weather, "InternalServerError"), 504 if weather == "late" else 502
        )

    def _handler(self):
        chat = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                self.respond({})

            def do_POST(self):
                self.respond(json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}"))

            def respond(self, body):
                url = urlsplit(self.path)
                if url.path == "/.well-known/did.json":
                    return self.write(200, chat.document())
                try:
                    with chat.lock:
                        method = url.path.rsplit("/", 1)[1]
                        answer = chat.answer(method, self.headers["authorization"], parse_qs(url.query), body)
                except Refused as error:
                    return self.write(error.status, {"error": error.name, "message": error.name})
                except ConnectionAbortedError:
                    self.close_connection = True
                    return self.connection.close()
                return self.write(200, answer)

            def write(self, status, body):
                raw = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

        return Handler

    def document(self):
        address = f"http://localhost:{self.port}"
        service = {"id": "#bsky_chat", "type": "BskyChatService", "serviceEndpoint": address}
        return {"@context": ["https://www.w3.org/ns/did/v1"], "id": self.did, "service": [service]}
