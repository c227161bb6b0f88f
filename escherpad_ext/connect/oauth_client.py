"""Clients and their requests, in the form that oauthlib needs."""

from __future__ import annotations

from dataclasses import dataclass

from oauthlib.common import Request

from .endpoint_headers import FROM_PROGRAM


@dataclass(frozen=True)
class Client:
    """A client, in the form that oauthlib needs."""

    client_id: str


def is_from_program(request: Request) -> bool:
    """Return whether no page sent a request: see ``FormEndpoint``."""
    return bool(request.headers.get(FROM_PROGRAM))
