"""A TCP proxy that passes all through, until told to cut: then it hands the request on and swallows the answer."""

import contextlib
import socket
import threading


class CuttingProxy:
    """In front of 127.0.0.1:`upstream`. `cut` holds the bytes by which a request is known that gets no answer."""

    def __init__(self, port, upstream):
        self.upstream, self.cut, self.swallowed = upstream, b"", 0
        self.url = f"http://localhost:{port}"
        self._listener = socket.create_server(("127.0.0.1", port))

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        doomed = threading.Event()
        with client, socket.create_connection(("127.0.0.1", self.upstream)) as server, contextlib.suppress(OSError):
            threading.Thread(target=self._pass_on, args=(client, server, doomed), daemon=True).start()
            while data := server.recv(65536):
                if doomed.is_set():
                    self.swallowed += 1
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(data)

    def _pass_on(self, client, server, doomed):
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self.cut and self.cut in data:
                    self.cut = b""
                    doomed.set()
                server.sendall(data)
