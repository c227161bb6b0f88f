"""A program behind jupyter-server-proxy is not the owner: it never receives the server's token."""

from __future__ import annotations

import json

import pytest
from support.constants import ALLOWED, TOKEN
from support.requirements import require_modules
from support.server.full_server import Upstream

pytestmark = pytest.mark.filterwarnings("ignore")  # the proxy warns of Python

PROTOCOL = "v1.token.websocket.jupyter.org"


@pytest.fixture
def server_config():
    require_modules({"jupyter_server_proxy": "jupyter-server-proxy"}, "what is between")
    return {
        "ServerApp": {"jpserver_extensions": {"escherpad_ext": True, "jupyter_server_proxy": True}}
    }


@pytest.fixture
def escherpad_config():
    return {"allowed_origins": [ALLOWED], "url_tokens": "always"}


@pytest.fixture
def upstream(jp_serverapp, jp_asyncio_loop):
    found = Upstream()
    yield found
    jp_asyncio_loop.run_until_complete(found.close())


def seen_by(upstream: Upstream) -> str:
    assert upstream.requests, "nothing came through"
    return json.dumps(upstream.requests)


@pytest.mark.parametrize("scheme", ["token", "Bearer"])
async def test_no_request_hands_it_on(call, upstream, scheme):
    """By header or in the URL."""
    path = f"proxy/{upstream.port}/page"
    headers = {"Authorization": f"{scheme} {TOKEN}"}
    answer = await call("GET", path, origin=ALLOWED, headers=headers)
    assert answer.code == 200
    answer = await call("GET", f"{path}?token={TOKEN}", origin=ALLOWED)
    assert answer.code == 200
    assert len(upstream.requests) == 2
    assert TOKEN not in seen_by(upstream)


async def test_no_socket_hands_it_on(open_socket, upstream):
    """By subprotocol, in the URL, or in a header that a program sends."""
    path = f"proxy/{upstream.port}/socket"
    offered = [PROTOCOL, f"{PROTOCOL}.{TOKEN}"]
    header = {"Authorization": f"token {TOKEN}"}
    for url, more in (
        (path, {"protocols": offered}),
        (f"{path}?token={TOKEN}", {}),
        (path, {"headers": header}),
    ):
        before = len(upstream.requests)
        socket = await open_socket(url, origin=ALLOWED, **more)
        await upstream.reached(before + 1)
        await socket.write_message("hello")
        assert await socket.read_message() == "hello"
    assert TOKEN not in seen_by(upstream)


async def test_a_script_is_served_as_before(call, upstream):
    """Without ``Origin`` the extension changes nothing."""
    answer = await call("GET", f"proxy/{upstream.port}/page", token=TOKEN)
    assert answer.code == 200
    assert TOKEN in seen_by(upstream)
