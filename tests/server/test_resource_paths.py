"""The paths of ``resource_paths`` on a server: who is served, with which scope, and the answers."""

from __future__ import annotations

import json
import time

import pytest
from jupyter_server.base.handlers import JupyterHandler
from support.constants import ALLOWED, TOKEN
from support.server.other_extension import OpenSocket, Plain, Unchecked, Who
from tornado.httpclient import HTTPClientError
from tornado.web import RequestHandler

PROTOCOL = "v1.token.websocket.jupyter.org"
PATHS = {"/mcp": "mcp", "/mcp/admin": "admin"}


class Strict(RequestHandler):
    """Knows nothing of Jupyter, and leaves the check of XSRF to tornado."""

    def post(self) -> None:
        self.write("done")


class Declared(JupyterHandler):
    """Has a resource of its own."""

    auth_resource = "contents"

    def get(self) -> None:
        self.finish("declared")


class Unknown(JupyterHandler):
    """Has a resource of its own, which no scope is for."""

    auth_resource = "spam"

    def get(self) -> None:
        self.finish("spam")


HANDLERS = [
    ("unknown", Unknown),
    ("plain", Plain),
    ("strict", Strict),
    ("who", Who),
    ("unchecked", Unchecked),
    ("declared", Declared),
    ("socket", OpenSocket),
    (r"x/.*", Plain),
]
#: What checks nobody by itself, and what leaves it to Jupyter.
OPEN = ["mcp/plain", "mcp/unchecked", "mcp/x/y"]
CHECKED = ["mcp/who"]


@pytest.fixture
def escherpad_config():
    return {"allowed_origins": [ALLOWED], "resource_paths": PATHS}


@pytest.fixture
def mounted(jp_serverapp, http_server):
    """Have handlers at the paths, and the same ones elsewhere."""
    base = jp_serverapp.base_url
    found = [
        (f"{base}{place}/{name}", handler)
        for place in ("mcp", "mcp/admin", "elsewhere")
        for name, handler in HANDLERS
    ]
    jp_serverapp.web_app.add_handlers(".*$", found)


@pytest.fixture
def ask(mounted, call):
    return call


@pytest.fixture
def program(give):
    """Return a function that makes a program's grant of scopes that only this server has."""

    def make(*scopes):
        return give("view", origin="none", program="agent", scopes=frozenset(scopes))

    return make


def challenge_of(answer):
    scheme, _, rest = answer.headers["WWW-Authenticate"].partition(" ")
    assert scheme == "Bearer"
    pairs = (part.split("=", 1) for part in rest.split(", ") if part)
    return {name: value.strip('"') for name, value in pairs}


def metadata_url(port, path="/mcp"):
    return f"http://127.0.0.1:{port}/a%40b/.well-known/oauth-protected-resource{path}"


@pytest.mark.parametrize("path", [*OPEN, *CHECKED, "mcp", "mcp/nowhere"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_nobody_is_told_where_to_ask(ask, jp_http_port, path, method):
    """401, whatever the handler checks, and whether there is one."""
    answer = await ask(method, path)
    assert answer.code == 401
    assert json.loads(answer.body)["error"] == "missing_token"
    expected = {"scope": "mcp:execute", "resource_metadata": metadata_url(jp_http_port)}
    assert challenge_of(answer) == expected


@pytest.mark.parametrize("path", [*OPEN, *CHECKED])
async def test_a_token_that_is_wrong(ask, program, issuer, jp_http_port, path):
    """The reason, and where to ask for another: clients would never ask again otherwise."""
    grant, revoked = program("mcp:execute")
    issuer.registry.revoke(grant.id, time.time())
    for token in ("wrong", revoked):
        for answer in (
            await ask("GET", path, token=token),
            await ask("GET", f"{path}?token={token}"),
        ):
            assert answer.code == 401
            found = challenge_of(answer)
            assert found["error"] == "invalid_token"
            assert found["resource_metadata"] == metadata_url(jp_http_port)
            assert found["scope"] == "mcp:execute"


async def test_what_is_elsewhere_is_as_ever(ask):
    """Handlers that check nobody answer everybody, and others with a page of Jupyter's."""
    assert (await ask("GET", "elsewhere/plain")).code == 200
    for path in ("elsewhere/who", "api/contents", "mcpx"):
        answer = await ask("GET", path)
        assert answer.code in {302, 403, 404}
        assert "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize("path", [*OPEN, *CHECKED])
async def test_who_is_somebody_is_served(ask, program, path):
    """With the server's token, in a header or the URL, with the cookie, or with the scope."""
    login = await ask("GET", "api/me", token=TOKEN)
    cookies = "; ".join(c.partition(";")[0] for c in login.headers.get_list("Set-Cookie"))
    assert (await ask("GET", path, token=TOKEN)).code == 200
    assert (await ask("GET", f"{path}?token={TOKEN}")).code == 200
    assert (await ask("GET", path, headers={"Cookie": cookies})).code == 200
    _, token = program("mcp:execute")
    answer = await ask("GET", path, token=token)
    assert answer.code == 200
    assert "Set-Cookie" not in answer.headers
    assert (await ask("GET", f"{path}?token={token}")).code == 200


@pytest.mark.parametrize("path", [*OPEN, *CHECKED])
async def test_less_than_its_scope_is_not_enough(ask, program, give, jp_http_port, path):
    """``insufficient_scope`` says which one, and where to ask for it; ``full`` is more."""
    _, token = program("contents:read", "admin:execute")
    answer = await ask("GET", path, token=token)
    assert answer.code == 403
    assert challenge_of(answer) == {
        "error": "insufficient_scope",
        "scope": "mcp:execute",
        "resource_metadata": metadata_url(jp_http_port),
    }
    _, full = give("full", origin="none")
    assert (await ask("GET", path, token=full)).code == 200


async def test_the_innermost_path_counts(ask, program, jp_http_port):
    """A path within another has its own scope and its own description."""
    _, token = program("mcp:execute")
    answer = await ask("GET", "mcp/admin/plain", token=token)
    assert challenge_of(answer)["scope"] == "admin:execute"
    assert challenge_of(answer)["resource_metadata"] == metadata_url(jp_http_port, "/mcp/admin")
    assert (await ask("GET", "mcp/admin/plain", token=program("admin:execute")[1])).code == 200


async def test_a_handler_s_own_resource_counts_more(ask, program):
    """The path is for handlers that declare none."""
    answer = await ask("GET", "mcp/declared", token=program("mcp:execute")[1])
    assert json.loads(answer.body)["scope"] == "contents:read"
    assert (await ask("GET", "mcp/declared", token=program("contents:read")[1])).code == 200
    answer = await ask("GET", "mcp/unknown", token=program("mcp:execute")[1])
    assert json.loads(answer.body)["scope"] == "full"


async def test_its_scope_reaches_nothing_else(ask, program):
    """Neither the same handler elsewhere, nor any other, nor what never is within reach."""
    _, token = program("mcp:execute")
    for path in ("elsewhere/who", "elsewhere/unchecked", "api/contents", "api/kernels", "lab"):
        assert (await ask("GET", path, token=token)).code in {403, 404}, path
    assert (await ask("POST", "api/shutdown", token=token)).code == 403


@pytest.mark.parametrize("rest", ["../api", "%2e%2e/x", "x/%2e%2e/y", "x%5c..", "x/%252e%252e"])
async def test_a_path_that_leads_out_needs_more(ask, program, rest):
    """A program behind a handler may read it as another path."""
    path = f"mcp/x/{rest}"
    assert (await ask("GET", path)).code == 401
    answer = await ask("GET", path, token=program("mcp:execute")[1])
    assert json.loads(answer.body)["scope"] == "full"
    assert (await ask("GET", path, token=TOKEN)).code == 200


async def test_from_other_origins_nothing_says_where_to_ask(ask, give):
    """Sites ask as ever. They need the scope, too, and only read what checks nobody."""
    answer = await ask("GET", "mcp/plain", origin=ALLOWED)
    assert (answer.code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    _, less = give("view")
    answer = await ask("GET", "mcp/plain", origin=ALLOWED, token=less)
    assert "resource_metadata" not in answer.headers["WWW-Authenticate"]
    _, token = give("view", scopes=frozenset({"mcp:execute"}))
    assert (await ask("GET", "mcp/plain", origin=ALLOWED, token=token)).code == 200
    assert (await ask("POST", "mcp/plain", origin=ALLOWED, token=token)).code == 403
    refused = await ask("GET", "mcp/plain", origin="https://evil.example", token=token)
    assert "WWW-Authenticate" not in refused.headers


async def test_the_server_s_own_origin_is_not_told_either(ask, jp_http_port):
    """Its pages log in by themselves; but nobody is let in."""
    own = f"http://127.0.0.1:{jp_http_port}"
    for path in (*OPEN, *CHECKED):
        answer = await ask("GET", path, origin=own)
        assert (answer.code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", [*OPEN, *CHECKED])
async def test_what_a_page_embeds_is_nobody(ask, site, path):
    """An ``<img>`` of another site, with the owner's cookie."""
    login = await ask("GET", "api/me", token=TOKEN)
    headers = {
        "Cookie": login.headers["Set-Cookie"].partition(";")[0],
        "Sec-Fetch-Site": site,
        "Sec-Fetch-Mode": "no-cors",
    }
    assert (await ask("GET", path, headers=headers)).code == 401


async def test_posts_of_programs_need_no_xsrf_token(ask, program, jp_serverapp):
    """Cookies do."""
    _, token = program("mcp:execute")
    for sent in (token, TOKEN):
        for path in ("mcp/plain", "mcp/strict", "mcp/who"):
            assert (await ask("POST", path, token=sent)).code == 200, path
    login = await ask("GET", "api/me", token=TOKEN)
    cookie = {"Cookie": login.headers["Set-Cookie"].partition(";")[0]}
    for path in ("mcp/strict", "mcp/who"):
        answer = await ask("POST", path, headers=cookie)
        assert answer.code == 403, path
    assert jp_serverapp.web_app.settings["other_extension_posts"] == 2


async def test_sockets(mounted, open_socket, program):
    """One that checks nobody opens for the scope only."""
    _, token = program("mcp:execute")
    offered = [PROTOCOL, f"{PROTOCOL}.{token}"]
    with pytest.raises(HTTPClientError) as refused:
        await open_socket("mcp/socket")
    assert refused.value.code == 401
    assert "resource_metadata" in refused.value.response.headers["WWW-Authenticate"]
    socket = await open_socket("mcp/socket", protocols=offered)
    await socket.write_message("hello")
    assert await socket.read_message() == "hello"


BROKEN = {"allowed_origins": ["nonsense"], "resource_paths": PATHS}
WRONG = {"resource_paths": {"/mcp/": "mcp"}}


@pytest.mark.parametrize("escherpad_config", [BROKEN, WRONG])
async def test_a_mistake_in_the_settings_opens_nothing(ask, program, escherpad_config):
    """In another setting, or in this one: then no grant token is enough."""
    assert (await ask("GET", "mcp/plain")).code == 401
    assert (await ask("GET", "mcp/plain", token=TOKEN)).code == 200
    _, token = program("mcp:execute")
    answer = await ask("GET", "mcp/plain", token=token)
    assert answer.code == (200 if escherpad_config is BROKEN else 403)


@pytest.mark.parametrize("escherpad_config", [{"connect": "off", "resource_paths": PATHS}])
async def test_where_nobody_may_ask_no_document_is_named(ask):
    """The scope is still said."""
    assert challenge_of(await ask("GET", "mcp/plain")) == {"scope": "mcp:execute"}


@pytest.mark.parametrize(
    "server_config", [{"IdentityProvider": {"token": ""}, "ServerApp": {"token": ""}}]
)
async def test_without_authentication_everybody_is_the_owner(ask, jp_serverapp):
    """As elsewhere on such a server."""
    assert not jp_serverapp.identity_provider.auth_enabled
    assert (await ask("GET", "mcp/plain")).code == 200


@pytest.mark.parametrize("escherpad_config", [{"allowed_origins": [ALLOWED]}])
async def test_nothing_configured_nothing_changes(ask):
    """Handlers that check nobody answer everybody, and there are no further documents."""
    assert (await ask("GET", "mcp/plain")).code == 200
    assert (await ask("POST", "mcp/plain")).code == 200
    for path in (".well-known/openid-configuration", "escherpad/keys"):
        assert (await ask("GET", path)).code == 404
    answer = await ask("GET", ".well-known/oauth-authorization-server")
    assert "mcp:execute" not in answer.body.decode()
