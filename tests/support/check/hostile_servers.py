"""Servers that mean no good, or nothing at all: each behaviour is one function over a socket."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Behave = Callable[[socket.socket, bytes], None]

OK = b"HTTP/1.1 200 OK\r\n"
ANSI = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e"
OLD = b'{"version": "2.10.0"}'
GZIPPED = "Content-Encoding: gzip"
JUPYTER = json.dumps({"version": "2.21.1"}).encode()
STOP = threading.Event()
#: How long a server hangs; several times as long as a check may take.
HANG_SECONDS = 30


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body


def hang(client: socket.socket, _request: bytes) -> None:
    STOP.wait(HANG_SECONDS)


def pour(what: bytes, before: bytes = b"") -> Behave:
    """Return a server that says the same thing again and again."""

    def behave(client: socket.socket, _request: bytes) -> None:
        client.sendall(before)
        while not STOP.is_set():
            client.sendall(what)

    return behave


def drip(what: bytes) -> Behave:
    """Return a server that says a byte every now and then."""

    def behave(client: socket.socket, _request: bytes) -> None:
        for index in range(len(what)):
            client.sendall(what[index : index + 1])
            if STOP.wait(0.2):
                return

    return behave


def say(what: bytes) -> Behave:
    def behave(client: socket.socket, _request: bytes) -> None:
        client.sendall(what)

    return behave


def hang_after_the_first(client: socket.socket, request: bytes) -> None:
    """Be Jupyter to whom asks like curl, and silent to pages."""
    if b"Origin:" in request or b"/api " not in request:
        STOP.wait(HANG_SECONDS)
    client.sendall(answer(JUPYTER))


def open_every_socket(client: socket.socket, request: bytes) -> None:
    """Be Jupyter, switch protocols for anybody, and then talk rubbish."""
    if b"Upgrade:" not in request:
        client.sendall(answer(JUPYTER))
        return
    client.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
    client.sendall(b"\x82\x7f" + (2**62).to_bytes(8, "big") + b"x" * 1000)
    STOP.wait(HANG_SECONDS)


def lie(client: socket.socket, request: bytes) -> None:
    """Send terminal escapes in everything that might be shown."""
    if b"Origin:" in request:
        body = json.dumps({"error": ANSI, "reason": ANSI, "message": ANSI, "scope": ANSI})
        client.sendall(answer(body.encode(), f"Location: {ANSI}", status="403 \x1b[31mNo"))
    else:
        body = json.dumps({"version": f"2.99.{ANSI}"})
        client.sendall(answer(body.encode(), f"X: {ANSI}"))


DEEP = b"[" * 60_000
BEHAVIOURS: dict[str, tuple[str, Behave]] = {
    "hangs": ("no_answer", hang),
    "endless headers": ("no_answer", pour(b"X-More: " + b"x" * 1000 + b"\r\n", OK)),
    "one endless header": ("no_answer", pour(b"x" * 1000, OK + b"X: ")),
    "endless body": ("no_answer", pour(b"x" * 1000, OK + b"\r\n")),
    "endless chunks": (
        "no_answer",
        pour(b"3e8\r\n" + b"x" * 1000 + b"\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n"),
    ),
    "a chunk of any size": (
        "no_answer",
        pour(b"x", OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\n"),
    ),
    "a body that never comes": ("no_answer", say(OK + b"Content-Length: 10\r\n\r\n{")),
    "endless 1xx": ("no_answer", pour(b"HTTP/1.1 103 Early Hints\r\n\r\n")),
    "drips": ("no_answer", drip(OK + b"X: y\r\n" * 100)),
    "drips a body": ("no_answer", drip(OK + b"\r\n" + b"x" * 1000)),
    "hangs up": ("no_answer", say(b"")),
    "half a status line": ("no_answer", say(b"HTTP/1.1 2")),
    "garbage": ("not_http", say(bytes(range(256)) * 10)),
    "another protocol": ("not_http", say(b"SSH-2.0-OpenSSH_9.2\r\n")),
    "no status": ("not_http", say(b"HTTP/1.1 OK fine\r\n\r\n")),
    "a length that is none": ("not_http", say(OK + b"Content-Length: -5\r\n\r\n")),
    "a web server": ("not_jupyter", say(answer(b"<h1>It works!</h1>"))),
    "deep JSON": ("not_jupyter", say(answer(DEEP))),
    "a huge number": ("not_jupyter", say(answer(b'{"version": ' + b"9" * 10_000 + b"}"))),
    "a list": ("not_jupyter", say(answer(b"[1, 2]"))),
    "redirects in circles": (
        "redirected",
        say(answer(b"", "Location: /api", status="302 Found")),
    ),
    "redirects to itself by https": (
        "redirected",
        say(answer(b"", "Location: https://localhost/api", status="301 Moved")),
    ),
    "redirects to nonsense": (
        "redirected",
        say(answer(b"", "Location: http://[::1:x/", status="302 Found")),
    ),
    "an older Jupyter": ("old_jupyter_server", say(answer(OLD))),
    "compressed": ("old_jupyter_server", say(answer(gzip.compress(OLD), GZIPPED))),
    "compressed without end": ("not_jupyter", say(answer(gzip.compress(b"x" * 10**7), GZIPPED))),
    "compressed nonsense": ("not_jupyter", say(answer(b"nonsense", GZIPPED))),
    "Jupyter without extension": ("extension_missing", say(answer(JUPYTER))),
    "hangs after the first": ("extension_missing", hang_after_the_first),
    "opens every socket": ("extension_missing", open_every_socket),
    "lies": ("", lie),
}


@contextmanager
def serving(behave: Behave, ip: str = "127.0.0.1") -> Iterator[int]:
    """Serve with this behaviour until the end; yield the port."""

    def handle(client: socket.socket) -> None:
        try:
            client.settimeout(20)
            behave(client, client.recv(65536))
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        finally:
            client.close()

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=handle, args=(client,), daemon=True).start()

    with socket.create_server((ip, 0), backlog=64) as listener:
        threading.Thread(target=serve, daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
