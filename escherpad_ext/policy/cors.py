"""The CORS protocol's headers, as plain mappings (https://fetch.spec.whatwg.org/#http-cors-protocol).

Pure: ``decision`` decides who is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

#: RFC 9110, section 9.2.1.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: What tornado can serve at all.
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"

#: What clients send with a token, to read and to save (JSON). Once allowed, browsers cache each.
_USUAL_HEADERS = ("Authorization", "Content-Type")
#: Longer lists of requested headers are not answered; browsers then fail the preflight.
MAX_REQUESTED_HEADERS_LENGTH = 4096
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105  (RFC 9110, section 5.6.2)
_HEADER_LIST = re.compile(rf"{_TOKEN}(?:[ \t]*,[ \t]*{_TOKEN})*")

# https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name, and what a page never
# gets to see or what is not the resource's own.
_NOT_EXPOSED = frozenset(
    {
        "cache-control",
        "connection",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
        "set-cookie",
        "set-cookie2",
        "transfer-encoding",
        "vary",
    }
)


def is_preflight(method: str | None, requested_method: str | None) -> bool:
    """Return whether this is a CORS preflight, not another ``OPTIONS`` request."""
    return method == "OPTIONS" and requested_method is not None


def preflight_headers(
    origin: str,
    *,
    requested_headers: str,
    private_network: bool,
    allow_credentials: bool,
    max_age_seconds: int,
) -> dict[str, str]:
    """Return the headers of a successful preflight answer (but ``Vary``)."""
    headers = allow_headers(origin, allow_credentials)
    headers["Access-Control-Allow-Methods"] = METHODS
    headers["Access-Control-Max-Age"] = str(max_age_seconds)
    if is_header_list(requested_headers):
        headers["Access-Control-Allow-Headers"] = _with_usual_headers(requested_headers)
    if private_network:
        headers["Access-Control-Allow-Private-Network"] = "true"
    return headers


@lru_cache(maxsize=32)
def _with_usual_headers(requested: str) -> str:
    """Return a list of header names with those that usual clients send later, nothing twice."""
    names = {name.strip(" \t").lower() for name in requested.split(",")}
    return ", ".join((requested, *(n for n in _USUAL_HEADERS if n.lower() not in names)))


def allow_headers(origin: str, allow_credentials: bool) -> dict[str, str]:
    """Return what every answer to an allowed origin carries."""
    headers = {"Access-Control-Allow-Origin": origin}
    if allow_credentials:
        headers["Access-Control-Allow-Credentials"] = "true"
    return headers


def is_header_list(text: str) -> bool:
    """Return whether this is a list of header names of bounded length."""
    if len(text) > MAX_REQUESTED_HEADERS_LENGTH:
        return False
    return _HEADER_LIST.fullmatch(text.strip(" \t")) is not None


class ResponseNames(NamedTuple):
    """What becomes of the headers of a response: those that are taken off, and those exposed.

    They are named one by one, as ``*`` means nothing where credentials are allowed.
    """

    removed: tuple[str, ...]
    exposed: str


@lru_cache(maxsize=256)
def sort_headers(names: tuple[str, ...]) -> ResponseNames:
    """Return what becomes of the headers with these names. Few sets of names ever occur."""
    removed = tuple(n for n in names if n == "Set-Cookie" or n.startswith("Access-Control-"))
    return ResponseNames(removed, _expose(names))


def _expose(names: Iterable[str]) -> str:
    exposed = {
        name
        for name in names
        if name.lower() not in _NOT_EXPOSED and not name.lower().startswith("access-control-")
    }
    return ", ".join(sorted(exposed))


@lru_cache(maxsize=256)
def add_vary(vary: str, names: str) -> str:
    """Return the ``Vary`` header ``vary`` with ``names`` in it, nothing twice."""
    if not vary:
        return names
    listed = [name.strip() for name in vary.split(",") if name.strip()]
    known = {name.lower() for name in listed}
    if "*" in known:
        return vary
    return ", ".join(listed + [n for n in names.split(", ") if n.lower() not in known])
