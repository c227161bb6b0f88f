"""Running ``1`` in a kernel, from the request to the kernel's "idle", over an open WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from .figures import Counts, Figure
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
from .timing import Act, ratios

_TOKEN_PROTOCOL = "v1.token.websocket.jupyter.org"
_ids = count()


def measure(counts: Counts) -> Iterator[Figure]:
    turns = counts.executions
    same = tuple(_without_origin(turns) for _ in range(counts.rounds))
    yield Figure("kernel round trip, no Origin", "x", same, 1.03)
    across = tuple(_across(turns) for _ in range(counts.rounds))
    yield Figure(
        "kernel round trip, other origin", "x", across, 1.03, "token subprotocol; core: ?token="
    )


def _without_origin(turns: int) -> float:
    with running(WITHOUT_EXTENSION, WITH_EXTENSION) as servers:
        return _compare([(server, "", AUTHORIZATION, []) for server in servers], turns)


def _across(turns: int) -> float:
    headers = {"Origin": ORIGIN}
    protocols = [_TOKEN_PROTOCOL, f"{_TOKEN_PROTOCOL}.{TOKEN}"]
    with running(CORE_CORS, WITH_EXTENSION) as (core, extension):
        sides = [(core, f"?token={TOKEN}", headers, []), (extension, "", headers, protocols)]
        return _compare(sides, turns)


def _compare(sides: list[tuple[Server, str, dict[str, str], list[str]]], turns: int) -> float:
    with closing(asyncio.new_event_loop()) as loop, ExitStack() as stack:
        acts = [stack.enter_context(_kernel(loop, *side)) for side in sides]
        (extension,) = ratios(acts, turns)
    return extension


@contextmanager
def _kernel(
    loop: asyncio.AbstractEventLoop,
    server: Server,
    query: str,
    headers: dict[str, str],
    protocols: list[str],
) -> Iterator[Act]:
    """Start a kernel, connect to it, and give what runs code in it."""
    connection = server.connect()
    kernel = json.loads(connection.ask("POST", "/api/kernels", AUTHORIZATION, status=201))
    path = f"/api/kernels/{kernel['id']}"
    url = f"ws://localhost:{server.port}{path}/channels{query}"
    socket = loop.run_until_complete(_open(HTTPRequest(url, headers=headers), protocols))
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
    while True:
        answer = await socket.read_message()
        if answer is None:
            raise RuntimeError("The server closed the kernel's socket.")
        message = json.loads(answer)
        its_own = message["parent_header"].get("msg_id") == message_id
        if its_own and message["content"].get("execution_state") == "idle":
            return


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
