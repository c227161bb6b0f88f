"""The command's part of the device flow, with servers that are not what they seem."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from escherpad_ext.cli.device_client import DeviceClient, NotConnected, _object
from escherpad_ext.cli.server_address import ServerAddress


@contextmanager
def hostile_server(**code: object) -> Iterator[str]:
    """Run a server that answers the first request of the device flow with these members."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(
                {"issuer": url}
                | {
                    f"{name}_endpoint": f"{url}/{name}"
                    for name in ("device_authorization", "token")
                }
            )

        def do_POST(self) -> None:
            page = str(code["verification_uri"]).replace("<server>", url)
            self._send({**code, "verification_uri": page})

        def _send(self, answer: Any) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield url
        finally:
            server.shutdown()
            thread.join()


CODE = {"user_code": "BCDF-GHJK", "device_code": "x", "expires_in": 600}


def start(url: str) -> str:
    client = DeviceClient(ServerAddress.parse(url))
    client.discover()
    return client.start("view", "ana@laptop", None).verification_uri


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/device",
        "file:///etc/passwd",
        "ms-settings:privacy",
        "javascript:alert(1)",
        "--help",
        "",
    ],
)
def test_a_browser_opens_only_the_servers_own_pages(page: str) -> None:
    """Whatever address its answer names."""
    with (
        hostile_server(**CODE, verification_uri=page) as url,
        pytest.raises(NotConnected, match="cannot be used"),
    ):
        start(url)


def test_its_own_page_is_shown() -> None:
    """And not only refused."""
    with hostile_server(**CODE, verification_uri="<server>/device") as url:
        assert start(url) == f"{url}/device"


@pytest.mark.parametrize("left_out", CODE)
def test_an_answer_that_lacks_something(left_out: str) -> None:
    """Is no answer."""
    code = {name: value for name, value in CODE.items() if name != left_out}
    with (
        hostile_server(**code, verification_uri="<server>/device") as url,
        pytest.raises(NotConnected, match="cannot be used"),
    ):
        start(url)


@pytest.mark.parametrize("member", ["expires_in", "interval"])
def test_a_number_that_is_none(member: str) -> None:
    """Python reads `Infinity` in JSON."""
    answer = {**CODE, "verification_uri": "<server>/device", member: float("inf")}
    with (
        hostile_server(**answer) as url,
        pytest.raises(NotConnected, match="answer cannot be used"),
    ):
        start(url)


def test_an_answer_that_is_too_deep() -> None:
    """It is no answer, and no error of Python's."""
    assert _object(b"[" * 60_000) == {}
