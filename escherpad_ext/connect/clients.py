"""Who asks: a client's id is its origin, so that nobody registers anything. Pure."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from ..errors import ConnectError, InvalidOrigin
from ..policy.origin import Origin
from ..policy.settings import Settings

MAX_REDIRECT_URI_LENGTH = 2000
# What a path and a query are written with (RFC 3986, 3.3 and 3.4). Browsers read `\` as `/` and
# drop tabs and line ends (https://url.spec.whatwg.org/#concept-basic-url-parser).
_URI = re.compile(r"(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*")
# What the answer says (RFC 6749, 4.1.2; RFC 9207). With one of these in the `redirect_uri` the
# client would find it twice and believe the first: that of another server that mixed the two up.
_ANSWERS = frozenset({"code", "error", "error_description", "error_uri", "iss", "state"})


def client_origin(client_id: str) -> Origin:
    """Return the origin that a ``client_id`` names; it must be exactly that and a slash.

    Raises ConnectError (``client_id``).
    """
    text = client_id.removesuffix("/")
    try:
        origin = Origin.parse(text)
    except InvalidOrigin:
        origin = None
    web = origin is not None and origin.scheme in {"http", "https"} and origin.is_plain
    if origin is None or not web or client_id != f"{origin}/":
        raise ConnectError(
            f"The client_id {client_id[:300]!r} is not the origin of a site followed by a slash, "
            "as https://www.escherpad.com/ is.",
            code="client_id",
        )
    return origin


def check_redirect_uri(uri: str, origin: Origin) -> None:
    """Raise ConnectError (``redirect_uri``) unless a URI is a page of that origin.

    The origin and its slash come first, as they are, so that nothing behind them can be read as
    another host: no port, user name, or longer name.
    """
    home = f"{origin}/"
    if not (
        uri.startswith(home)
        and len(uri) <= MAX_REDIRECT_URI_LENGTH
        and _URI.fullmatch(uri[len(home) :])
    ):
        raise ConnectError(
            f"The redirect_uri {uri[:300]!r} is not a page of {home}: it must begin so, have no "
            "fragment and no characters that have to be percent-encoded.",
            code="redirect_uri",
        )
    query = parse_qsl(uri.partition("?")[2], keep_blank_values=True)
    if not _ANSWERS.isdisjoint(name for name, _ in query):
        raise ConnectError(
            "The redirect_uri has a parameter of the answer in its query: none of "
            f"{', '.join(sorted(_ANSWERS))} may be there.",
            code="redirect_uri",
        )


def check_may_connect(client: Origin, settings: Settings) -> None:
    """Raise ConnectError unless this site may open the consent page (the setting ``connect``)."""
    if settings.broken:
        raise ConnectError(
            "A setting of this server is wrong, and until that is fixed nobody can connect; its "
            "log names it.",
            code="settings_invalid",
        )
    if settings.connect == "off":
        raise ConnectError(
            "This server's owner has switched connecting off.",
            code="off",
            suggestion='c.EscherpadExt.connect = "ask"',
        )
    if settings.origins.allows(str(client)):
        return
    if settings.connect == "listed":
        raise ConnectError(
            f"This server lets only sites connect that its settings name, and {client} is not one.",
            code="not_listed",
            suggestion=settings.origins.advice(str(client)),
        )
    if client.is_insecure:
        raise ConnectError(
            f"{client} is not https, so that anybody on the way could speak in its name.",
            code="insecure",
            suggestion=settings.origins.advice(str(client)),
        )
