"""What of a request the decision is made from."""

from __future__ import annotations

import pytest
from support.http_request import http_request

from escherpad_ext.server.request_facts import (
    facts_of,
    has_no_browser_headers,
    is_websocket,
    listening_port,
    origin_of,
)

SITE = "https://app.example.com"


@pytest.mark.parametrize(
    ("headers", "uri"),
    [
        ({"Origin": SITE}, "/api"),
        ({"Sec-WebSocket-Origin": SITE}, "/api"),
        ({"Sec-Fetch-Site": "none"}, "/api"),
        ({"Sec-WebSocket-Protocol": "x"}, "/api"),
        ({"Referer": SITE}, "/api"),
        ({"Authorization": "Bearer a.b"}, "/api"),
        ({}, "/api?token=x"),
    ],
)
def test_what_needs_a_closer_look(headers: dict[str, str], uri: str) -> None:
    """Whatever a browser sends, and every place where a limited token may be."""
    assert not has_no_browser_headers(http_request(headers, uri=uri))


@pytest.mark.parametrize("headers", [{}, {"Authorization": "token x"}, {"Cookie": "a=b.c"}])
def test_what_needs_none(headers: dict[str, str]) -> None:
    """The server's token in the header has no limits."""
    assert has_no_browser_headers(http_request(headers, uri="/api?a=token.x"))


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ({"Origin": SITE}, SITE),
        ({"Sec-WebSocket-Origin": SITE}, SITE),
        ({"Origin": "null", "Sec-WebSocket-Origin": SITE}, "null"),
        ({"Origin": "", "Sec-WebSocket-Origin": SITE}, ""),
        ({}, None),
    ],
)
def test_the_origin(headers: dict[str, str], origin: str | None) -> None:
    """An old header counts only where the new one is missing. An empty one is not missing."""
    assert origin_of(http_request(headers)) == origin


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        ("GET", {"Upgrade": "WebSocket"}, True),
        ("POST", {"Upgrade": "websocket"}, False),
        ("GET", {"Upgrade": "h2c"}, False),
        ("GET", {}, False),
    ],
)
def test_handshakes(method: str, headers: dict[str, str], expected: bool) -> None:
    assert is_websocket(http_request(headers, method=method)) is expected


def test_only_options_asks_for_a_method() -> None:
    """Any other request with that header is no preflight."""
    headers = {"Access-Control-Request-Method": "PUT"}
    for method, expected in {"OPTIONS": "PUT", "GET": None}.items():
        found = facts_of(http_request(headers, method=method), lambda: False)
        assert found.requested_method == expected


def test_the_mode_counts_with_the_site() -> None:
    """Browsers send both or none."""
    mode = {"Sec-Fetch-Mode": "no-cors"}
    assert facts_of(http_request(mode), lambda: False).fetch_mode is None
    found = facts_of(http_request({**mode, "Sec-Fetch-Site": "cross-site"}), lambda: False)
    assert (found.fetch_site, found.fetch_mode) == ("cross-site", "no-cors")


def test_a_unix_socket_has_no_port() -> None:
    """Nor has a request without a connection."""
    assert listening_port(http_request()) is None
