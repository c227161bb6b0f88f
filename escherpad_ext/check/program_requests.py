"""The requests of a program that looks for how to connect to a protected path. Pure.

They name no origin (RFC 9728, section 5; RFC 8414, section 3). None of them has a token.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..connect.paths import OPENID_CONFIGURATION, PROTECTED_RESOURCE_METADATA
from ..policy.resource_paths import is_path_scope
from .facts import Facts
from .probe_requests import ProbeRequest

#: As agents' clients ask (MCP).
_ACCEPT = ("Accept", "application/json, text/event-stream")


def path_scopes(facts: Facts) -> list[str]:
    """Return the scopes of protected paths that are needed."""
    return sorted(filter(is_path_scope, facts.wanted))


def path_of(scope: str, facts: Facts) -> str:
    """Return the path below the base URL that has a scope; a guess where only the server knows."""
    settings = facts.configuration.settings if facts.configuration else None
    known = settings.resource_paths.resources.values() if settings else ()
    named = [resource.path for resource in known if resource.scope == scope]
    return named[0] if named else f"/{scope.partition(':')[0]}"


def scopes_of_server(facts: Facts) -> list[str] | None:
    """Return the scopes that the server has, None where its document did not come."""
    discovery = facts.answer("discovery")
    found = discovery.json().get("scopes_supported") if discovery else None
    return [str(each) for each in found] if isinstance(found, list) else None


def program_requests(facts: Facts) -> Iterator[ProbeRequest]:
    """Yield the requests for the first scope of a path that the server may have."""
    known = scopes_of_server(facts)
    possible = [scope for scope in path_scopes(facts) if known is None or scope in known]
    for scope in possible[:1]:
        path = path_of(scope, facts)
        yield ProbeRequest(
            "challenge", f"GET {path[1:]}, as a program", path[1:], headers=(_ACCEPT,)
        )
        yield ProbeRequest(
            "resource", f"document on {path[1:]}", f"{PROTECTED_RESOURCE_METADATA}{path}"
        )
        yield ProbeRequest("openid", "openid-configuration", OPENID_CONFIGURATION)
