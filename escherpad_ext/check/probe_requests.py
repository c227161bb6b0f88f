"""The requests of a check: what a page's browser would send. Pure.

They change nothing: GET, OPTIONS, a PUT that every server refuses, and a WebSocket that is closed
at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from ..connect.paths import AUTHORIZATION_SERVER_METADATA, CONNECTED_APPS, GRANT, STATIC
from ..policy.credentials import TOKEN_PROTOCOL
from ..policy.tokens import is_grant_token
from .services import TO_PROXY
from .websocket import handshake

#: What the preflight asks for, as a client does before it saves a notebook.
REQUESTED_METHOD = "PUT"
REQUESTED_HEADERS = "authorization,content-type"
# A WebSocket that starts nothing and changes nothing.
_SOCKET = "api/events/subscribe"
_CONTENTS = "api/contents?content=0"

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ProbeRequest:
    """One request. ``path`` is relative to the server's; ``asked`` describes it for people.

    ``has_token`` says that it contains a real token, and ``may_change`` that another program could
    change something because of it.
    """

    name: str
    asked: str
    path: str
    method: str = "GET"
    headers: Headers = ()
    has_token: bool = False
    may_change: bool = False

    @property
    def is_late(self) -> bool:
        """Whether it waits until it is known that this extension answers."""
        return self.has_token or self.may_change

    def __repr__(self) -> str:
        return f"ProbeRequest({self.name})"  # a header may hold a token


@dataclass(frozen=True)
class Caller:
    """Who sends the requests. Tokens are never shown; ``made_up`` is invalid, ``token`` is real.

    ``ip`` is the only IP address that may receive the token; None allows every address of the host.
    """

    origin: str
    stranger: str
    made_up: str
    token: str | None = None
    ip: str | None = None

    def __repr__(self) -> str:
        return f"Caller({self.origin})"


#: The header with which a client says to a tunnel that no person has to be warned.
SKIP_WARNING = (
    "ngrok-skip-browser-warning",
    "bypass-tunnel-reminder",
    "X-Tunnel-Skip-AntiPhishing-Page",
)
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
_USER_AGENT = ("User-Agent", f"Mozilla/5.0 (X11; Linux x86_64) {_CHROME}")


def as_browser(origin: str, site: str = "cross-site") -> Headers:
    """Return the headers of a page's ``fetch``: some proxies answer browsers otherwise."""
    return (
        ("Origin", origin),
        _USER_AGENT,
        ("Sec-Fetch-Site", site),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Dest", "empty"),
    )


#: Shows whether a Jupyter server is there at all.
PLAIN = ProbeRequest("plain", "GET api, as curl would", "api")


#: What comes first refuses this itself, and many proxies name themselves only then.
MALFORMED = ProbeRequest(
    TO_PROXY, "GET api, with a malformed Host", "api", headers=(("Host", "made up"),)
)


def discovery(caller: Caller) -> ProbeRequest:
    """Return the request that shows by which address the server knows itself."""
    page = as_browser(caller.origin)
    return ProbeRequest(
        "discovery", "discovery document", AUTHORIZATION_SERVER_METADATA, "GET", page
    )


def probe_requests(caller: Caller, own: str) -> Iterator[ProbeRequest]:
    """Yield all requests to a server that answers; ``own`` is the server's own origin."""
    page = as_browser(caller.origin)
    yield discovery(caller)
    yield ProbeRequest(
        "preflight",
        f"preflight of a {REQUESTED_METHOD} (OPTIONS)",
        "api/contents",
        "OPTIONS",
        _preflight(caller.origin),
    )
    yield ProbeRequest("simple", "GET api", "api", headers=page)
    yield ProbeRequest("error", "GET api/contents, no token", _CONTENTS, headers=page)
    made_up = ("Authorization", f"Bearer {caller.made_up}")
    yield ProbeRequest(
        "header", "GET api/contents, made-up token", _CONTENTS, headers=(*page, made_up)
    )
    # No server has this method there, and none accepts the token.
    headers = (*page, made_up)
    yield ProbeRequest("change", "PUT api, made-up token", "api", "PUT", headers, may_change=True)
    yield from _others(caller, own)
    yield from _sockets(caller)
    if caller.token is not None:
        yield from _with_token(caller.token, page)


def _others(caller: Caller, own: str) -> Iterator[ProbeRequest]:
    stranger = as_browser(caller.stranger)
    yield ProbeRequest("stranger", "GET api, from a made-up origin", "api", headers=stranger)
    # Where the first is removed, the server goes by the second.
    twice = (*stranger, ("Sec-WebSocket-Origin", caller.stranger))
    yield ProbeRequest("stranger_twice", "GET api, its origin named twice", "api", headers=twice)
    program = (("Origin", caller.origin),)
    yield ProbeRequest("program", "GET api, as no browser does", "api", headers=program)
    skipping = (*as_browser(caller.origin), *((name, "1") for name in SKIP_WARNING))
    yield ProbeRequest("skipping", "GET api, asking for no warning", "api", headers=skipping)
    yield ProbeRequest(
        "stranger_preflight",
        "preflight from a made-up origin",
        "api/contents",
        "OPTIONS",
        _preflight(caller.stranger),
    )
    yield ProbeRequest(
        "own", "GET api, as the server's own page", "api", headers=as_browser(own, "same-origin")
    )
    # Redirects to the same path with a final slash, which shows the path that the server knows.
    yield ProbeRequest("home", "GET escherpad", CONNECTED_APPS.rstrip("/"))


def _sockets(caller: Caller) -> Iterator[ProbeRequest]:
    # Chromium sends no Fetch metadata with a handshake.
    page = (("Origin", caller.origin), _USER_AGENT)
    # Refused by the router if `Upgrade` arrives; otherwise a file, for every origin.
    yield ProbeRequest(
        "upgrade",
        "WebSocket handshake for a file",
        f"{STATIC}page.js",
        headers=(*page, *handshake()),
    )
    shown = "the token" if caller.token is not None else "made-up token"
    yield ProbeRequest(
        "socket",
        f"WebSocket, {shown} as subprotocol",
        _SOCKET,
        headers=(*page, *handshake(), _offer(caller.token or caller.made_up)),
        has_token=caller.token is not None,
    )
    yield ProbeRequest(
        "socket_url",
        "WebSocket, made-up token in the address",
        f"{_SOCKET}?token={caller.made_up}",
        headers=(*page, *handshake()),
    )


def _with_token(token: str, page: Headers) -> Iterator[ProbeRequest]:
    headers = (*page, ("Authorization", f"Bearer {token}"))
    asked = "GET api/contents, the token"
    yield ProbeRequest("token", asked, _CONTENTS, headers=headers, has_token=True)
    if is_grant_token(token):
        asked = "GET escherpad/grant, the token"
        yield ProbeRequest("grant", asked, GRANT, headers=headers, has_token=True)


def _preflight(origin: str) -> Headers:
    return (
        *as_browser(origin),
        ("Access-Control-Request-Method", REQUESTED_METHOD),
        ("Access-Control-Request-Headers", REQUESTED_HEADERS),
    )


def _offer(token: str) -> tuple[str, str]:
    encoded = quote(token, safe="-._~")
    return "Sec-WebSocket-Protocol", f"{TOKEN_PROTOCOL}, {TOKEN_PROTOCOL}.{encoded}"


def near_origins(origin: str) -> tuple[str, ...]:
    """Return origins that may be allowed by mistake instead: another scheme, no port."""
    scheme, _, rest = origin.partition("://")
    host, _, port = rest.rpartition(":") if rest.rpartition(":")[2].isdigit() else (rest, "", "")
    other = {"http": "https", "https": "http"}.get(scheme)
    near = [f"{other}://{rest}"] if other else []
    near += [f"{scheme}://{host}"] if port else []
    near += [f"{other}://{host}"] if other and port else []
    near += [f"{scheme}://{host[4:]}"] if host.startswith("www.") else [f"{scheme}://www.{host}"]
    return tuple(near)
