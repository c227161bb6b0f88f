"""Grant tokens, in single-user servers whose users share one data folder."""

from __future__ import annotations

import json
import time

import pytest
from support.constants import ALLOWED, REFUSED
from support.hub.hub_process import UserServer
from support.hub.hub_user import call, offer
from support.hub.terminal import type_in_terminal
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

pytest_plugins = ["support.hub.fixtures"]
pytestmark = pytest.mark.timeout(300)

FILE = {"type": "file", "format": "text", "content": "written"}


async def give(server: UserServer, *scopes: str) -> dict[str, str]:
    """Have a server's owner make tokens in a terminal, good on all servers; by their scopes."""
    create = f"jupyter escherpad token create --origin {ALLOWED} --scope"
    typed = await type_in_terminal(server, " && ".join(f"{create} {scope}" for scope in scopes))
    assert typed.code == 0, typed
    return dict(zip(scopes, typed.out.split(), strict=True))


async def test_they_work_within_their_scopes(servers: list[UserServer]) -> None:
    """The Hub's authorizer lets them in, its check of XSRF does not stop them, and no further.

    A token for any server of the owner's is good on the named server, too.
    """
    tokens = await give(servers[0], "view", "edit", "run")
    for server in servers[:2]:
        for status, scope, method, path, body in (
            (200, "view", "GET", "api/contents", None),
            (200, "view", "GET", "api/me", None),
            (403, "view", "PUT", "api/contents/a.txt", FILE),
            (201, "edit", "PUT", f"api/contents/b-{server.name}.txt", FILE),
            (403, "edit", "POST", "api/kernels", {"name": "python3"}),
            (201, "run", "POST", "api/kernels", {"name": "python3"}),
            (403, "run", "POST", "api/terminals", None),
            (403, "run", "POST", "api/shutdown", None),
        ):
            answer = await call(
                server, method, path, origin=ALLOWED, token=tokens[scope], body=body
            )
            assert answer.status == status, (scope, method, path, answer)
            assert answer.get("Access-Control-Allow-Origin") == ALLOWED
            if status == 403:
                refusal = answer.refusal()
                assert refusal
                assert refusal[0] == "insufficient_scope"
            if path == "api/me":
                assert answer.json()["identity"]["username"].startswith("grant-")
            if path == "api/kernels" and status == 201:
                socket = f"{path}/{answer.json()['id']}/channels"
                await check_sockets(server, socket, tokens["run"], tokens["edit"])
                await call(
                    server, "DELETE", f"{path}/{answer.json()['id']}", token=server.hub.token("ana")
                )


async def check_sockets(server: UserServer, path: str, good: str, lesser: str) -> None:
    """Check that a kernel's socket opens wherever the token is shown, and for no lesser one."""
    for status, token in ((101, good), (403, lesser)):
        shown = await call(server, "WebSocket", path, origin=ALLOWED, headers=[offer(token)])
        in_url = await call(server, "WebSocket", f"{path}?token={token}", origin=ALLOWED)
        assert (shown.status, in_url.status) == (status, status)


async def test_one_users_are_nothing_on_anothers_server(servers: list[UserServer]) -> None:
    """Though they share folder, keys and registry; nor from elsewhere on the right server."""
    ana, _, bob = servers
    token = (await give(ana, "full"))["full"]
    for server, origin, reason in (
        (bob, ALLOWED, "unknown_grant"),
        (bob, None, "unknown_grant"),
        (ana, None, "wrong_origin"),
    ):
        for method, path in (("GET", "api/contents"), ("GET", "lab"), ("POST", "api/kernels")):
            answer = await call(server, method, path, origin=origin, token=token)
            assert answer.refusal() == ("invalid_token", reason), (server.path, origin, path)
        headers = [offer(token)]
        answer = await call(
            server, "WebSocket", "api/events/subscribe", origin=origin, headers=headers
        )
        assert answer.status == 401
    for server in servers:
        answer = await call(server, "GET", "api/contents", origin=REFUSED, token=token)
        assert answer.refusal() == ("origin_refused", "origin_not_listed")
    mine = (await give(bob, "view"))["view"]
    assert (await call(bob, "GET", "api/contents", origin=ALLOWED, token=mine)).status == 200
    assert (await call(ana, "GET", "api/contents", origin=ALLOWED, token=mine)).status == 401


async def test_revoking_ends_sockets_behind_the_proxy(ana: UserServer) -> None:
    """Within two seconds of the command's end, with the close code that says why."""
    tokens = await give(ana, "run")
    url = f"{ana.url}api/events/subscribe".replace("http", "ws", 1)
    headers = {"Origin": ALLOWED, "Authorization": f"Bearer {tokens['run']}"}
    socket = await websocket_connect(HTTPRequest(url, headers=headers))
    listed = await type_in_terminal(ana, "jupyter escherpad token list --json")
    newest = json.loads(listed.out)[0]
    typed = await type_in_terminal(ana, f"jupyter escherpad token revoke {newest['id']}")
    done = time.monotonic()
    assert typed.code == 0, typed
    while await socket.read_message() is not None:
        pass
    ended = time.monotonic()
    assert (socket.close_code, socket.close_reason) == (4401, "revoked")
    assert ended - done < 2
    socket.close()
    answer = await call(ana, "GET", "api/contents", origin=ALLOWED, token=tokens["run"])
    assert answer.refusal() == ("invalid_token", "revoked")


async def test_check_works_in_a_terminal(ana: UserServer) -> None:
    """It finds the server that it runs in; and asks by way of the proxy, told so."""
    check = f"jupyter escherpad check {ALLOWED} --json"
    for command in (check, f"{check} --server {ana.url}"):
        typed = await type_in_terminal(ana, command)
        assert typed.code == 0, typed
        asked = {server["address"]: server for server in json.loads(typed.out)["servers"]}
        here = ana.url if "--server" in command else f"http://127.0.0.1:{ana.port}{ana.path}"
        assert (asked[here]["healthy"], asked[here]["findings"]) == (True, [])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("user/ana/third/", "server_not_running"),
        ("user/nobody/", "server_not_running"),
        ("hub/", "hub_address"),
        ("", "hub_address"),
    ],
)
async def test_check_knows_the_hub(ana: UserServer, path: str, code: str) -> None:
    """A server that does not run is not another one of this person."""
    url = ana.url.removesuffix("user/ana/") + path
    typed = await type_in_terminal(ana, f"jupyter escherpad check {ALLOWED} --json --server {url}")
    assert typed.code == 1, typed
    (server,) = json.loads(typed.out)["servers"]
    assert [each["code"] for each in server["findings"]] == [code], server
