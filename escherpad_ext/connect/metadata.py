"""The discovery documents (RFC 8414, RFC 9728). They name no version and no user. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial

from ..policy.resource_paths import Resource
from ..policy.scopes import BUNDLES, SCOPES
from ..policy.settings import Settings
from . import paths

DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
#: Makes a document for an issuer.
Document = Callable[[str], Mapping[str, object]]


def _no_documents() -> bool:
    return False


def supported_scopes(of_paths: Collection[str] = ()) -> list[str]:
    """Return every name that a client may ask for: bundles first."""
    return list(dict.fromkeys((*BUNDLES, *SCOPES, *sorted(of_paths))))


def authorization_server(
    issuer: str,
    of_paths: Collection[str] = (),
    *,
    programs: bool = True,
    reads_documents: Callable[[], bool] = _no_documents,
) -> Mapping[str, object]:
    """Return the authorization server's metadata (RFC 8414, section 2; RFC 8628, section 4).

    ``programs`` says whether programs may ask, ``reads_documents`` whether their ids may be the
    addresses of documents, at this moment.
    """
    for_programs = {
        "registration_endpoint": f"{issuer}/{paths.REGISTER}",
        "device_authorization_endpoint": f"{issuer}/{paths.DEVICE_AUTHORIZATION}",
        **({"client_id_metadata_document_supported": True} if reads_documents() else {}),
    }
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/{paths.AUTHORIZE}",
        "token_endpoint": f"{issuer}/{paths.TOKEN}",
        "revocation_endpoint": f"{issuer}/{paths.REVOKE}",
        **(for_programs if programs else {}),
        "scopes_supported": supported_scopes(of_paths),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", DEVICE_CODE_GRANT],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "authorization_response_iss_parameter_supported": True,
    }


def openid_configuration(
    issuer: str,
    of_paths: Collection[str],
    *,
    programs: bool = True,
    reads_documents: Callable[[], bool] = _no_documents,
) -> Mapping[str, object]:
    """Return the same where clients look that know OpenID Connect Discovery 1.0.

    Below a Hub, that is the only place of the two that is this server's. It has the members that
    clients insist on, and no ID tokens.
    """
    return {
        **authorization_server(
            issuer, of_paths, programs=programs, reads_documents=reads_documents
        ),
        "jwks_uri": f"{issuer}/{paths.KEYS}",
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["none"],
    }


def no_keys(issuer: str) -> Mapping[str, object]:
    """Return the public keys of the server (RFC 7517), which has none."""
    return {"keys": []}


def protected_resource(issuer: str, of_paths: Collection[str] = ()) -> Mapping[str, object]:
    """Return the metadata of the server as a resource (RFC 9728, section 2)."""
    return {
        "resource": issuer,
        "authorization_servers": [issuer],
        "scopes_supported": supported_scopes(of_paths),
        "bearer_methods_supported": ["header"],
    }


def protected_path(resource: Resource, issuer: str) -> Mapping[str, object]:
    """Return the metadata of one protected path."""
    return {
        "resource": f"{issuer}{resource.path}",
        "authorization_servers": [issuer],
        "scopes_supported": [resource.scope],
        "bearer_methods_supported": ["header"],
    }


def documents(
    settings: Settings, reads_documents: Callable[[], bool] = _no_documents
) -> Iterator[tuple[str, str, Document]]:
    """Yield each document: its path, that of the resource behind it, and what makes it."""
    of_paths, programs = settings.resource_paths, settings.programs != "off"
    reads = reads_documents if settings.programs == "ask" else _no_documents
    scopes = of_paths.scopes
    server = partial(
        authorization_server, of_paths=scopes, programs=programs, reads_documents=reads
    )
    yield paths.AUTHORIZATION_SERVER_METADATA, "", server
    yield paths.PROTECTED_RESOURCE_METADATA, "", partial(protected_resource, of_paths=scopes)
    for resource in of_paths.resources.values():
        yield paths.PROTECTED_RESOURCE_METADATA, resource.path, partial(protected_path, resource)
    if scopes:
        openid = partial(
            openid_configuration, of_paths=scopes, programs=programs, reads_documents=reads
        )
        yield paths.OPENID_CONFIGURATION, "", openid
        yield paths.KEYS, "", no_keys
