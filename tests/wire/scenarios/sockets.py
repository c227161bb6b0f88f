"""WebSocket handshakes: the answers' status and headers."""

from __future__ import annotations

from ..steps import JSON, LISTED, Header, Request, Scenario, Step, bearer, handshake, origin

_SITE = origin(LISTED)
EVENTS = "/api/events/subscribe"
_NAME = "v1.token.websocket.jupyter.org"
_KERNEL_PROTOCOL = "v1.kernel.websocket.jupyter.org"


def _offer(*protocols: str) -> Header:
    return ("Sec-WebSocket-Protocol", ", ".join(protocols))


def _carries(token: str) -> str:
    return f"{_NAME}.${{{token}}}"


_EVENTS = (
    handshake("no token", EVENTS, _SITE),
    handshake("a cookie", EVENTS, _SITE, ("Cookie", "a=b")),
    handshake("header", EVENTS, _SITE, bearer("server")),
    handshake("header, grant token", EVENTS, _SITE, bearer("full")),
    handshake("URL", f"{EVENTS}?token=${{server}}", _SITE),
    handshake("URL, grant token", f"{EVENTS}?token=${{full}}", _SITE),
    handshake("subprotocol", EVENTS, _SITE, _offer(_NAME, _carries("server"))),
    handshake("subprotocol, grant token", EVENTS, _SITE, _offer(_NAME, _carries("full"))),
    handshake("subprotocol alone", EVENTS, _SITE, _offer(_carries("server"))),
    handshake("the name alone", EVENTS, _SITE, _offer(_NAME)),
    handshake("encoded", EVENTS, _SITE, _offer(_NAME, f"{_NAME}.a%2Dtoken-that-is-nobody-elses")),
    handshake("twice", EVENTS, _SITE, _offer(_carries("server"), _carries("server"))),
    handshake("empty", EVENTS, _SITE, _offer(_NAME, f"{_NAME}.")),
    handshake("wrong", EVENTS, _SITE, _offer(_NAME, f"{_NAME}.wrong")),
    handshake("with a line end", EVENTS, _SITE, _offer(_NAME, f"{_NAME}.a%0D%0Ab")),
    handshake("others besides", EVENTS, _SITE, _offer("x", _NAME, _carries("server"), "y")),
    handshake("header first", EVENTS, _SITE, bearer("server"), _offer(_NAME, f"{_NAME}.wrong")),
    handshake("view", EVENTS, _SITE, _offer(_NAME, _carries("view"))),
    handshake("expired", EVENTS, _SITE, _offer(_NAME, _carries("expired"))),
    handshake("revoked", EVENTS, _SITE, _offer(_NAME, _carries("revoked"))),
    handshake("another origin's", EVENTS, _SITE, _offer(_NAME, _carries("too"))),
    handshake(
        "refused origin", EVENTS, origin("https://evil.example"), _offer(_NAME, _carries("server"))
    ),
    handshake("null", EVENTS, origin("null"), bearer("server")),
    handshake("own origin", EVENTS, origin("${own}"), bearer("server")),
    handshake(
        "own origin, subprotocol", EVENTS, origin("${own}"), _offer(_NAME, _carries("server"))
    ),
    handshake("no origin", EVENTS, bearer("server")),
    handshake("no origin, no token", EVENTS),
    handshake("script", EVENTS, bearer("script-full")),
    handshake("script by subprotocol", EVENTS, _offer(_NAME, _carries("script-full"))),
    handshake("script by URL", f"{EVENTS}?token=${{script-full}}"),
    handshake("site's token without origin", EVENTS, _offer(_NAME, _carries("full"))),
    Request("no upgrade", EVENTS, headers=(_SITE, bearer("server"))),
    handshake("unknown socket", "/api/nowhere/socket", _SITE, bearer("server")),
)
_KERNEL = "/api/kernels/${kernel}/channels"


def _channels(name: str, *headers: Header, query: str = "?session_id=a") -> Request:
    return handshake(name, _KERNEL + query, _SITE, *headers)


_CHANNELS: tuple[Step, ...] = (
    Request(
        "start",
        "/api/kernels",
        "POST",
        (_SITE, bearer("run"), JSON),
        '{"name": "wire"}',
        capture={"kernel": r'"id": "([0-9a-f-]+)"'},
    ),
    _channels("run by header", bearer("run")),
    _channels("run by subprotocol", _offer(_NAME, _carries("run"))),
    _channels("with the kernel's protocol", _offer(_KERNEL_PROTOCOL, _NAME, _carries("run"))),
    _channels("the kernel's protocol alone", _offer(_KERNEL_PROTOCOL), bearer("run")),
    _channels("run by URL", query="?session_id=a&token=${run}"),
    _channels("server's by subprotocol", _offer(_NAME, _carries("server"))),
    _channels("view", bearer("view")),
    _channels("edit", bearer("edit")),
    _channels("nothing"),
    Request("stop", "/api/kernels/${kernel}", "DELETE", (_SITE, bearer("run"))),
    _channels("stopped", bearer("run")),
)
_TERMINAL = "/terminals/websocket/${terminal}"
_TERMINALS: tuple[Step, ...] = (
    Request(
        "open",
        "/api/terminals",
        "POST",
        (_SITE, bearer("terminal")),
        capture={"terminal": r'"name": "(\w+)"'},
    ),
    handshake("terminal", _TERMINAL, _SITE, _offer(_NAME, _carries("terminal"))),
    handshake("run", _TERMINAL, _SITE, _offer(_NAME, _carries("run"))),
    Request("close", "/api/terminals/${terminal}", "DELETE", (_SITE, bearer("terminal"))),
)

SCENARIOS = (
    Scenario("events socket", "listed", _EVENTS),
    Scenario("kernel socket", "listed", _CHANNELS),
    Scenario("terminal socket", "listed", _TERMINALS),
)
