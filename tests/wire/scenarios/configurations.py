"""What each setting changes."""

from __future__ import annotations

from ..servers import PUBLIC_URL
from ..steps import (
    JSON,
    LISTED,
    NAVIGATION,
    UNLISTED,
    Header,
    Request,
    Scenario,
    Step,
    bearer,
    handshake,
    origin,
    preflight,
)
from .asking import question

_EVENTS = "api/events/subscribe"
_EVIL = origin("https://evil.example")
_NAME = "v1.token.websocket.jupyter.org"


def _usual(base: str = "/", site: str = LISTED) -> tuple[Step, ...]:
    """Return what a page of a site does with a server, whatever its settings."""
    here = origin(site)
    return (
        preflight(
            "preflight",
            f"{base}api/me",
            "GET",
            here,
            ("Access-Control-Request-Headers", "authorization"),
        ),
        preflight("preflight of a refused origin", f"{base}api/me", "GET", _EVIL),
        Request("version", f"{base}api", headers=(here,)),
        Request("no token", f"{base}api/me", headers=(here,)),
        Request("a cookie", f"{base}api/me", headers=(here, ("Cookie", "a=b"))),
        Request("server's token", f"{base}api/me", headers=(here, bearer("server"))),
        Request("wrong token", f"{base}api/me", headers=(here, ("Authorization", "token x"))),
        Request("token in the URL", f"{base}api/me?token=${{server}}", headers=(here,)),
        Request("file", f"{base}files/hello.txt", headers=(here, bearer("server"))),
        Request(
            "new file",
            f"{base}api/contents/x.txt",
            "PUT",
            (here, bearer("server"), JSON),
            '{"type": "file", "format": "text", "content": "x"}',
        ),
        Request("missing", f"{base}nowhere", headers=(here, bearer("server"))),
        Request("refused origin", f"{base}api/me", headers=(_EVIL, bearer("server"))),
        Request("null", f"{base}api/me", headers=(origin("null"), bearer("server"))),
        Request("own origin", f"{base}api/me", headers=(origin("${own}"), bearer("server"))),
        Request("no origin", f"{base}api/me", headers=(bearer("server"),)),
        handshake(
            "socket",
            f"{base}{_EVENTS}",
            here,
            ("Sec-WebSocket-Protocol", f"{_NAME}, {_NAME}.${{server}}"),
        ),
        handshake("socket, token in the URL", f"{base}{_EVENTS}?token=${{server}}", here),
        handshake("refused socket", f"{base}{_EVENTS}", _EVIL, bearer("server")),
        *_connecting(base),
    )


def _connecting(base: str) -> tuple[Step, ...]:
    return (
        Request("discovery", f"{base}.well-known/oauth-authorization-server", headers=(_EVIL,)),
        Request("resource", f"{base}.well-known/oauth-protected-resource", headers=(_EVIL,)),
        Request("own grant", f"{base}escherpad/grant", headers=(_EVIL,)),
        Request("connected apps", f"{base}escherpad/", headers=NAVIGATION),
        Request("client", f"{base}escherpad/static/connect.js", "HEAD", (_EVIL,)),
    )


def _granted(base: str = "/") -> tuple[Step, ...]:
    here = origin(LISTED)
    return (
        Request("grant token", f"{base}api/me", headers=(here, bearer("view"))),
        Request("grant token in the URL", f"{base}api/me?token=${{view}}", headers=(here,)),
        Request("scope missing", f"{base}api/kernels", "POST", (here, bearer("view"), JSON), "{}"),
        Request("script's token", f"{base}api/me", headers=(bearer("script"),)),
        Request("script's token in the URL", f"{base}api/me?token=${{script}}"),
        handshake("socket, grant token in the URL", f"{base}{_EVENTS}?token=${{full}}", here),
        Request(
            "unlisted, granted", f"{base}api/me", headers=(origin(UNLISTED), bearer("unlisted"))
        ),
        Request("unlisted, no token", f"{base}api/me", headers=(origin(UNLISTED),)),
    )


_PUBLIC_ORIGIN = PUBLIC_URL.removesuffix("/user/ana")
_BASE = "/user/ana/"


def _at(name: str, target: str, *headers: Header, host: str = "${host}") -> Request:
    return Request(name, target, headers=(("Host", host), *headers))


_PUBLIC = (
    _at("public origin", f"{_BASE}api/me", origin(_PUBLIC_ORIGIN), bearer("server")),
    _at(
        "public origin by http",
        f"{_BASE}api/me",
        origin("http://jupyter.example.edu"),
        bearer("server"),
    ),
    _at("public origin, no token", f"{_BASE}api/me", origin(_PUBLIC_ORIGIN)),
    _at(
        "by its name",
        f"{_BASE}api/me",
        origin(_PUBLIC_ORIGIN),
        bearer("server"),
        host="jupyter.example.edu",
    ),
    handshake("public socket", f"{_BASE}{_EVENTS}", origin(_PUBLIC_ORIGIN), bearer("server")),
    Request("as RFC 8414 has it", "/.well-known/oauth-authorization-server/user/ana"),
    Request("resource as RFC 9728 has it", "/.well-known/oauth-protected-resource/user/ana"),
    Request("at the root", "/.well-known/oauth-authorization-server"),
    Request("ask", f"{_BASE}escherpad/authorize?{question()}", headers=NAVIGATION),
    Request(
        "ask for this resource",
        headers=NAVIGATION,
        target=f"{_BASE}escherpad/authorize?{question(resource=PUBLIC_URL)}",
    ),
    Request(
        "ask for another resource",
        headers=NAVIGATION,
        target=f"{_BASE}escherpad/authorize?{question(resource='${own}')}",
    ),
    Request(
        "ask for itself",
        headers=NAVIGATION,
        target=f"{_BASE}escherpad/authorize?{question(site=_PUBLIC_ORIGIN)}",
    ),
    Request("log in", f"{_BASE}api/status?token=${{server}}"),
    Request("outside the base URL", "/api/me", headers=(origin(LISTED), bearer("server"))),
)
_PATTERN = (
    Request(
        "below the pattern", "/api/me", headers=(origin("https://b.example.com"), bearer("server"))
    ),
    Request(
        "beyond the pattern",
        "/api/me",
        headers=(origin("https://b.example.com.evil.example"), bearer("server")),
    ),
)

_SERVERS = ("generous", "strict", "any-but-no-connect", "broken", "legacy", "no-login")

SCENARIOS = (
    *(Scenario("usual requests", server, _usual()) for server in (*_SERVERS, "legacy-pattern")),
    *(Scenario("granted requests", server, _granted()) for server in _SERVERS),
    Scenario("usual requests", "public", _usual(_BASE)),
    Scenario("granted requests", "public", _granted(_BASE)),
    Scenario("public address", "public", _PUBLIC),
    Scenario("pattern", "legacy-pattern", _PATTERN),
)
