"""Fetching a program's document, from a real server with TLS that does all kinds of things."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import trustme

from escherpad_ext.connect.client_documents import DocumentError
from escherpad_ext.connect.document_fetch import MAX_BYTES, DocumentFetch

HOST = "agent.example"
BODY = b'{"client_id": "x"}'


class Handler(BaseHTTPRequestHandler):
    """Answers by the path."""

    protocol_version = "HTTP/1.1"
    closing: threading.Event

    def do_GET(self) -> None:
        getattr(self, f"do_{self.path[1:]}")()

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        given = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
        for name, value in given.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_good(self) -> None:
        self.answer(BODY, Cache_Control="max-age=7")

    def do_largest(self) -> None:
        self.answer(b" " * MAX_BYTES)

    def do_large(self) -> None:
        self.answer(b" " * (MAX_BYTES + 1))

    def do_compressed(self) -> None:
        self.answer(gzip.compress(b" " * 2**20), Content_Encoding="gzip")

    def do_endless(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(MAX_BYTES):
            self.wfile.write(b"4\r\nxxxx\r\n")

    def do_headers(self) -> None:
        self.answer(BODY, **{f"X-{number}": "x" * 1000 for number in range(20)})

    def do_redirect(self) -> None:
        self.answer(b"", 302, Location=f"https://{HOST}/good")

    def do_html(self) -> None:
        self.answer(BODY, Content_Type="text/html")

    def do_missing(self) -> None:
        self.answer(BODY, 404)

    def do_broken(self) -> None:
        self.answer(BODY, Content_Length="100")
        self.close_connection = True

    def do_slow(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.closing.wait(60)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def port(authority: trustme.CA) -> Iterator[int]:
    """Return the port of a server for this host."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    closing = threading.Event()
    handler = type("OneHandler", (Handler,), {"closing": closing})
    with Quiet(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        closing.set()
        server.shutdown()
        thread.join()


class Quiet(ThreadingHTTPServer):
    """Clients may go when they like."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


class Names:
    """A name server, which may say something else the second time."""

    def __init__(self, *answers: list[tuple[str, int]]) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []

    def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked.append((host, port))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in answer]


@pytest.fixture
def fetch(port: int, authority: trustme.CA) -> Any:
    """Return a function that fetches a path; loopback counts as public, because it must."""
    context = ssl.create_default_context()
    authority.configure_trust(context)

    def get(path: str, host: str = HOST, **more: Any) -> Any:
        settings = {
            "resolve": Names([("127.0.0.1", port)]),
            "is_public": lambda _address: True,
            "context": context,
            **more,
        }
        return DocumentFetch(**settings)(f"https://{host}/{path}")

    return get


def test_a_document(fetch: Any) -> None:
    found = fetch("good")
    assert (found.body, found.seconds) == (BODY, 7)
    assert len(fetch("largest").body) == MAX_BYTES


@pytest.mark.parametrize(
    "path", ["large", "endless", "headers", "redirect", "html", "missing", "broken", "nothing"]
)
def test_what_is_not_taken(fetch: Any, path: str) -> None:
    """What is too large, what leads elsewhere, what is no JSON, what breaks off."""
    with pytest.raises(DocumentError):
        fetch(path)


def test_what_is_compressed_stays_small(fetch: Any) -> None:
    """A megabyte fits into a kilobyte. It is not JSON then, and is not used."""
    assert len(fetch("compressed").body) <= MAX_BYTES


def test_a_slow_host_is_given_up(fetch: Any) -> None:
    with pytest.raises(DocumentError):
        fetch("slow", seconds=0.3)


def test_another_host_s_certificate(fetch: Any) -> None:
    """Whoever answers at the address must have the name's certificate."""
    with pytest.raises(DocumentError):
        fetch("good", host="other.example")
    with pytest.raises(DocumentError):
        fetch("good", context=ssl.create_default_context())


@pytest.mark.parametrize(
    "addresses",
    [
        [],
        [("127.0.0.1", 443)],
        [("8.8.8.8", 443), ("127.0.0.1", 443)],
        [("8.8.8.8", 443), ("::ffff:10.0.0.1", 443)],
        [("fe80::1%eth0", 443)],
    ],
)
def test_a_name_that_leads_inward(addresses: list[tuple[str, int]]) -> None:
    """One address of its own network is enough to refuse them all; nothing is connected to."""
    with pytest.raises(DocumentError, match="not on the public internet"):
        DocumentFetch(resolve=Names(addresses))(f"https://{HOST}/good")


def test_a_name_that_changes(fetch: Any, port: int) -> None:
    """DNS rebinding: it is asked once, and what was checked is what is connected to."""
    names = Names([("127.0.0.1", port)], [("127.0.0.1", 1)])
    checked: list[str] = []

    def is_public(address: str) -> bool:
        checked.append(address)
        return True

    assert fetch("good", resolve=names, is_public=is_public).body == BODY
    assert names.asked == [(HOST, 443)]
    assert checked == ["127.0.0.1"]


def test_a_name_that_is_not_known() -> None:
    def resolve(*_: Any, **__: Any) -> Any:
        raise socket.gaierror

    with pytest.raises(DocumentError, match="not known"):
        DocumentFetch(resolve=resolve)(f"https://{HOST}/good")
