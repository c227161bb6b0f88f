"""A terminal of a single-user server, as its owner has it: with the environment of the Hub."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from .hub_process import UserServer
from .hub_user import call

SECONDS = 90


class Typed(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str


async def type_in_terminal(server: UserServer, command: str) -> Typed:
    """Open a terminal on the server, type a command, and wait until it is done."""
    token = server.hub.token(server.user)
    name = (await call(server, "POST", "api/terminals", token=token)).json()["name"]
    folder = server.hub.folder / "typed" / uuid4().hex
    folder.mkdir(parents=True)
    # A shell that begins as a login shell does not keep the PATH that the server has.
    command = f"PATH={Path(sys.executable).parent}:$PATH; {command}"
    line = f"({command}) >{folder}/out 2>{folder}/err; echo $? >{folder}/c"
    line += f"; mv {folder}/c {folder}/code\r"
    url = f"{server.url}terminals/websocket/{name}".replace("http", "ws", 1)
    request = HTTPRequest(url, headers={"Authorization": f"token {token}"})
    socket = await websocket_connect(request)
    try:
        await socket.write_message(json.dumps(["stdin", line]))
        end = time.monotonic() + SECONDS
        while not (folder / "code").exists():
            assert time.monotonic() < end, f"not done: {command}"
            await asyncio.sleep(0.05)
    finally:
        socket.close()
        await call(server, "DELETE", f"api/terminals/{name}", token=token)
    out, err, code = ((folder / file).read_text() for file in ("out", "err", "code"))
    return Typed(int(code), out, err)
