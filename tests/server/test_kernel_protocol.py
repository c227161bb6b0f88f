"""Kernel sockets of other origins where Jupyter selects no kernel protocol: v1 is spoken anyway.

``@jupyterlab/services`` takes any other protocol than the one that it offered for an unknown one.
"""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_client.session import Session
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from support import gateways
from support.constants import ALLOWED, TOKEN
from support.jupyter_process import START_SECONDS
from support.server_process import Server, extension_config
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from escherpad_ext.cli import main
from escherpad_ext.policy.credentials import TOKEN_PROTOCOL
from escherpad_ext.server.kernel_protocol import (
    KERNEL_PROTOCOL,
    _speaking,
    from_legacy,
    to_legacy,
)

# An Enterprise Gateway is installed first.
pytestmark = pytest.mark.timeout(1200 if gateways.FULL else 120)

PARTS = ("header", "parent_header", "metadata", "content")


def packed(message: dict[str, Any], channel: str, buffers: tuple[bytes, ...] = ()) -> bytes:
    parts = [json.dumps(message[name], default=str).encode() for name in PARTS]
    return bytes(serialize_msg_to_ws_v1([*parts, *buffers], channel))


def unpacked(message: bytes) -> dict[str, Any]:
    channel, parts = deserialize_msg_from_ws_v1(message)
    found = dict(zip(PARTS, map(json.loads, parts[:4]), strict=True))
    return {**found, "channel": channel, "buffers": parts[4:]}


@pytest.mark.parametrize("buffers", [(), (b"",), (b"\x00\xff", b"x" * 300)])
def test_nothing_is_lost_in_translation(buffers: tuple[bytes, ...]) -> None:
    """There and back, also with the binary parts of widgets."""
    message = Session().msg("comm_msg", {"data": {"text": "ünï", "n": [1, None, 0.5]}})
    there = packed(message, "shell", buffers)
    legacy = to_legacy(there)
    assert isinstance(legacy, bytes if buffers else str)
    assert unpacked(from_legacy(legacy)) == unpacked(there)


@pytest.mark.parametrize(
    ("selected", "connection", "is_plain"),
    [
        ("another", SimpleNamespace(), True),
        (KERNEL_PROTOCOL, SimpleNamespace(), True),
        (None, SimpleNamespace(subprotocol=None), True),
        (None, SimpleNamespace(), False),
    ],
)
def test_messages_meet_nothing_where_nothing_is_translated(selected, connection, is_plain):
    """Each frame is then handled as on the server's own pages."""

    class Handler(KernelWebsocketHandler):
        def select_subprotocol(self, subprotocols):
            return selected

    handler = _speaking(Handler).__new__(_speaking(Handler))
    handler.__dict__["connection"] = connection
    assert handler.select_subprotocol([KERNEL_PROTOCOL]) == (selected or KERNEL_PROTOCOL)
    assert (type(handler) is Handler) is is_plain


async def runs_code(socket: WebSocketClientConnection) -> dict[str, Any]:
    """Run code by the protocol; return the content of its result."""
    assert socket.selected_subprotocol == KERNEL_PROTOCOL
    content = {"code": "6 * 7", "silent": False, "store_history": False, "allow_stdin": False}
    request = Session().msg("execute_request", content)
    await socket.write_message(packed(request, "shell"), binary=True)
    while True:
        message = await asyncio.wait_for(socket.read_message(), START_SECONDS)
        assert isinstance(message, bytes), message
        found = unpacked(message)
        ours = found["parent_header"].get("msg_id") == request["header"]["msg_id"]
        if ours and found["header"]["msg_type"] == "execute_result":
            return dict(found["content"]["data"])


class Kernel:
    """A kernel on a server, as a site of another origin uses it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        body = json.dumps({"name": "python3"}).encode()
        self.id = self._ask("api/kernels", body)["id"]

    def _ask(self, path: str, body: bytes) -> Any:
        headers = {"Origin": ALLOWED, "Authorization": f"Bearer {self._server.token}"}
        request = urllib.request.Request(f"{self._server.url}{path}", body, headers)
        with urllib.request.urlopen(request, timeout=START_SECONDS) as answer:
            return json.load(answer)

    async def open(self, *protocols: str) -> WebSocketClientConnection:
        url = f"{self._server.url.replace('http', 'ws')}api/kernels/{self.id}/channels"
        request = HTTPRequest(url, headers={"Origin": ALLOWED})
        offer = [*protocols, TOKEN_PROTOCOL, f"{TOKEN_PROTOCOL}.{self._server.token}"]
        return await websocket_connect(request, subprotocols=offer)


@pytest.fixture(scope="module")
def python_for(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Return a function: the name of a gateway → a Python that has it."""
    folder = tmp_path_factory.mktemp("python")
    return lambda name: gateways.python_for(name, folder)


@pytest.fixture(scope="module")
def gateway_url(
    python_for: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], str]]:
    """Return a function: the name of a gateway → the address of one that runs."""
    with ExitStack() as stack:

        @cache
        def start(name: str) -> str:
            folder = tmp_path_factory.mktemp("gateway")
            return stack.enter_context(gateways.gateway(name, python_for(name), folder))

        yield start


@pytest.fixture(scope="module", params=[*gateways.CHOSEN, "empty"])
def kernel(
    request: pytest.FixtureRequest,
    gateway_url: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Kernel]:
    """Return a kernel of a server that selects no kernel protocol."""
    config = extension_config(allowed_origins=[ALLOWED])
    config["IdentityProvider"] = {"token": TOKEN}
    if request.param in gateways.KINDS:
        arguments: tuple[str, ...] = (f"--gateway-url={gateway_url(request.param)}",)
    else:
        arguments = ("--ZMQChannelsWebsocketConnection.kernel_ws_protocol=",)
    folder = tmp_path_factory.mktemp("servers") / request.param
    with Server(folder, config, arguments=arguments) as server:
        assert isinstance(server, Server)
        yield Kernel(server)


async def test_code_runs(kernel: Kernel) -> None:
    """A client of the newest protocol runs code, though Jupyter would not have selected it."""
    socket = await kernel.open(KERNEL_PROTOCOL)
    assert (await runs_code(socket))["text/plain"] == "42"
    socket.close()


async def test_a_client_that_offers_none_gets_json(kernel: Kernel) -> None:
    """As Jupyter without a kernel protocol."""
    socket = await kernel.open()
    assert socket.selected_subprotocol == TOKEN_PROTOCOL
    request = Session().msg("kernel_info_request", {})
    await socket.write_message(json.dumps({**request, "channel": "shell"}, default=str))
    message = await asyncio.wait_for(socket.read_message(), START_SECONDS)
    assert isinstance(message, str)
    assert json.loads(message)["channel"] in {"shell", "iopub"}
    socket.close()


async def test_what_is_no_message_ends_the_socket(kernel: Kernel) -> None:
    """And nothing else: the next one works."""
    socket = await kernel.open(KERNEL_PROTOCOL)
    await socket.write_message(b"\x00" * 7, binary=True)
    socket.close()
    socket = await kernel.open(KERNEL_PROTOCOL)
    assert (await runs_code(socket))["text/plain"] == "42"
    socket.close()


async def test_text_is_no_message_of_the_protocol(kernel: Kernel) -> None:
    """It would go on to a gateway, which runs what is in it."""
    socket = await kernel.open(KERNEL_PROTOCOL)
    request = Session().msg("execute_request", {"code": "1"})
    await socket.write_message(json.dumps({**request, "channel": "shell"}, default=str))
    while await asyncio.wait_for(socket.read_message(), START_SECONDS) is not None:
        pass
    socket.close()


@pytest.mark.parametrize("name", gateways.CHOSEN)
def test_a_gateway_is_no_server_for_sites(gateway_url, name, capsys) -> None:
    """The check says so, and what to start in front of it."""
    address = gateway_url(name)
    fix = finding_of(address, capsys)["fix"]
    assert f"jupyter lab --gateway-url={address}" in fix.split("\n")
    assert "auth_token" not in fix


@pytest.mark.parametrize("name", gateways.CHOSEN)
def test_nor_is_one_that_asks_for_a_token(python_for, name, capsys, tmp_path) -> None:
    """Its login is its own, and nothing in front of it asks for one."""
    with gateways.gateway(name, python_for(name), tmp_path, auth_token=TOKEN) as address:
        fix = finding_of(address, capsys)["fix"]
    assert "c.GatewayClient.auth_token" in fix


def finding_of(address: str, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Return the only finding about a gateway that a site uses itself."""
    assert main(["check", ALLOWED, "--server", address, "--json"]) == 1
    (server,) = json.loads(capsys.readouterr().out)["servers"]
    (finding,) = server["findings"]
    assert finding["code"] == "gateway_itself"
    return dict(finding)
