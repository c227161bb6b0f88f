"""Apps with many sockets, and people who revoke grants. They do what they do in other processes.

Times are those of ``time.monotonic``, which the processes of a machine share.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from pathlib import Path
from typing import NamedTuple

from escherpad_ext.cli.token_commands import run as run_token_command

from .bare_websocket import CLOSE, PING, PONG, TEXT, BareWebSocket

_TOKEN_PROTOCOL = "v1.token.websocket.jupyter.org"
_AT_ONCE = 8
_ANSWER_SECONDS = 60
_DISPLAYED, _OF_CONTENTS = b'"display_data"', b"/contents_service/"


class Wanted(NamedTuple):
    """A socket to open."""

    name: str
    path: str
    token: str


class Ending(NamedTuple):
    """What the server's close frame said, and when it came. No code: there was none."""

    code: int | None
    reason: str
    at: float


class Revoked(NamedTuple):
    """When it was asked to revoke a grant, and when that was done."""

    grant_id: str
    asked: float
    done: float


class Person:
    """Revokes grants as ``jupyter escherpad token revoke`` does, by its own code."""

    def __init__(self, data_dir: str) -> None:
        os.environ["JUPYTER_DATA_DIR"] = data_dir

    async def revoke(self, grants: Sequence[tuple[str, float]]) -> list[Revoked]:
        """Revoke these, each after a pause of so many seconds."""
        revoked = []
        for grant_id, pause in grants:
            await asyncio.sleep(pause)
            revoked.append(_revoke(id=grant_id))
        return revoked

    async def revoke_origin(self, origin: str) -> Revoked:
        """Revoke all grants of an origin."""
        return _revoke(origin=origin)


def _revoke(**which: str) -> Revoked:
    arguments = {"command": "revoke", "id": None, "origin": None, "all": False, **which}
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        asked = time.monotonic()
        status = run_token_command(argparse.Namespace(**arguments))
        done = time.monotonic()
    if status:
        raise RuntimeError(f"Not revoked: {which}")
    return Revoked(which.get("id", ""), asked, done)


class App:
    """The sockets of one origin, by name. Without an origin it is the owner's script."""

    def __init__(self, port: int, origin: str | None) -> None:
        self._port = port
        self._origin = origin
        self._sockets: dict[str, _Socket] = {}

    async def open(self, wanted: Sequence[Wanted]) -> None:
        """Open these sockets."""
        free = asyncio.Semaphore(_AT_ONCE)

        async def open_one(each: Wanted) -> None:
            async with free:
                socket = await self._open(each)
            self._sockets[each.name] = _Socket(each.name, socket, each.path.partition("?")[0])

        await asyncio.gather(*map(open_one, wanted))

    async def _open(self, wanted: Wanted) -> BareWebSocket:
        if self._origin is None:
            headers = {"Authorization": f"token {wanted.token}"}
            return await BareWebSocket.open(self._port, wanted.path, headers)
        protocols = _TOKEN_PROTOCOL, f"{_TOKEN_PROTOCOL}.{wanted.token}"
        headers = {"Origin": self._origin}
        return await BareWebSocket.open(self._port, wanted.path, headers, protocols)

    async def names(self) -> list[str]:
        """Return which sockets are open."""
        return [name for name, socket in self._sockets.items() if socket.ending is None]

    async def endings(self, awaited: Sequence[str], seconds: float) -> dict[str, Ending]:
        """Wait until these of its sockets have ended; return all endings, and forget them."""
        ends = [self._sockets[name].end for name in awaited if name in self._sockets]
        if ends:
            await asyncio.wait(ends, timeout=seconds)
        found = {name: each.ending for name, each in self._sockets.items() if each.ending}
        for name in found:
            del self._sockets[name]
        return found

    async def silent(self) -> list[str]:
        """Ask something of every socket; return which ones did not answer."""
        answered = await asyncio.gather(*(socket.answers() for socket in self._sockets.values()))
        return [name for name, well in zip(self._sockets, answered, strict=True) if not well]

    async def kernels(self) -> dict[str, str]:
        """Return the paths of those sockets that are a kernel's, without their questions."""
        return {name: each.path for name, each in self._sockets.items() if each.is_kernels}

    async def execute(self) -> None:
        """Have every socket of a kernel run a cell that displays something."""
        for socket in self._sockets.values():
            socket.execute()

    async def missing(self, expected: Mapping[str, int], seconds: float) -> dict[str, int]:
        """Wait for what sockets are to hear; return how much of it did not come, by name."""
        end = time.monotonic() + seconds
        while True:
            known = self._sockets.items()
            missing = {name: expected.get(name, 0) - each.heard for name, each in known}
            if time.monotonic() > end or not any(missing.values()):
                return missing
            await asyncio.sleep(0.1)

    async def close(self) -> dict[str, Ending]:
        """Close all, and wait for their ends."""
        for socket in self._sockets.values():
            socket.close()
        return await self.endings(list(self._sockets), _ANSWER_SECONDS)


class _Socket:
    """One socket: it hears everything, and keeps nothing."""

    def __init__(self, name: str, socket: BareWebSocket, path: str) -> None:
        self.ending: Ending | None = None
        self.path = path
        self.is_kernels = "/kernels/" in path
        #: How much of what is displayed, or of the server's events, it heard.
        self.heard = 0
        self._name = name
        self._socket = socket
        self._answered = asyncio.Event()
        self.end = asyncio.ensure_future(self._listen())

    async def answers(self) -> bool:
        """Return whether its kernel, or without one the server, answers."""
        self._answered.clear()
        if self.is_kernels:
            self._ask("kernel_info_request", {})
        else:
            self._socket.send(PING)
        try:
            await asyncio.wait_for(self._answered.wait(), _ANSWER_SECONDS)
        except asyncio.TimeoutError:
            return False
        return True

    def execute(self) -> None:
        """Have its kernel, if it has one, display something."""
        if self.is_kernels:
            code = "from IPython.display import display; display({'text/plain': '1'}, raw=True)"
            self._ask("execute_request", {"code": code, "silent": False})

    def _ask(self, kind: str, content: Mapping[str, object]) -> None:
        self._socket.send(TEXT, _request(kind, self._name, content))

    def close(self) -> None:
        """Say goodbye."""
        self._socket.send(CLOSE)

    async def _listen(self) -> None:
        while self.ending is None:
            frame = await self._socket.receive()
            if frame is None:
                self.ending = Ending(None, "", time.monotonic())
            else:
                self._hear(*frame)
        self._socket.hang_up()

    def _hear(self, opcode: int, payload: bytes) -> None:
        if opcode == CLOSE:
            code = int.from_bytes(payload[:2], "big") if payload else None
            self.ending = Ending(code, payload[2:].decode(), time.monotonic())
            self._socket.send(CLOSE, payload)
        elif opcode == PING:
            self._socket.send(PONG, payload)
        elif opcode == PONG or _is_reply(payload, self._name):
            self._answered.set()
        elif _DISPLAYED in payload or _OF_CONTENTS in payload:
            self.heard += 1


def _request(kind: str, message_id: str, content: Mapping[str, object]) -> bytes:
    header = {"msg_id": message_id, "msg_type": kind, "version": "5.3"}
    header |= {"session": message_id, "username": ""}
    message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}}
    return json.dumps({**message, "content": content}).encode()


def _is_reply(payload: bytes, message_id: str) -> bool:
    """Return whether a kernel answers. Quick, since each socket sees every message."""
    return b'"kernel_info_reply"' in payload and f'"{message_id}"'.encode() in payload
