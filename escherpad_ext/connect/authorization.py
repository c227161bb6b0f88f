"""The protocol: oauthlib's endpoints for the one flow that there is, and what makes them strict."""

from __future__ import annotations

import logging

from oauthlib.common import Request, add_params_to_uri
from oauthlib.oauth2 import (
    AuthorizationCodeGrant,
    AuthorizationEndpoint,
    BearerToken,
    RevocationEndpoint,
    TokenEndpoint,
)
from oauthlib.oauth2.rfc6749.errors import AccessDeniedError
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256

from .asking import Asked
from .validator import Validator

# It tells of codes and tokens there; nobody may have them in a log, at whatever level.
logging.getLogger("oauthlib").setLevel(logging.INFO)


class S256Grant(AuthorizationCodeGrant):
    """With PKCE by SHA-256 only, and no refresh tokens."""

    _code_challenge_methods = {"S256": code_challenge_method_s256}  # noqa: RUF012  (oauthlib's)
    refresh_token = False


class AuthorizationServer(AuthorizationEndpoint, TokenEndpoint, RevocationEndpoint):
    """oauthlib's endpoints, put together as its own servers are."""

    def __init__(self, validator: Validator) -> None:
        grant = S256Grant(validator)
        grant.register_code_modifier(_add_issuer)
        bearer = BearerToken(
            validator, token_generator=validator.give_token, expires_in=_lifetime_of
        )
        AuthorizationEndpoint.__init__(self, "code", bearer, {"code": grant})
        TokenEndpoint.__init__(self, "authorization_code", bearer, {"authorization_code": grant})
        RevocationEndpoint.__init__(self, validator)

    def approve(
        self, asked: Asked, *, issuer: str, scopes: tuple[str, ...], lifetime_seconds: int
    ) -> str:
        """Return where to send the browser back to, with a code for what the owner ticked."""
        headers, _body, _status = self.create_authorization_response(
            f"{issuer}/?{asked.query}",
            scopes=list(scopes),
            credentials={"issuer": issuer, "lifetime_seconds": lifetime_seconds},
        )
        location: str = headers["Location"]
        return location


def denial(asked: Asked, issuer: str) -> str:
    """Return where to send the browser back to after a no (RFC 6749, 4.1.2.1; RFC 9207)."""
    error = AccessDeniedError(state=Request(f"{issuer}/?{asked.query}").state)
    location: str = add_params_to_uri(asked.redirect_uri, [*error.twotuples, ("iss", issuer)])
    return location


def _add_issuer(grant: dict[str, str], _token_handler: object, request: Request) -> dict[str, str]:
    return {**grant, "iss": request.issuer}


def _lifetime_of(request: Request) -> int:
    lifetime_seconds: int = request.approved.lifetime_seconds
    return lifetime_seconds
