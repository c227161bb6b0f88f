"""What the router found out about a request, kept on the request itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tornado.httputil import HTTPServerRequest

from ..policy.credentials import NO_OFFER, Offer, Presented

if TYPE_CHECKING:
    from .token_kinds import TokenKind

#: The attribute of a request. What runs in every request asks ``hasattr``: one more function
#: called would cost each of them.
CONTEXT = "_escherpad_context"


@dataclass
class RequestContext:
    """The facts of an admitted request to which the rule applies.

    ``origin`` is the other origin. It is None for a script with a grant token, and for what a page
    embeds (``subresource``: ``<img>``, ``<script>``). ``approved_by_grant`` is true where no
    setting allows the origin, but the owner approved it on the connect page: then only its grant
    tokens count. ``kind`` is what recognises the presented token, None where it is the server's
    token or there is none. ``authenticated`` becomes true once the token was verified; ``scopes``
    are those of a token that has limits, None for the server's token.
    """

    origin: str | None
    presented: Presented
    offer: Offer = NO_OFFER
    kind: TokenKind | None = None
    subresource: bool = False
    approved_by_grant: bool = False
    authenticated: bool = False
    scopes: frozenset[str] | None = None


def context_of(request: HTTPServerRequest) -> RequestContext | None:
    """Return what the router attached, None for requests that are not its business."""
    return getattr(request, CONTEXT, None)


def attach(request: HTTPServerRequest, context: RequestContext) -> None:
    """Mark a request as one to which the rule applies."""
    setattr(request, CONTEXT, context)
