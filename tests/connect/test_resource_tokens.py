"""Tokens that were asked for one protected path (RFC 8707): from the question to the refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jupyter_server.base.handlers import JupyterHandler
from support.connect.browser_user import answer_of, issuer_of
from tornado.web import authenticated

PATHS = {"/mcp": "mcp", "/mcp/admin": "admin"}


class Agents(JupyterHandler):
    """As an endpoint for agents: it declares no resource."""

    @authenticated
    def get(self) -> None:
        self.finish("tools")


@pytest.fixture
def escherpad_config() -> dict[str, Any]:
    return {"resource_paths": PATHS}


@pytest.fixture
def issuer(jp_serverapp: Any, http_server: Any) -> str:
    """Return the issuer of a server that has the endpoint."""
    base = jp_serverapp.base_url
    found = [(f"{base}mcp(?:/.*)?", Agents), (f"{base}mcpx", Agents)]
    jp_serverapp.web_app.add_handlers(".*$", found)
    return issuer_of(jp_serverapp)


async def token_for(site: Any, owner: Any, resource: str, scope: str = "view mcp:execute") -> str:
    """Connect a site for one resource, which it names at both endpoints."""
    allowed = await owner.allow(site.question(scope, resource=resource))
    answer = await site.redeem(answer_of(allowed)["code"], resource=resource)
    assert answer.code == 200, answer.body
    token: str = json.loads(answer.body)["access_token"]
    return token


@pytest.mark.parametrize("end", ["", "/"])
async def test_it_is_good_there_only(
    owner: Any, site: Any, call: Any, issuer: str, end: str
) -> None:
    """At the path and below, and nowhere else, although its scopes would reach further."""
    token = await token_for(site, owner, f"{issuer}/mcp{end}")
    for path in ("mcp", "mcp/", "mcp/tools/x"):
        assert (await call("GET", path, origin=site.origin, token=token)).code == 200, path
    for path in ("api/contents", "api/me", "api", "mcpx", "", "mcp/../api", "mcp/%2e%2e/api"):
        answer = await call("GET", path, origin=site.origin, token=token)
        assert answer.code == 401, path
        assert json.loads(answer.body)["reason"] == "wrong_resource", path


async def test_below_a_path_it_is_narrower(owner: Any, site: Any, call: Any, issuer: str) -> None:
    """A resource may be within one that is named."""
    token = await token_for(site, owner, f"{issuer}/mcp/tools")
    assert (await call("GET", "mcp/tools/x", origin=site.origin, token=token)).code == 200
    for path in ("mcp", "mcp/other", "mcp/toolsx"):
        assert (await call("GET", path, origin=site.origin, token=token)).code == 401


async def test_what_it_says_and_what_the_owner_sees(
    owner: Any, site: Any, call: Any, issuer: str
) -> None:
    """The page that asks, the endpoint that describes it, the connected apps."""
    page = (await owner.ask(site.question("mcp:execute", resource=f"{issuer}/mcp"))).body.decode()
    assert f'<dt>Only at</dt><dd><span class="address">{issuer}/mcp</span>' in page
    token = await token_for(site, owner, f"{issuer}/mcp", "mcp:execute")
    answer = await call("GET", "escherpad/grant", origin=site.origin, token=token)
    assert json.loads(answer.body)["resource"] == "/mcp"
    apps = (await owner.open_page("escherpad/")).body.decode()
    assert '<dt>Only at</dt><dd class="address">/mcp</dd>' in apps


async def test_the_whole_server_is_as_ever(owner: Any, site: Any, call: Any, issuer: str) -> None:
    """With the issuer as the resource, or without one."""
    token = await token_for(site, owner, issuer)
    assert (await call("GET", "api/contents", origin=site.origin, token=token)).code == 200
    answer = await call("GET", "escherpad/grant", origin=site.origin, token=token)
    assert "resource" not in json.loads(answer.body)
    page = (await owner.ask(site.question("view"))).body.decode()
    assert "Only at" not in page


@pytest.mark.parametrize(
    "path",
    ["/api", "/mcpx", "/mcp/..", "/mcp/%2e%2e", "/mcp//x", "/mcp?x=1", "/mcp#x", "/Mcp", "mcp",
     ".evil.example/mcp", "/mcp/" + "x" * 300],
)  # fmt: skip
async def test_other_resources_cannot_be_asked_for(
    owner: Any, site: Any, issuer: str, path: str
) -> None:
    """Nothing that could be read as another path, and no other server's."""
    page = await owner.ask(site.question("mcp:execute", resource=issuer + path))
    assert (page.code, b"is not this server" in page.body) == (400, True)


@pytest.mark.parametrize("other", ["", "/mcp/admin", "/api"])
async def test_a_code_is_for_one_resource(owner: Any, site: Any, issuer: str, other: str) -> None:
    """Asking for another one at the token endpoint uses it up."""
    allowed = await owner.allow(site.question("mcp:execute", resource=f"{issuer}/mcp"))
    code = answer_of(allowed)["code"]
    answer = await site.redeem(code, resource=f"{issuer}{other}")
    assert (answer.code, json.loads(answer.body)["error"]) == (400, "invalid_target")
    answer = await site.redeem(code, resource=f"{issuer}/mcp")
    assert json.loads(answer.body)["error"] == "invalid_grant"


async def test_it_may_be_named_once(owner: Any, site: Any, call: Any, issuer: str) -> None:
    """The code knows what it is for."""
    allowed = await owner.allow(site.question("mcp:execute", resource=f"{issuer}/mcp"))
    answer = await site.redeem(answer_of(allowed)["code"])
    token = json.loads(answer.body)["access_token"]
    assert (await call("GET", "mcp", origin=site.origin, token=token)).code == 200
    assert (await call("GET", "api/me", origin=site.origin, token=token)).code == 401


@pytest.mark.parametrize("escherpad_config", [{}])
async def test_without_such_paths_there_is_only_the_server(
    owner: Any, site: Any, issuer: str
) -> None:
    """Nothing is configured, and nothing has changed."""
    page = await owner.ask(site.question("view", resource=f"{issuer}/mcp"))
    assert (page.code, b"is not this server" in page.body) == (400, True)
