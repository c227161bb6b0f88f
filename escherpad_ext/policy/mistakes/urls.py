"""Mistakes of scheme, slashes, user and path."""

from __future__ import annotations

import re

from .. import hosts
from ..mistake import Mistake
from ..origin import DEFAULT_PORTS, LOWER_CASE_SCHEMES
from .parts import Parts


def _scheme_missing(parts: Parts) -> Mistake | None:
    if parts.scheme:
        return None
    scheme = "http" if hosts.is_loopback(_bracketed(parts.host).lower()) else "https"
    return Mistake(
        "scheme_missing",
        "lacks the scheme: write https:// (or, for this machine, http://) before the host.",
        parts.but(scheme=scheme),
    )


def _bracketed(host: str) -> str:
    return hosts.canonical_ipv6(host) or host


def _scheme_websocket(parts: Parts) -> Mistake | None:
    # RFC 6455, section 10.2: the Origin of a handshake is the page's.
    page = {"ws": "http", "wss": "https"}.get((parts.scheme or "").lower())
    if page is None:
        return None
    return Mistake(
        "scheme_websocket",
        f"names a WebSocket, but the origin is the page's, also on a WebSocket: write {page}.",
        parts.but(scheme=page),
    )


def _scheme_malformed(parts: Parts) -> Mistake | None:
    scheme = parts.scheme or ""
    if "*" in scheme:
        return Mistake(
            "wildcard_scheme",
            "has a wildcard for the scheme: write https (and a second entry for another one).",
            parts.but(scheme="https"),
        )
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        return None
    return Mistake("scheme_malformed", "does not start with a scheme: write https://host.")


def _slashes(parts: Parts) -> Mistake | None:
    if parts.slashes == "//":
        return None
    return Mistake(
        "slashes", "needs exactly two slashes after the scheme: write scheme://host.", str(parts)
    )


def _rest(parts: Parts) -> Mistake | None:
    if not parts.rest:
        return None
    if parts.rest == "/":
        return Mistake("trailing_slash", "has a trailing slash: leave it out.", str(parts))
    name = {"/": "path", "?": "query", "#": "fragment"}.get(parts.rest[0], "path")
    return Mistake(name, f"has a {name}, which no origin has: leave it out.", str(parts))


def _user(parts: Parts) -> Mistake | None:
    if parts.user is None:
        return None
    return Mistake(
        "user_info", "has a user name before an @, which no origin has: leave it out.", str(parts)
    )


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def _upper_case(parts: Parts) -> Mistake | None:
    scheme = (parts.scheme or "").translate(_LOWER)
    # The hosts of other schemes are as their platform writes them.
    whole = scheme in DEFAULT_PORTS or scheme in LOWER_CASE_SCHEMES
    lower = str(parts).translate(_LOWER) if whole else parts.but(scheme=scheme)
    if lower == str(parts):
        return None
    return Mistake("upper_case", "has upper case letters: browsers send lower case.", lower)


RULES = (_scheme_websocket, _scheme_missing, _scheme_malformed, _slashes, _user, _rest, _upper_case)
