"""What is taken off a request, so that no handler finds a credential that does not count."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote

import pytest
from support.http_request import http_request
from tornado.httputil import HTTPServerRequest

from escherpad_ext.policy.credentials import TOKEN_PROTOCOL, UrlTokens
from escherpad_ext.server.context import context_of
from escherpad_ext.server.request_credentials import (
    drop_all,
    drop_cookies,
    has_limited_token,
    keep_one_token,
    take_url_tokens,
    without_argument,
    without_authorization,
)
from escherpad_ext.server.token_kinds import TokenKinds

SITE = "https://app.example.com"
COOKIE = {"Cookie": "username-lab=x"}
HEADER = {"Authorization": "token header"}
SOCKET = {"Upgrade": "websocket", "Sec-WebSocket-Protocol": f"{TOKEN_PROTOCOL}.offered, other"}
URL = "/api?a=1&token=url&b=%26"


class Demo:
    """The kind of tokens that begin with ``demo.``."""

    is_grant = False

    def recognises(self, token: str) -> bool:
        return token.startswith("demo.")


def credentials(request: HTTPServerRequest) -> set[str]:
    """Return the names of all that is left for a handler to find."""
    headers = ("Authorization", "Cookie", "Sec-WebSocket-Protocol")
    names = {name for name in headers if name in request.headers}
    names |= {"arguments"} if "token" in request.arguments else set()
    names |= {"query"} if "token" in request.query_arguments else set()
    return names | ({"uri"} if "token" in (request.uri or "") else set())


@pytest.mark.parametrize(
    ("headers", "url_tokens", "kept"),
    [
        (HEADER | COOKIE | SOCKET, "always", "token header"),
        (SOCKET | COOKIE, "always", "Bearer offered"),
        (COOKIE, "always", "Bearer url"),
        (COOKIE, "never", None),
        ({"Authorization": "Basic eDp5"} | COOKIE, "never", None),
    ],
    ids=["header", "subprotocol", "url", "url that does not count", "other scheme"],
)
def test_one_token_is_left(
    headers: dict[str, str], url_tokens: UrlTokens, kept: str | None
) -> None:
    """In the header, and as it came there. Nothing else is left, least of all a cookie."""
    request = http_request(headers, uri=URL)
    context = keep_one_token(request, SITE, url_tokens, TokenKinds())
    assert request.headers.get("Authorization") == kept
    assert credentials(request) - {"Authorization", "Sec-WebSocket-Protocol"} == set()
    assert context_of(request) is context
    assert context.origin == SITE


@pytest.mark.parametrize(
    ("offered", "left"),
    [(f"{TOKEN_PROTOCOL}.x, a, b", "a, b"), (f"{TOKEN_PROTOCOL}.x", None), ("a", "a")],
)
def test_subprotocols_without_tokens_are_left(offered: str, left: str | None) -> None:
    """A handler may need them."""
    request = http_request({"Upgrade": "websocket", "Sec-WebSocket-Protocol": offered})
    keep_one_token(request, SITE, "never", TokenKinds())
    assert request.headers.get("Sec-WebSocket-Protocol") == left


@pytest.mark.parametrize(
    ("uri", "tokens", "left"),
    [
        (URL, [b"url"], "/api?a=1&b=%26"),
        ("/api?token=x", [b"x"], "/api"),
        ("/api?token=x&token=y", [b"x", b"y"], "/api"),
        ("/api?%74oken=x&a", [b"x"], "/api?a"),
        ("/api?tokens=x", [], "/api?tokens=x"),
        ("/api?a=%C3%A4+b", [], "/api?a=%C3%A4+b"),
    ],
)
def test_tokens_are_taken_out_of_the_url(uri: str, tokens: list[bytes], left: str) -> None:
    """However the name is encoded; every other parameter stays byte for byte."""
    request = http_request(uri=uri)
    assert take_url_tokens(request) == tokens
    assert request.uri == left
    assert request.uri == request.path + ("?" + request.query if request.query else "")
    assert "token" not in request.arguments | request.query_arguments


def test_what_is_dropped() -> None:
    """Everything, or what a browser sends by itself."""
    request = http_request(HEADER | COOKIE | SOCKET, uri=URL)
    drop_cookies(request)
    assert credentials(request) == {"Authorization", "Sec-WebSocket-Protocol"}
    drop_all(request)
    assert credentials(request) == set()


@pytest.mark.parametrize(
    ("headers", "uri"),
    [
        ({"Authorization": "Bearer demo.x"}, "/api"),
        ({"Authorization": "token demo.x"}, "/api"),
        ({}, "/api?token=demo.x"),
        ({}, "/api?token=x&token=demo.x"),
        ({"Sec-WebSocket-Protocol": f"{TOKEN_PROTOCOL}.{quote('demo.x')}"}, "/api"),
        ({"Sec-WebSocket-Protocol": f"{TOKEN_PROTOCOL}.demo%2Ex"}, "/api"),
    ],
)
def test_a_limited_token_is_found_wherever_core_looks(headers: dict[str, str], uri: str) -> None:
    """It must not reach the server's own login, which knows no limits."""
    kinds = TokenKinds(Demo())  # type: ignore[arg-type]
    assert has_limited_token(http_request(headers, uri=uri), kinds)
    others = {name: value.replace("demo", "other") for name, value in headers.items()}
    assert not has_limited_token(http_request(others, uri=uri.replace("demo", "other")), kinds)


def test_what_is_hidden_comes_back() -> None:
    """Also after an error."""
    request = http_request(HEADER, uri=URL)
    with suppress(KeyError), without_argument(request, "token"):
        assert "token" not in request.arguments
        raise KeyError
    assert request.arguments["token"] == [b"url"]
    with suppress(KeyError), without_authorization(request):
        assert "Authorization" not in request.headers
        raise KeyError
    assert request.headers["Authorization"] == "token header"
