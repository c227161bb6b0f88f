"""Checks whether an ``Origin`` is the server's own. Pure."""

from __future__ import annotations

import re

from .hosts import is_loopback

_HOST = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>[0-9]+))?")
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>\[[^\]]*\]|[^:/]+)(?::(?P<port>[0-9]+))?")
_DEFAULT_PORT = {"http": "80", "https": "443"}


def is_own_origin(
    origin: str,
    *,
    host: str | None,
    secure: bool,
    public_origin: str | None,
    port: int | None = None,
) -> bool:
    """Return whether ``origin`` is where this server itself is found.

    With ``public_origin`` that is this one origin and, for direct access, a loopback address with
    ``port``, at which the server itself listens. Any other ``host`` (the ``Host`` header) may be a
    name that somebody pointed here (DNS rebinding). Without it, the ``host`` counts.

    ``secure`` says whether the server itself was reached by https. The scheme counts only then: a
    proxy in front may have added the encryption, and the server cannot know.
    """
    if origin == public_origin:
        return True
    found = _ORIGIN.fullmatch(origin)
    reached = _HOST.fullmatch(host.lower()) if host else None
    if found is None or reached is None:
        return False
    if secure and found["scheme"] != "https":
        return False
    default = _DEFAULT_PORT[found["scheme"]]
    asked_port = reached["port"] or default
    if found["host"] != reached["host"] or (found["port"] or default) != asked_port:
        return False
    return public_origin is None or _is_direct(
        origin, public_origin, found["host"], asked_port, port
    )


def _is_direct(origin: str, public_origin: str, host: str, asked: str, port: int | None) -> bool:
    """Return whether a request reached the server itself, on this machine."""
    if public_origin == f"https{origin.removeprefix('http')}":
        return False  # stated to be https, so plain http is another origin
    return is_loopback(host) and asked == str(port)


def is_own_form(origin: str, site: str | None) -> bool:
    """Return whether a form on the server's own page was sent without its origin.

    With ``Referrer-Policy: no-referrer``, which proxies add, browsers send ``Origin: null``
    (https://fetch.spec.whatwg.org/#append-a-request-origin-header). A sandboxed frame sends that
    as well, but to the browser it is ``cross-site``. No page can set ``Sec-Fetch-Site`` itself.
    """
    return origin == "null" and site == "same-origin"


def is_foreign_subresource(site: str | None, mode: str | None) -> bool:
    """Return whether an ``<img>`` or ``<script>`` on another site's page asks, without an origin.

    The arguments are ``Sec-Fetch-Site`` and ``Sec-Fetch-Mode``, which no page can set itself
    (https://www.w3.org/TR/fetch-metadata/). Links and typed addresses are navigations: not these.
    """
    return site in {"cross-site", "same-site"} and mode == "no-cors"
