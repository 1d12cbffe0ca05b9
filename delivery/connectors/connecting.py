"""Connecting to addresses that people typed in: never to a private one, never for longer than the deadline.

The name is resolved here, every address it has is checked, and the connection goes to a checked address: between the
check and the connection there is no second look-up that could answer differently.
"""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

import httpcore

NAT64 = ipaddress.ip_network("64:ff9b::/96")


class PrivateAddress(Exception):
    """A name leads to an address inside our own network."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also when it wraps an IPv4 address in an IPv6 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in NAT64:
            wrapped.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if inner := [each for each in wrapped if each is not None]:
            return all(is_public(str(each)) for each in inner)
    return ip.is_global and not ip.is_multicast


def names_private(host: str) -> bool:
    """Whether a host, without any look-up, is a private address in one of its spellings, or this machine's name."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, ValueError):
        return False
    return not all(is_public(str(entry[4][0])) for entry in found)


def resolve(host: str, port: int, timeout: float) -> list[str]:
    """All addresses of a host name, without repeats. Raises httpcore.ConnectError or ConnectTimeout."""
    with suppress(OSError, UnicodeError):  # an address already: nobody needs to be asked
        return _different(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST))
    found: SimpleQueue[Any] = SimpleQueue()

    def look_up() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.put(error)

    # getaddrinfo knows no time-out of its own
    threading.Thread(target=look_up, daemon=True).start()
    try:
        answer = found.get(timeout=timeout)
    except Empty:
        raise httpcore.ConnectTimeout(f"no address for {host} in time") from None
    if isinstance(answer, Exception):
        raise httpcore.ConnectError(f"no address for {host}: {answer}")
    return _different(answer)


def _different(found: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Door(httpcore.NetworkBackend):
    """Opens connections within a deadline, and only to public addresses unless `allow_private`."""

    def __init__(self, *, allow_private: bool, total: float) -> None:
        self._allow_private, self._total = allow_private, total
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers. Raises PrivateAddress if any of them is not public."""
        started = time.monotonic()
        patience = started + (timeout or self._total)
        addresses = resolve(host, port, patience - started)
        if not self._allow_private and (private := [each for each in addresses if not is_public(each)]):
            raise PrivateAddress(f"{host} is {private[0]}, a private address")
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            left = patience - time.monotonic()
            if left <= 0:
                raise httpcore.ConnectTimeout(f"no connection to {host} in time")
            try:
                stream = self._inner.connect_tcp(address, port, left, local_address, socket_options)
                return TimedStream(stream, started + self._total)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        """Never: sockets of this machine are private by nature."""
        raise PrivateAddress("a socket of this machine")


class TimedStream(httpcore.NetworkStream):
    """A connection that ends at its deadline, however slowly the other side trickles."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner, self._deadline = inner, deadline

    def _left(self, timeout: float | None, expired: type[Exception]) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise expired("the deadline has passed")
        return min(left, timeout) if timeout else left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there, waiting no longer than the deadline."""
        return self._inner.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of `buffer` before the deadline."""
        self._inner.write(buffer, self._left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Go on in TLS, under the same deadline."""
        left = self._left(timeout, httpcore.ConnectTimeout)
        return TimedStream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the connection knows of itself."""
        return self._inner.get_extra_info(info)
