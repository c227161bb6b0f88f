"""The discovery documents of a server with ``resource_paths``: RFC 9728 with a path, RFC 8414."""

from __future__ import annotations

import json
from typing import Any

import pytest

BASE = "/a%40b"
PATHS = {"/mcp": "mcp", "/mcp/admin": "admin"}


@pytest.fixture
def escherpad_config() -> dict[str, Any]:
    return {"resource_paths": PATHS}


@pytest.fixture
def read(http_server_client: Any, jp_http_port: int) -> Any:
    """Return a function that reads a document as a program does, at the whole path."""

    async def get(path: str, **headers: str) -> Any:
        answer = await http_server_client.fetch(path, headers=headers, raise_error=False)
        return json.loads(answer.body) if answer.code == 200 else answer.code

    return get


def issuer(port: int) -> str:
    return f"http://127.0.0.1:{port}{BASE}"


@pytest.mark.parametrize("path", PATHS)
async def test_a_path_is_described_where_the_challenge_says_and_where_rfc_9728_has_it(
    read: Any, call: Any, jp_http_port: int, path: str
) -> None:
    """The same document, for this path and its scope only, and readable from anywhere."""
    answer = await call("GET", path.strip("/"))
    assert answer.code == 401
    named = answer.headers["WWW-Authenticate"].partition('resource_metadata="')[2].strip('"')
    assert named == f"{issuer(jp_http_port)}/.well-known/oauth-protected-resource{path}"
    below = await read(f"{BASE}/.well-known/oauth-protected-resource{path}")
    assert below == {
        "resource": f"{issuer(jp_http_port)}{path}",
        "authorization_servers": [issuer(jp_http_port)],
        "scopes_supported": [f"{PATHS[path]}:execute"],
        "bearer_methods_supported": ["header"],
    }
    assert await read(f"/.well-known/oauth-protected-resource{BASE}{path}") == below
    from_elsewhere = {"Origin": "https://anybody.example"}
    assert (
        await read(f"{BASE}/.well-known/oauth-protected-resource{path}", **from_elsewhere) == below
    )


async def test_other_paths_are_not_described(read: Any) -> None:
    """Not those below, above or beside."""
    for path in ("/mcp/x", "/mc", "/mcpx", "/admin", "/api/contents"):
        assert await read(f"{BASE}/.well-known/oauth-protected-resource{path}") == 404


@pytest.mark.parametrize(
    "place", [f"{BASE}/.well-known/{{}}", f"/.well-known/{{}}{BASE}"], ids=["below", "root"]
)
async def test_the_authorization_server(read: Any, jp_http_port: int, place: str) -> None:
    """It has the paths' scopes, and where OpenID clients look, the members that they insist on."""
    server = await read(place.format("oauth-authorization-server"))
    assert server["scopes_supported"][-2:] == ["admin:execute", "mcp:execute"]
    openid = await read(place.format("openid-configuration"))
    assert openid == {
        **server,
        "jwks_uri": f"{issuer(jp_http_port)}/escherpad/keys",
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["none"],
    }
    assert await read(f"{BASE}/escherpad/keys") == {"keys": []}


@pytest.mark.parametrize("escherpad_config", [{"resource_paths": PATHS, "connect": "off"}])
async def test_where_connecting_is_off_there_are_none(read: Any) -> None:
    """Nobody may ask."""
    for name in ("oauth-protected-resource/mcp", "openid-configuration"):
        assert await read(f"{BASE}/.well-known/{name}") == 404


async def test_a_site_may_ask_for_the_scope_of_a_path(owner: Any, site: Any, call: Any) -> None:
    """The page says that it is full control, and the token reaches the path from the site."""
    page = (await owner.ask(site.question("mcp:execute"))).body.decode()
    assert "Use the tools that your server offers to agents (MCP)." in page
    assert "Full control" in page
    token = await site.connect(owner, "mcp:execute")
    answer = await call("GET", "mcp", origin=site.origin, token=token)
    assert answer.code == 404
    answer = await call("GET", "mcp/admin", origin=site.origin, token=token)
    assert json.loads(answer.body)["scope"] == "admin:execute"


async def test_no_site_may_ask_for_a_scope_that_this_server_has_not(owner: Any, site: Any) -> None:
    """As for any other unknown word."""
    page = await owner.ask(site.question("other:execute"))
    assert (page.code, b"There is no scope" in page.body) == (400, True)
