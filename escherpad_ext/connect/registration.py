"""Dynamic registration (RFC 7591): what of a request is registered, and what an id holds. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ..errors import EscherpadError
from ..policy.token_encoding import read_strictly
from .programs import Program, redirects_to_keep, shown_name

#: How much of what a program offers fits into its id.
MAX_REDIRECTS = 5
MAX_REDIRECTS_LENGTH = 1000
#: The type of the ids that registration gives.
TYPE = "client+jwt"
_OFFERED = 50  # more are not looked at


class RegistrationError(EscherpadError):
    """A registration that is refused; ``code`` is that of RFC 7591, 3.2.2."""


def metadata_to_register(asked: object) -> Mapping[str, Any]:
    """Return what is registered of a request. Raises RegistrationError."""
    if not isinstance(asked, dict):
        raise RegistrationError("Send a JSON object.", code="invalid_client_metadata")
    offered = asked.get("redirect_uris")
    kept = redirects_to_keep(offered[:_OFFERED]) if isinstance(offered, list) else ()
    kept = _as_many_as_fit(kept)
    if not kept:
        raise RegistrationError(
            "Register a redirect to http://127.0.0.1, http://[::1] or http://localhost. Programs "
            "get their answer there, on any port.",
            code="invalid_redirect_uri",
        )
    method = asked.get("token_endpoint_auth_method", "none")
    if method not in ("none", "client_secret_basic", "client_secret_post"):
        raise RegistrationError(
            "Clients have no secret here: token_endpoint_auth_method is none.",
            code="invalid_client_metadata",
        )
    name = shown_name(asked.get("client_name"))
    return {"redirect_uris": list(kept), **({"client_name": name} if name else {})}


def _as_many_as_fit(redirects: tuple[str, ...]) -> tuple[str, ...]:
    kept: list[str] = []
    for uri in redirects[:MAX_REDIRECTS]:
        if sum(map(len, kept)) + len(uri) <= MAX_REDIRECTS_LENGTH:
            kept.append(uri)
    return tuple(kept)


def read_registered(client_id: str) -> Program | None:
    """Return the program of an id, which is not verified; None for what is no such id."""
    try:
        header, payload = read_strictly(client_id)
    except ValueError:
        return None
    redirects = payload.get("redirect_uris")
    if header.get("typ") != TYPE or not isinstance(redirects, list):
        return None
    kept = tuple(uri for uri in redirects if isinstance(uri, str))
    digest = hashlib.sha256(client_id.encode()).hexdigest()[:32]
    name = shown_name(payload.get("client_name"))
    return Program(client_id, f"registered:{digest}", name, kept)
