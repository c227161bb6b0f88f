"""Every kind of token at every spelling of a protected path, by every method and by WebSocket."""

from __future__ import annotations

import time
from itertools import product

import pytest
from support.constants import ALLOWED, TOKEN
from support.server.other_extension import OpenSocket
from tornado.httpclient import HTTPClientError
from tornado.web import RequestHandler

from escherpad_ext.grants.grant import GrantRequest
from escherpad_ext.grants.issuer import Server

PROTOCOL = "v1.token.websocket.jupyter.org"
MCP, ADMIN, OTHER = "mcp:execute", "admin:execute", "other:execute"
ALL = frozenset({MCP, ADMIN, OTHER})
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BODIES = {"POST", "PUT", "PATCH"}
#: Path → the scope that it needs.
PLAIN = {
    "mcp": MCP,
    "mcp/": MCP,
    "mcp/tools/x": MCP,
    "mcp/administrator": MCP,
    "mcp/%C3%A9;v=1": MCP,
    "mcp/admin": ADMIN,
    "mcp/admin/x": ADMIN,
    "other/x": OTHER,
}
#: Handlers answer to them, and what is behind a handler may read each as a path outside.
LEADING_OUT = [
    "mcp/../other/x", "mcp/%2e%2e/api", "mcp/%2E./api", "mcp//x", "mcp/x%2f..%2fapi",
    "mcp/..%5capi", "mcp/%252e%252e/api", "mcp/%u002e%u002e/api", "mcp/admin/../x", "mcp/..;/api",
    "mcp/..;x=1/api", "mcp/%2e%2e%3b/api", "mcp/..%20/api", "mcp/.../api", "mcp/%c0%ae%c0%ae/api",
    "mcp/.%09./api",
    "mcp/%00/x", "mcp/;/x",
]  # fmt: skip
#: Other paths, where no handler is.
ELSEWHERE = ["MCP", "Mcp/x", "mcpx", "mcp;x", "%6dcp", "%6dcp/x", "/mcp", "./mcp", "x/../mcp"]


class Counting(RequestHandler):
    """Checks nobody, and counts whom it serves."""

    def _serve(self) -> None:
        self.settings["served"].append(self.request.path)

    get = head = post = put = patch = delete = options = _serve


@pytest.fixture
def escherpad_config():
    return {
        "allowed_origins": [ALLOWED],
        "resource_paths": {"/mcp": "mcp", "/mcp/admin": "admin", "/other": "other"},
    }


@pytest.fixture
def served(jp_serverapp, http_server):
    """Return the paths that were served, one for each request."""
    base, app = jp_serverapp.base_url, jp_serverapp.web_app
    app.settings["served"] = []
    found = [
        (f"{base}mcp/(?:admin/)?socket", OpenSocket),
        (f"{base}(?:mcp|other)(?:/.*)?", Counting),
    ]
    app.add_handlers(".*$", found)
    return app.settings["served"]


@pytest.fixture
def tokens(issuer):
    """Return tokens by their kinds: each with the paths and the scopes that it reaches."""

    def make(scopes, resource="", origin="none", age=0, **more):
        created = int(time.time()) - age
        request = GrantRequest(
            origin=origin,
            scopes=frozenset(scopes),
            owner="ana",
            created=created,
            expires=created + 3600,
            name="An app",
            program=None if origin != "none" else "agent",
            resource=resource or None,
        )
        return issuer.issue(request, **more)

    revoked, revoked_token = make(ALL)
    issuer.registry.revoke(revoked.id, time.time())
    none = frozenset()
    return {
        "nobody": (None, "", none),
        "made up": ("made-up", "", none),
        "revoked": (revoked_token, "", none),
        "expired": (make(ALL, age=7200)[1], "", none),
        "cut": (make(ALL)[1][:-4], "", none),
        "of another server": (make(ALL, server=Server.at("/nowhere", "/"))[1], "", none),
        "of a site": (make(ALL, origin=ALLOWED)[1], "", none),
        "less": (make({"contents:read", "kernels:execute"})[1], "", none),
        "other": (make({OTHER})[1], "", {OTHER}),
        "admin": (make({ADMIN})[1], "", {ADMIN}),
        "mcp": (make({MCP})[1], "", {MCP}),
        "all": (make(ALL)[1], "", ALL),
        "all at /other": (make(ALL, "/other")[1], "/other", ALL),
        "all at /mcp/admin": (make(ALL, "/mcp/admin")[1], "/mcp/admin", ALL),
        "mcp at /mcp": (make({MCP}, "/mcp")[1], "/mcp", {MCP}),
        "full": (make({"full"})[1], "", {*ALL, "full"}),
        "full at /mcp": (make({"full"}, "/mcp")[1], "/mcp", {*ALL, "full"}),
        "the server's": (TOKEN, "", {*ALL, "full"}),
    }


def is_served(path, needed, resource, scopes):
    if resource and (needed == "full" or not f"/{path}/".startswith(f"{resource}/")):
        return False
    return needed in scopes


async def test_tokens_by_paths_and_methods(call, served, tokens):
    """A handler runs exactly for those who may use its path, however the path is written."""
    needed = {**PLAIN, **dict.fromkeys(LEADING_OUT, "full")}
    few = ("mcp", "mcp/admin/x", "mcp/..;/api")
    cells = [
        (path, method)
        for path, method in product(needed, METHODS)
        if path in few or method in {"GET", "POST"}
    ]
    wrong = []
    for (kind, (token, resource, scopes)), (path, method) in product(tokens.items(), cells):
        served.clear()
        body = {"body": "{}"} if method in BODIES else {}
        answer = await call(method, path, token=token, **body)
        expected = is_served(path, needed[path], resource, scopes)
        right = answer.code == 200 if expected else answer.code in {401, 403}
        if len(served) != expected or not right:
            wrong.append((kind, method, path, answer.code))
    assert wrong == []


async def test_other_spellings_are_other_paths(call, served, tokens):
    """No handler of the path answers to them, not even for those who may use it."""
    for path, kind in product(ELSEWHERE, ("nobody", "mcp", "full", "the server's")):
        answer = await call("GET", path, token=tokens[kind][0])
        assert (answer.code == 200, served) == (False, []), (path, kind, answer.code)


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-Method-Override", "X-Original-URL"])
async def test_no_header_makes_it_another_request(call, served, tokens, name):
    """Neither its method nor its path."""
    for value, path in (("DELETE", "mcp/admin"), ("/mcp/x", "mcp/admin")):
        answer = await call("GET", path, token=tokens["mcp"][0], headers={name: value})
        assert (answer.code, served) == (403, [])


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": ALLOWED},
        {"Origin": "null"},
        {"Sec-WebSocket-Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_no_page_of_another_origin_uses_them(call, served, tokens, headers):
    """A program's token that a page got hold of is of no use to it."""
    for kind, method in product(("mcp", "all", "full"), ("GET", "POST")):
        body = {"body": "{}"} if method in BODIES else {}
        answer = await call(method, "mcp", token=tokens[kind][0], headers=headers, **body)
        assert (answer.code in {401, 403}, served) == (True, []), (kind, method, answer.code)


async def test_tokens_by_sockets(served, open_socket, tokens):
    """The same for handshakes. Jupyter takes its own token in other ways."""
    del tokens["the server's"]
    paths = {"mcp/socket": MCP, "mcp/admin/socket": ADMIN}
    for (kind, (token, resource, scopes)), path in product(tokens.items(), paths):
        offered = [PROTOCOL, f"{PROTOCOL}.{token}"] if token else None
        expected = is_served(path, paths[path], resource, scopes)
        code = await handshake(open_socket, path, offered)
        assert code == 101 if expected else code in {401, 403}, (kind, path, code)


async def handshake(open_socket, path, offered):
    try:
        socket = await open_socket(path, protocols=offered)
    except HTTPClientError as refused:
        return refused.code
    socket.close()
    return 101
