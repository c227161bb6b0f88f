"""Asks servers as they are reached: at a port, over TLS, or over a socket file."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path

from ..wire import HANDSHAKE, Answer

Headers = Iterable[tuple[str, str]]
Connect = Callable[[], socket.socket]
_SECONDS = 60


def at_port(port: int, address: str = "127.0.0.1") -> Connect:
    """Reach a server at a port of this machine."""
    return lambda: socket.create_connection((address, port), _SECONDS)


def over_tls(port: int, trusted: ssl.SSLContext, name: str) -> Connect:
    """Reach a server at a port of this machine whose certificate must be for ``name``."""
    return lambda: trusted.wrap_socket(at_port(port)(), server_hostname=name)


def at_file(path: Path) -> Connect:
    """Reach a server that listens on a socket file, as ``curl --unix-socket`` does."""

    def connect() -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(_SECONDS)
        try:
            client.connect(str(path))
        except OSError:
            client.close()
            raise
        return client

    return connect


def ask(
    connect: Connect, host: str, method: str, target: str, headers: Headers = (), body: bytes = b""
) -> Answer:
    """Send one request on a connection of its own. ``WebSocket`` is a method here.

    Raises OSError or HTTPException where no answer comes.
    """
    connection = http.client.HTTPConnection("unused")
    connection.sock = connect()
    sent = [("Host", host), *headers]
    if method == "WebSocket":
        method, sent = "GET", [*sent, *HANDSHAKE]
    else:
        sent += [("Connection", "close"), ("Content-Length", str(len(body)))]
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in sent:
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        found = tuple(response.getheaders())
        return Answer(response.status, response.reason, found, response.read())
    finally:
        connection.close()
