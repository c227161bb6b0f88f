"""What stands between a browser and a server, or in a server's place: it does one thing wrong."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable

_OPTIONS = re.compile(rb"OPTIONS [^\r]*\r\n(?:[^\r\n]+\r\n)*\r\n")


class Listener:
    """Gives every connection to ``serve``, in a thread; use it as a context manager."""

    def __init__(self, serve: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None):
        self._serve = serve
        self._tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://localhost:{self._listening.getsockname()[1]}/"

    def __enter__(self) -> Listener:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in tuple(self._open):
            connection.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        self._open.add(connection)
        with contextlib.suppress(OSError), connection:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.add(connection)
            self._serve(connection)


def hang(connection: socket.socket) -> None:
    """Read, and never answer."""
    while connection.recv(65536):
        pass


def flood(connection: socket.socket) -> None:
    """Answer for anybody to read, without an end."""
    connection.recv(65536)
    head = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nAccess-Control-Allow-Origin: *\r\n\r\n"
    connection.sendall(head.encode())
    pause = threading.Event()
    while not pause.wait(0.02):
        connection.sendall(b"[" * 65536)


def go_round(connection: socket.socket) -> None:
    """Redirect to where the request came from."""
    while asked := connection.recv(65536):
        path = asked.partition(b"\r\n")[0].split(b" ")[1:2]
        head = [b"HTTP/1.1 302 Found", b"Location: " + b"".join(path), b"Content-Length: 0"]
        connection.sendall(b"\r\n".join([*head, b"Access-Control-Allow-Origin: *", b"", b""]))


def stumble(port: int, times: int) -> Callable[[socket.socket], None]:
    """Return a server of http that, asked for https, answers at once, and later not at all.

    So do real ones, by chance: a greeting of TLS may look like the end of a request, or not.
    """
    refusals = iter(range(times))

    def serve(connection: socket.socket) -> None:
        if connection.recv(1, socket.MSG_PEEK) != b"\x16":  # a handshake (RFC 8446, 5.1)
            forward(port, unchanged)(connection)
        elif next(refusals, None) is None:
            hang(connection)
        else:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    return serve


def forward(port: int, change: Callable[[bytes], bytes]) -> Callable[[socket.socket], None]:
    """Return a proxy that changes the requests; what it makes empty it answers itself, badly."""

    def serve(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as upstream:
            threading.Thread(target=_pipe, args=(upstream, connection), daemon=True).start()
            while asked := connection.recv(65536):
                if changed := change(asked):
                    upstream.sendall(changed)
                else:
                    connection.sendall(b"HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n")

    return serve


def _pipe(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)


def without(header: str) -> Callable[[bytes], bytes]:
    """Return what takes a header off requests."""
    pattern = re.compile(rb"(?i)\r\n" + header.encode() + rb":[^\r]*")
    return lambda request: pattern.sub(b"", request)


def without_preflights(request: bytes) -> bytes:
    """Take preflights out."""
    return _OPTIONS.sub(b"", request)


def without_browsers(request: bytes) -> bytes:
    """Take out what a browser asks, except with a header for it, as ngrok's free plan does."""
    head = request.lower()
    warns = head.startswith(b"get ") and b"mozilla" in head and b"upgrade: " not in head
    return b"" if warns and b"\r\nngrok-skip-browser-warning:" not in head else request


def without_other_sites(request: bytes) -> bytes:
    """Do as ``without_browsers`` does once the person has clicked the warning away: pages open."""
    head = request.lower()
    of_site = b"sec-fetch-mode: cors" in head and b"sec-fetch-site: same-origin" not in head
    return without_browsers(request) if of_site else request


def unchanged(request: bytes) -> bytes:
    """Change nothing."""
    return request
