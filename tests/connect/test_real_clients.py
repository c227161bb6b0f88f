"""Agents in use ask for a server's endpoint: what they sent in November 2026 gives a token.

Recorded from Claude Code 2.1.197 and Codex 0.171.0, which name documents, and from mcp-remote
0.15.1, which registers. Of the documents, only the redirects that the requests need are here.
"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from support.connect.browser_user import Person
from support.connect.hostile_requests import service_of
from support.connect.programs import AskingProgram

from escherpad_ext.connect.client_documents import NETWORK, DocumentError, Fetched
from escherpad_ext.connect.known_documents import KnownDocuments

#: Client id → the redirect of its request.
WITH_DOCUMENTS = {
    "https://claude.ai/oauth/claude-code-client-metadata": "http://localhost:3118/callback",
    "https://chatgpt.com/oauth/codex/client.json": "http://127.0.0.1:45759/callback",
}
MCP_REMOTE = {
    "redirect_uris": ["http://localhost:17873/oauth/callback"],
    "token_endpoint_auth_method": "none",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "client_name": "MCP CLI Proxy",
    "client_uri": "https://github.com/modelcontextprotocol/mcp-cli",
    "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d",
    "software_version": "0.15.1",
    "scope": "mcp:execute",
    "application_type": "native",
}


@pytest.fixture
def escherpad_config() -> dict[str, Any]:
    return {"resource_paths": {"/mcp": "mcp"}}


def described(url: str) -> Fetched:
    """Return the document of a client."""
    redirects = [f"http://{host}/callback" for host in ("localhost", "127.0.0.1")]
    return Fetched(json.dumps({"client_id": url, "redirect_uris": redirects}).encode(), 60)


def offline(url: str) -> Fetched:
    """Fetch nothing, as a server without internet."""
    raise DocumentError("Its host is not known.", code=NETWORK)


async def connect(program: AskingProgram, owner: Person) -> None:
    """Do all of it. The token is for the endpoint."""
    resource = f"{program.issuer}/mcp"
    page = await owner.allow(program.question("mcp:execute", resource=resource))
    assert page.code == 303, page.body
    code = page.headers["Location"].partition("code=")[2].partition("&")[0]
    answer = await program.redeem(code, resource=resource)
    assert (answer.code, json.loads(answer.body)["scope"]) == (200, "mcp:execute")


@pytest.mark.parametrize("client_id", WITH_DOCUMENTS)
async def test_one_that_names_a_document(
    call: Any, jp_serverapp: Any, owner: Person, client_id: str
) -> None:
    service_of(jp_serverapp).documents = KnownDocuments(described, time.monotonic)
    program = AskingProgram(call, jp_serverapp, client_id)
    program.redirect_uri = WITH_DOCUMENTS[client_id]
    await connect(program, owner)


async def test_one_that_registers(call: Any, jp_serverapp: Any, owner: Person) -> None:
    program = AskingProgram(call, jp_serverapp)
    answer = await program.register(**MCP_REMOTE)
    assert answer.code == 201
    (program.redirect_uri,) = MCP_REMOTE["redirect_uris"]
    await connect(program, owner)


async def test_a_server_without_internet(call: Any, jp_serverapp: Any, owner: Person) -> None:
    """The page says why, and from then on such a client is told to register."""
    service_of(jp_serverapp).documents = KnownDocuments(offline, time.monotonic)
    client_id, redirect = next(iter(WITH_DOCUMENTS.items()))
    program = AskingProgram(call, jp_serverapp, client_id)
    program.redirect_uri = redirect
    page = await owner.ask(program.question("mcp:execute"))
    assert (page.code, b"Its host is not known." in page.body) == (400, True)
    found = json.loads((await call("GET", ".well-known/oauth-authorization-server")).body)
    assert "client_id_metadata_document_supported" not in found
    assert (await program.register()).code == 201
    await connect(program, owner)
