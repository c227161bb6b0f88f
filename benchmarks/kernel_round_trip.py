"""Running ``1`` in a kernel, from the request to the kernel's "idle", over an open WebSocket."""

from __future__ import annotations

import asyncio
import json
import socket as tcp
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import count

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from .figures import Counts, Figure
from .server_turns import Ratios, Side, compare, figures
from .servers import (
    AUTHORIZATION,
    CORE_CORS,
    ORIGIN,
    TOKEN,
    WITH_EXTENSION,
    WITHOUT_EXTENSION,
    Server,
    running,
)
from .timing import Act

LIMIT = 1.02
TOKEN_PROTOCOL = "v1.token.websocket.jupyter.org"
_ids = count()


def measure(counts: Counts) -> Iterator[Figure]:
    name = "kernel round trip"
    rounds = [_without_origin(counts.executions) for _ in range(counts.rounds)]
    extension, same = zip(*rounds, strict=True)
    yield from figures(f"{name}, no Origin", extension, LIMIT)
    yield from figures(f"{name}, noise", same, note="without the extension, twice")
    across = [_across(counts.executions) for _ in range(counts.rounds)]
    note = "token subprotocol; core: ?token="
    yield from figures(f"{name}, other origin", across, LIMIT, note)


def _without_origin(turns: int) -> list[Ratios]:
    with running(WITHOUT_EXTENSION, WITH_EXTENSION, WITHOUT_EXTENSION) as servers:
        return compare_kernels([Handshake(server, AUTHORIZATION) for server in servers], turns)


def _across(turns: int) -> Ratios:
    headers = {"Origin": ORIGIN}
    protocols = by_subprotocol(TOKEN)
    with running(CORE_CORS, WITH_EXTENSION) as (core, extension):
        handshakes = [
            Handshake(core, headers, query=f"?token={TOKEN}"),
            Handshake(extension, headers, protocols=protocols),
        ]
        (ratios,) = compare_kernels(handshakes, turns)
    return ratios


@dataclass(frozen=True)
class Handshake:
    """How a client opens the socket of a kernel."""

    server: Server
    headers: dict[str, str]
    protocols: tuple[str, ...] = ()
    query: str = ""


def by_subprotocol(token: str) -> tuple[str, str]:
    """Return the subprotocols by which a page presents a token."""
    return TOKEN_PROTOCOL, f"{TOKEN_PROTOCOL}.{token}"


def compare_kernels(handshakes: list[Handshake], turns: int) -> list[Ratios]:
    """Return how executions take on the servers, compared with the first one."""
    with closing(asyncio.new_event_loop()) as loop, ExitStack() as stack:
        sides = [
            Side(handshake.server, stack.enter_context(_kernel(loop, handshake)))
            for handshake in handshakes
        ]
        return compare(sides, turns)


@contextmanager
def _kernel(loop: asyncio.AbstractEventLoop, handshake: Handshake) -> Iterator[Act]:
    """Start a kernel, connect to it, and give what runs code in it."""
    connection = handshake.server.connect()
    kernel = json.loads(connection.ask("POST", "/api/kernels", AUTHORIZATION, status=201))
    path = f"/api/kernels/{kernel['id']}"
    url = f"ws://localhost:{handshake.server.port}{path}/channels{handshake.query}"
    request = HTTPRequest(url, headers=handshake.headers)
    socket = loop.run_until_complete(_open(request, list(handshake.protocols)))
    try:
        yield lambda: loop.run_until_complete(_execute(socket))
    finally:
        loop.run_until_complete(_close(socket))
        connection.ask("DELETE", path, AUTHORIZATION, status=204)


async def _open(request: HTTPRequest, protocols: list[str]) -> WebSocketClientConnection:
    return await websocket_connect(request, subprotocols=protocols or None)


async def _close(socket: WebSocketClientConnection) -> None:
    socket.close()
    while await socket.read_message() is not None:
        pass


async def _execute(socket: WebSocketClientConnection) -> None:
    message_id = f"execution-{next(_ids)}"
    await socket.write_message(_execute_request(message_id))
    awaited = {"idle", "execute_reply"}
    while awaited:
        _acknowledge_at_once(socket)
        answer = await socket.read_message()
        if answer is None:
            raise RuntimeError("The server closed the kernel's socket.")
        message = json.loads(answer)
        if message["parent_header"].get("msg_id") == message_id:
            awaited -= {message["msg_type"], message["content"].get("execution_state")}


def _acknowledge_at_once(socket: WebSocketClientConnection) -> None:
    """Keep TCP from waiting: it holds a small message back until the one before is acknowledged.

    Linux only, and only until the next message. Elsewhere up to 40 ms hide what is measured.
    """
    stream = socket.protocol.stream if socket.protocol else None
    if sys.platform == "linux" and stream is not None:
        stream.socket.setsockopt(tcp.IPPROTO_TCP, tcp.TCP_QUICKACK, 1)


def _execute_request(message_id: str) -> str:
    header = {
        "msg_id": message_id,
        "msg_type": "execute_request",
        "session": "benchmark",
        "username": "",
        "version": "5.3",
    }
    content = {
        "code": "1",
        "silent": False,
        "store_history": False,
        "user_expressions": {},
        "allow_stdin": False,
    }
    message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}}
    return json.dumps({**message, "content": content})
