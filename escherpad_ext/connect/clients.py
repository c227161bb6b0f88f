"""The clients: sites, whose id is their origin, so that nobody has to register one. Pure."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from ..errors import InvalidOrigin
from ..policy.app_shells import who_shares
from ..policy.origin import DEFAULT_PORTS, Origin
from ..policy.settings import Settings
from .problems import ConnectError

MAX_REDIRECT_URI_LENGTH = 2000
#: How much of what a site sent is shown.
SHOWN_LENGTH = 300
# The characters of a path and a query (RFC 3986, 3.3 and 3.4). Browsers read `\` as `/` and
# drop tabs and line ends (https://url.spec.whatwg.org/#concept-basic-url-parser).
URI_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*")
# The parameters of the answer (RFC 6749, 4.1.2; RFC 9207). If the `redirect_uri` had one, the
# client would find it twice. It could believe the first, which an attacking server chose.
ANSWER_PARAMETERS = frozenset({"code", "error", "error_description", "error_uri", "iss", "state"})


def client_origin(client_id: str) -> Origin:
    """Return the origin that a ``client_id`` names; it must be exactly that and a slash.

    Raises ConnectError (``client_id``, ``app_shell``).
    """
    text = client_id.removesuffix("/")
    try:
        origin = Origin.parse(text)
    except InvalidOrigin:
        origin = None
    if origin is None or not origin.is_plain or client_id != f"{origin}/":
        raise ConnectError("client_id", client_id=client_id[:SHOWN_LENGTH])
    if origin.scheme not in DEFAULT_PORTS:
        raise ConnectError(
            "app_shell",
            client=origin,
            sharing=who_shares(origin),
            line=f"jupyter escherpad token create --origin {origin}",
        )
    return origin


def check_redirect_uri(uri: str, origin: Origin) -> None:
    """Raise ConnectError (``redirect_uri``) unless a URI is a page of that origin.

    The URI begins with the origin and a slash, literally. So nothing after them can be read as
    part of the host: a port, a user name or a longer name.
    """
    prefix = f"{origin}/"
    if not (
        uri.startswith(prefix)
        and len(uri) <= MAX_REDIRECT_URI_LENGTH
        and URI_CHARACTERS.fullmatch(uri[len(prefix) :])
    ):
        raise redirect_uri_problem(uri, origin)
    query = parse_qsl(uri.partition("?")[2], keep_blank_values=True)
    if not ANSWER_PARAMETERS.isdisjoint(name for name, _ in query):
        raise redirect_uri_problem(uri, origin)


def redirect_uri_problem(uri: str, client: Origin) -> ConnectError:
    """Return the problem of a URI that an answer cannot go to."""
    return ConnectError("redirect_uri", redirect_uri=uri[:SHOWN_LENGTH], client=client)


def check_site_may_connect(client: Origin, settings: Settings, *, is_program: bool = False) -> None:
    """Raise ConnectError unless this site may open the connect page (the setting ``connect``).

    A program on the person's own computer need not be listed.
    """
    if settings.broken:
        raise ConnectError("settings_invalid")
    if settings.connect == "off":
        raise ConnectError("off", line='c.EscherpadExt.connect = "ask"')
    if is_program or settings.allowed_origins.allows(str(client)):
        return
    if settings.connect == "listed":
        raise ConnectError("not_listed", client=client, line=_line_for(client, settings))
    if client.is_insecure:
        raise ConnectError("insecure", client=client, line=_line_for(client, settings))


def _line_for(client: Origin, settings: Settings) -> str | None:
    return settings.allowed_origins.advice(str(client))
