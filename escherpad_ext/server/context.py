"""What the front door found out about a request, kept on the request itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from tornado.httputil import HTTPServerRequest

from ..policy.credentials import Offer, Presented

_ATTRIBUTE = "_escherpad_context"


@dataclass
class RequestContext:
    """The facts of a request to which the one rule applies, and which was let in.

    ``origin`` is the other origin; None where none was named, or the server's own was: a script
    with a token that was given away, or what a page embeds (``subresource``: ``<img>``,
    ``<script>``). ``let_in`` tells that no setting names the origin, but the owner let it in on the
    connect page: then only tokens count that were given away. ``authenticated`` becomes true once
    the token was known, ``scopes`` what it was given away for.
    """

    origin: str | None
    presented: Presented
    offer: Offer = field(default_factory=Offer)
    subresource: bool = False
    let_in: bool = False
    authenticated: bool = False
    scopes: frozenset[str] = frozenset()


def context_of(request: HTTPServerRequest) -> RequestContext | None:
    """Return what the front door attached, None for requests that are not its business."""
    return getattr(request, _ATTRIBUTE, None)


def attach(request: HTTPServerRequest, context: RequestContext) -> None:
    """Mark a request as one to which the one rule applies."""
    setattr(request, _ATTRIBUTE, context)


def origin_of(request: HTTPServerRequest) -> str | None:
    """Return the origin a request names, None where it names none.

    Before version 13 of the protocol WebSocket clients called it ``Sec-WebSocket-Origin``.
    """
    headers = request.headers
    return headers.get("Origin", headers.get("Sec-WebSocket-Origin"))
