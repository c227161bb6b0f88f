"""The facts of a tornado request that decide what to do with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tornado.httputil import HTTPServerRequest

from ..policy.credentials import Sender
from ..policy.decision import RequestFacts
from .token_kinds import MARK

_FETCH_SITE = "Sec-Fetch-Site"
# A request without any of these, and without a token that has limits of its own, comes from a
# script or a typed address.
_BROWSER_HEADERS = frozenset(
    {"Origin", "Sec-Websocket-Origin", _FETCH_SITE, "Sec-Websocket-Protocol", "Referer"}
)


def has_no_browser_headers(request: HTTPServerRequest) -> bool:
    """Return whether a cheap look shows that the policy has nothing to decide.

    Every limited token contains :data:`~.token_kinds.MARK`.
    """
    # To read a dict by tornado's methods, which are Python's own, would cost every request.
    lines = request.headers._as_list
    if not _BROWSER_HEADERS.isdisjoint(lines) or "token" in request.query_arguments:
        return False
    return MARK not in "".join(lines.get("Authorization", ()))


def facts_of(request: HTTPServerRequest, has_limited_token: Callable[[], bool]) -> RequestFacts:
    """Return the facts of a request."""
    method, headers = request.method or "", request.headers
    site = fetch_site_of(request)
    return RequestFacts(
        method=method,
        path=request.path,
        origin=origin_of(request),
        host=headers.get("Host"),
        secure=request.protocol == "https",
        fetch_site=site,
        fetch_mode=None if site is None else headers.get("Sec-Fetch-Mode"),
        requested_method=(
            headers.get("Access-Control-Request-Method") if method == "OPTIONS" else None
        ),
        has_limited_token=has_limited_token,
        listening_port=partial(listening_port, request),
    )


def origin_of(request: HTTPServerRequest) -> str | None:
    """Return the origin that a request names, None where it names none.

    Before version 13 of the protocol, WebSocket clients called it ``Sec-WebSocket-Origin``.
    """
    headers = request.headers
    origin = headers.get("Origin")
    return headers.get("Sec-WebSocket-Origin") if origin is None else origin


def sender_of(request: HTTPServerRequest) -> Sender:
    """Return who sends a request, as far as its headers tell.

    Browsers send ``Sec-Fetch-*`` on https and on loopback. Elsewhere, and where they are old, they
    ask for HTML when they open an address.
    """
    if origin_of(request) is not None:
        return "origin"
    headers = request.headers
    if any(name.startswith("Sec-Fetch-") for name in headers):
        return "browser"
    return "browser" if "text/html" in headers.get("Accept", "").lower() else "program"


def fetch_site_of(request: HTTPServerRequest) -> str | None:
    """Return ``Sec-Fetch-Site`` (W3C Fetch Metadata, section 2.3), None where it is missing."""
    return request.headers.get(_FETCH_SITE)


def lone_fetch_site(request: HTTPServerRequest) -> str | None:
    """Return ``Sec-Fetch-Site``, but None where it only repeats what ``Origin`` says.

    ``same-origin`` beside no ``Origin`` is more: Firefox's extensions send that.
    """
    if _FETCH_SITE not in request.headers:  # as with most programs, and at each of their requests
        return None
    site = fetch_site_of(request)
    return None if site == "same-origin" and origin_of(request) is not None else site


def listening_port(request: HTTPServerRequest) -> int | None:
    """Return the port at which the server took this request, None on a unix socket.

    Not the server's setting, which is 0 where the system chose the port.
    """
    socket = getattr(getattr(request.connection, "stream", None), "socket", None)
    name = socket.getsockname() if socket is not None else None
    return int(name[1]) if isinstance(name, tuple) else None


def is_websocket(request: HTTPServerRequest) -> bool:
    """Return whether this is a WebSocket handshake (RFC 6455, section 4.2.1)."""
    if request.method != "GET" or "Upgrade" not in request.headers:
        return False
    return request.headers["Upgrade"].lower() == "websocket"
