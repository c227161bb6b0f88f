"""Where a request comes from, preflights, and requests that browsers send without ``Origin``."""

from __future__ import annotations

from ..steps import (
    JSON,
    LISTED,
    LISTED_TOO,
    NAVIGATION,
    UNLISTED,
    Header,
    Request,
    Scenario,
    bearer,
    handshake,
    origin,
    preflight,
)

ME = "/api/me"
#: Names of origins, and what the header says.
ORIGINS = {
    "own": "${own}",
    "own with https": "https://${host}",
    "listed": LISTED,
    "below a wildcard": "https://a.b.lab.example.edu",
    "the wildcard itself": "https://lab.example.edu",
    "any port of localhost": "http://localhost:3000",
    "https localhost": "https://localhost:3000",
    "unlisted": "https://evil.example",
    "unlisted port": f"{LISTED}:8443",
    "unlisted scheme": "http://app.example.com",
    "null": "null",
    "insecure": "http://evil.example",
    "loopback address": "http://127.0.0.1:1",
    "empty": "",
    "with a path": f"{LISTED}/lab",
    "upper case": "https://APP.example.com",
    "two": f"{LISTED}, {LISTED_TOO}",
    "an extension's": "vscode-webview://0a1b2c3d",
    "approved by a grant": UNLISTED,
}

_SOCKET_ORIGIN = "Sec-WebSocket-Origin"
_LONG = ",".join(f"x-header-{number}" for number in range(300))
_LONGER = ",".join(f"x-header-{number}" for number in range(400))


def _asks(*headers: Header) -> tuple[Request, ...]:
    return tuple(
        Request(f"{name} origin", ME, headers=(origin(value), *headers))
        for name, value in ORIGINS.items()
    )


def _preflight(name: str, *headers: Header, allowed: str = LISTED) -> Request:
    return preflight(name, "/api/contents/hello.txt", "PUT", origin(allowed), *headers)


def _wanted(names: str) -> Header:
    return ("Access-Control-Request-Headers", names)


_OPTIONS = (
    Request("without Origin", ME, "OPTIONS"),
    Request("without Origin, with a token", ME, "OPTIONS", (bearer("server"),)),
    Request("no preflight", ME, "OPTIONS", (origin(LISTED),)),
    Request("no preflight, with a token", ME, "OPTIONS", (origin(LISTED), bearer("server"))),
    Request("own origin", ME, "OPTIONS", (origin("${own}"), bearer("server"))),
)
_PREFLIGHTS = (
    *(
        preflight(f"{name} origin", ME, "GET", origin(value), _wanted("authorization"))
        for name, value in ORIGINS.items()
    ),
    _preflight("no headers asked for"),
    _preflight("two headers", _wanted("authorization,content-type")),
    _preflight("with spaces", _wanted("Authorization , X-XSRFToken")),
    _preflight("malformed list", _wanted("authorization,,content-type")),
    _preflight("not a list", _wanted("authorization content-type")),
    _preflight("empty list", _wanted("")),
    _preflight("long list", _wanted(_LONG)),
    _preflight("list that is too long", _wanted(_LONGER)),
    _preflight("private network", ("Access-Control-Request-Private-Network", "true")),
    _preflight("no private network", ("Access-Control-Request-Private-Network", "false")),
    _preflight("with a cookie", ("Cookie", "a=b"), _wanted("authorization")),
    _preflight("with a token", bearer("server")),
    _preflight("refused, private network", allowed="https://evil.example"),
    preflight("of an unknown method", ME, "PROPFIND", origin(LISTED)),
    preflight("of an address that is not there", "/nowhere", "GET", origin(LISTED)),
    preflight("of a static file", "/static/favicon.ico", "GET", origin(LISTED)),
    preflight("with a token in the URL", f"{ME}?token=${{server}}", "GET", origin(LISTED)),
    preflight("without Origin", ME, "GET"),
    preflight("for everybody", "/escherpad/token", "POST", origin("https://evil.example")),
    preflight("for everybody, null", "/escherpad/grant", "GET", origin("null")),
    preflight("to a page", "/escherpad/authorize", "POST", origin(LISTED)),
)


def _embedded(site: str, mode: str) -> tuple[Header, ...]:
    return (("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", "image"))


_WITHOUT_ORIGIN = (
    Request("nothing", ME),
    Request("a token", ME, headers=(bearer("server"),)),
    Request("a token in the URL", f"{ME}?token=${{server}}"),
    Request("embedded", f"{ME}?token=${{server}}", headers=_embedded("cross-site", "no-cors")),
    Request(
        "embedded by a sibling",
        "/files/hello.txt",
        headers=(*_embedded("same-site", "no-cors"), bearer("server")),
    ),
    Request(
        "embedded public file",
        "/static/favicon.ico",
        headers=_embedded("cross-site", "no-cors"),
    ),
    Request("embedded version", "/api", headers=_embedded("cross-site", "no-cors")),
    Request(
        "embedded by itself",
        "/files/hello.txt",
        headers=(*_embedded("same-origin", "no-cors"), bearer("server")),
    ),
    Request(
        "embedded, with a grant token",
        f"{ME}?token=${{script}}",
        headers=_embedded("cross-site", "no-cors"),
    ),
    Request("a link", f"{ME}?token=${{server}}", headers=NAVIGATION),
    Request("a link without a token", "/files/hello.txt", headers=NAVIGATION),
    Request("a referrer", ME, headers=(("Referer", "https://evil.example/"), bearer("server"))),
)
_OTHER_HOSTS = (
    Request("no host", ME, headers=(("Host", ""), bearer("server"))),
    Request("a host elsewhere", ME, headers=(("Host", "evil.example"), bearer("server"))),
    Request(
        "an address",
        ME,
        headers=(("Host", "127.0.0.1:1"), origin("http://127.0.0.1:1"), bearer("server")),
    ),
    Request(
        "own on another port",
        ME,
        headers=(("Host", "localhost:1"), origin("http://localhost:1"), bearer("server")),
    ),
)
_SOCKET_ORIGINS = (
    handshake("listed", "/api/events/subscribe", (_SOCKET_ORIGIN, LISTED), bearer("server")),
    handshake(
        "refused",
        "/api/events/subscribe",
        (_SOCKET_ORIGIN, "https://evil.example"),
        bearer("server"),
    ),
    handshake(
        "both",
        "/api/events/subscribe",
        (_SOCKET_ORIGIN, LISTED),
        origin("https://evil.example"),
        bearer("server"),
    ),
)
_REFUSED = tuple(
    Request(
        method, "/api/contents/hello.txt", method, (origin("https://evil.example"), *more), body
    )
    for method, more, body in (
        ("GET", (), None),
        ("HEAD", (), None),
        ("POST", (JSON,), "{}"),
        ("PUT", (JSON,), "{}"),
        ("PATCH", (JSON,), "{}"),
        ("DELETE", (), None),
        ("OPTIONS", (), None),
        ("PROPFIND", (), None),
    )
)

SCENARIOS = (
    Scenario("origins without a token", "listed", _asks()),
    Scenario("origins with the server's token", "listed", _asks(bearer("server"))),
    Scenario("origins with a grant token", "listed", _asks(bearer("run"))),
    Scenario("methods of a refused origin", "listed", _REFUSED),
    Scenario("options", "listed", _OPTIONS),
    Scenario("preflights", "listed", _PREFLIGHTS),
    Scenario("without an origin", "listed", _WITHOUT_ORIGIN),
    Scenario("other hosts", "listed", _OTHER_HOSTS),
    Scenario("origins of sockets", "listed", _SOCKET_ORIGINS),
)
