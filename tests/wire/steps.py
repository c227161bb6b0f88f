"""What a scenario is made of: requests as data.

``${name}`` in a target, a header or a body stands for a value of the run: the server's address, a
token, or what an earlier answer held (``capture``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Header = tuple[str, str]

#: What every client of a WebSocket sends (RFC 6455, section 4.1).
HANDSHAKE: tuple[Header, ...] = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "c2l4dGVlbiBieXRlcyBvaw=="),
)
FORM: Header = ("Content-Type", "application/x-www-form-urlencoded")
JSON: Header = ("Content-Type", "application/json")
#: What a browser adds to a link, a typed address or a popup.
NAVIGATION: tuple[Header, ...] = (
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Dest", "document"),
    ("Sec-Fetch-Site", "cross-site"),
)
#: What a browser adds to a form that was submitted by a click on the server's own page.
CLICK: tuple[Header, ...] = (
    ("Origin", "${own}"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Dest", "document"),
    ("Sec-Fetch-Site", "same-origin"),
    ("Sec-Fetch-User", "?1"),
    FORM,
)
#: The cookies that the server set so far in this scenario.
COOKIES: Header = ("Cookie", "${cookies}")

LISTED = "https://app.example.com"
LISTED_TOO = "https://other.example.org"
UNLISTED = "https://site.example"


@dataclass(frozen=True)
class Request:
    """One request. ``capture`` names regular expressions; what their group holds is kept.

    ``until`` is a regular expression: the request is repeated until its answer has it. ``hold``
    names a WebSocket that stays open.
    """

    name: str
    target: str
    method: str = "GET"
    headers: tuple[Header, ...] = ()
    body: str | None = None
    capture: Mapping[str, str] = field(default_factory=dict)
    until: str = ""
    hold: str = ""


@dataclass(frozen=True)
class Closing:
    """Waits until the server closes a WebSocket that was held."""

    name: str
    socket: str


Step = Request | Closing


@dataclass(frozen=True)
class Scenario:
    """Steps that are taken one after the other, with one jar of cookies."""

    name: str
    server: str
    steps: tuple[Step, ...]


def origin(value: str) -> Header:
    """Return the header that says which page sends a request."""
    return ("Origin", value)


def bearer(token: str) -> Header:
    """Return the header that carries a token of the run, by its name."""
    return ("Authorization", f"Bearer ${{{token}}}")


def handshake(name: str, target: str, *headers: Header, hold: str = "") -> Request:
    """Return a request for a WebSocket."""
    return Request(name, target, headers=(*headers, *HANDSHAKE), hold=hold)


def preflight(name: str, target: str, method: str, *headers: Header) -> Request:
    """Return a CORS preflight."""
    return Request(name, target, "OPTIONS", (*headers, ("Access-Control-Request-Method", method)))


def post_form(name: str, target: str, body: str, *headers: Header, **more: object) -> Request:
    """Return a form that a script or a program posts."""
    return Request(name, target, "POST", (*headers, FORM), body, **more)  # type: ignore[arg-type]
