"""What clients discover (RFC 8414, RFC 9728): no version, no user. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ..policy.scopes import BUNDLES, SCOPES

AUTHORIZATION_SERVER = ".well-known/oauth-authorization-server"
PROTECTED_RESOURCE = ".well-known/oauth-protected-resource"
# Where everything is, below the issuer.
AUTHORIZE = "escherpad/authorize"
TOKEN = "escherpad/token"  # noqa: S105  (a path)
REVOKE = "escherpad/revoke"
GRANT = "escherpad/grant"
CONNECTIONS = "escherpad/"
STATIC = "escherpad/static/"


def supported_scopes() -> list[str]:
    """Return every name that a client may ask for: bundles first."""
    return list(dict.fromkeys((*BUNDLES, *SCOPES)))


def authorization_server(issuer: str) -> Mapping[str, object]:
    """Return the authorization server's metadata (RFC 8414, section 2)."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/{AUTHORIZE}",
        "token_endpoint": f"{issuer}/{TOKEN}",
        "revocation_endpoint": f"{issuer}/{REVOKE}",
        "scopes_supported": supported_scopes(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "authorization_response_iss_parameter_supported": True,
    }


def protected_resource(issuer: str) -> Mapping[str, object]:
    """Return the metadata of the server as a resource (RFC 9728, section 2)."""
    return {
        "resource": issuer,
        "authorization_servers": [issuer],
        "scopes_supported": supported_scopes(),
        "bearer_methods_supported": ["header"],
    }
