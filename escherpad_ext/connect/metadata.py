"""The discovery documents (RFC 8414, RFC 9728). They name no version and no user. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ..policy.scopes import BUNDLES, SCOPES
from . import paths


def supported_scopes() -> list[str]:
    """Return every name that a client may ask for: bundles first."""
    return list(dict.fromkeys((*BUNDLES, *SCOPES)))


def authorization_server(issuer: str) -> Mapping[str, object]:
    """Return the authorization server's metadata (RFC 8414, section 2)."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/{paths.AUTHORIZE}",
        "token_endpoint": f"{issuer}/{paths.TOKEN}",
        "revocation_endpoint": f"{issuer}/{paths.REVOKE}",
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


#: The documents by their paths.
DOCUMENTS = {
    paths.AUTHORIZATION_SERVER_METADATA: authorization_server,
    paths.PROTECTED_RESOURCE_METADATA: protected_resource,
}
