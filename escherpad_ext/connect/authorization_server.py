"""The OAuth protocol: oauthlib's endpoints, with the authorization code flow alone and strict."""

from __future__ import annotations

import re

from oauthlib.common import Request, add_params_to_uri, generate_token
from oauthlib.oauth2 import (
    AuthorizationCodeGrant,
    AuthorizationEndpoint,
    BearerToken,
    OAuth2Error,
    RevocationEndpoint,
    TokenEndpoint,
)
from oauthlib.oauth2.rfc6749.errors import AccessDeniedError
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256

from .authorization_request import AuthorizationRequest
from .clients import redirect_uri_problem
from .device_flow import DeviceGrant
from .metadata import DEVICE_CODE_GRANT
from .validator import Validator

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")  # RFC 7636, 4.1


class _AuthorizationResponse(dict[str, str]):
    """What goes back to the site. oauthlib logs it, so code and state are not shown."""

    def __repr__(self) -> str:
        return f"<an authorization response with {', '.join(self)}>"


def _matches(verifier: str, challenge: str) -> bool:
    """Return whether a verifier is long enough and matches the challenge."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    same: bool = code_challenge_method_s256(verifier, challenge)
    return same


class S256Grant(AuthorizationCodeGrant):
    """The authorization code grant with PKCE by SHA-256, and no refresh tokens."""

    _code_challenge_methods = {"S256": _matches}  # noqa: RUF012  (oauthlib's)
    refresh_token = False

    def create_authorization_code(self, request: Request) -> dict[str, str]:
        """Return the response: a code, the site's state, and the issuer (RFC 9207)."""
        response = _AuthorizationResponse(code=generate_token(), iss=request.issuer)
        if request.state:
            response["state"] = request.state
        return response


class AuthorizationServer(AuthorizationEndpoint, TokenEndpoint, RevocationEndpoint):
    """oauthlib's endpoints, combined as in its own servers."""

    def __init__(self, validator: Validator) -> None:
        grant = S256Grant(validator, pre_token=[validator.use_code])
        bearer = BearerToken(
            validator, token_generator=validator.issue_token, expires_in=_lifetime_of
        )
        AuthorizationEndpoint.__init__(self, "code", bearer, {"code": grant})
        grants = {
            "authorization_code": grant,
            DEVICE_CODE_GRANT: DeviceGrant(validator, pre_token=[validator.use_device_code]),
        }
        TokenEndpoint.__init__(self, "authorization_code", bearer, grants)
        RevocationEndpoint.__init__(self, validator)

    def approve(
        self,
        request: AuthorizationRequest,
        *,
        issuer: str,
        scopes: tuple[str, ...],
        lifetime_seconds: int,
        folder: str | None = None,
    ) -> str:
        """Return the redirect back to the site, with a code for what the owner allowed.

        Raises ConnectError for an address that oauthlib cannot read (IPv6 that ends in ``::``).
        """
        try:
            headers, _body, _status = self.create_authorization_response(
                f"{issuer}/?{request.query}",
                scopes=list(scopes),
                credentials={
                    "issuer": issuer,
                    "lifetime_seconds": lifetime_seconds,
                    "folder": folder,
                    "audience_path": request.resource,
                    "program": request.program,
                },
            )
        except OAuth2Error:
            raise redirect_uri_problem(request.redirect_uri, request.goes_to) from None
        location: str = headers["Location"]
        return location

    def deny(self, request: AuthorizationRequest, *, issuer: str) -> str:
        """Return the redirect back to the site after a denial (RFC 6749, 4.1.2.1; RFC 9207)."""
        state = Request(f"{issuer}/?{request.query}").state
        error = AccessDeniedError("The owner of the server said no.", state=state)
        location: str = add_params_to_uri(request.redirect_uri, [*error.twotuples, ("iss", issuer)])
        return location


def _lifetime_of(request: Request) -> int:
    lifetime_seconds: int = request.authorization_code.lifetime_seconds
    return lifetime_seconds
