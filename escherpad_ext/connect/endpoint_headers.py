"""What oauthlib is told of the sender of a request, as headers."""

from __future__ import annotations

from tornado.httputil import HTTPServerRequest

from ..server.request_facts import fetch_site_of, origin_of

#: A header of ours, which no caller sets: whether no page sent the request.
FROM_PROGRAM = "Escherpad-From-Program"


def endpoint_headers(request: HTTPServerRequest) -> dict[str, str]:
    """Return the headers that count."""
    return {
        "Content-Type": request.headers.get("Content-Type", ""),
        "Origin": origin_of(request) or "",
        FROM_PROGRAM: "1" if is_from_program(request) else "",
    }


def is_from_program(request: HTTPServerRequest) -> bool:
    """Return whether no page sent a POST: browsers then send ``Origin``.

    See https://fetch.spec.whatwg.org/#append-a-request-origin-header. Not by any ``Sec-Fetch-``
    header: Node.js sends ``Sec-Fetch-Mode``.
    """
    return origin_of(request) is None and fetch_site_of(request) in {None, "none"}
