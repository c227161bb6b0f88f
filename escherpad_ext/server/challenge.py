"""What a refusal at a protected path says about where to ask (RFC 9728, section 5.1)."""

from __future__ import annotations

from typing import NamedTuple

from tornado.httputil import HTTPServerRequest

from ..policy.refusals import Refusal

#: Marks a request whose refusals say where to ask.
CHALLENGE = "_escherpad_challenge"
_ASK = frozenset({"missing_token", "token_in_url", "invalid_token"})


class Challenge(NamedTuple):
    """The scope that a program needs here, and the address of the resource's metadata.

    ``metadata_url`` is empty where nobody may ask.
    """

    scope: str
    metadata_url: str


def attach_challenge(request: HTTPServerRequest, challenge: Challenge) -> None:
    """Have the refusals of a request say where to ask."""
    setattr(request, CHALLENGE, challenge)


def with_challenge(request: HTTPServerRequest, refusal: Refusal) -> Refusal:
    """Return a refusal as the client of this request needs it."""
    challenge: Challenge | None = getattr(request, CHALLENGE, None)
    if challenge is None or not (refusal.error in _ASK or refusal.scope):
        return refusal  # another token would not help
    scope = refusal.scope or challenge.scope
    return refusal._replace(scope=scope, resource_metadata=challenge.metadata_url)
