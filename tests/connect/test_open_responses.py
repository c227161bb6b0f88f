"""Responses outside of protected paths end with the grant, too: streams, downloads, long polls."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.base.handlers import JupyterHandler
from support.connect.browser_user import Person
from support.connect.hostile_requests import service_of
from support.connect.programs import AskingProgram
from tornado.web import authenticated

from escherpad_ext.server.sockets import SILENT_SWEEPS, LiveSockets

SECONDS = 40
#: More than the buffers of a connection hold.
LARGE = 64 * 2**20


class Events(JupyterHandler):
    """Sends an event, and then waits for ever."""

    @authenticated
    async def get(self) -> None:
        self.set_header("Content-Type", "text/event-stream")
        self.write("data: open\n\n")
        await self.flush()
        await asyncio.Event().wait()


class Poll(JupyterHandler):
    """Answers when there is something to say."""

    may_answer: asyncio.Event
    asked: asyncio.Event

    @authenticated
    async def get(self) -> None:
        self.asked.set()
        await self.may_answer.wait()
        self.finish("said")


class Connection:
    """One connection to a server, on which one request is sent."""

    def __init__(self, serverapp: Any) -> None:
        self._serverapp = serverapp

    async def ask(self, path: str, token: str) -> None:
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self._serverapp.port, limit=2**16
        )
        target = self._serverapp.base_url + path
        head = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
        self.writer.write(head.encode())

    async def until(self, text: bytes) -> None:
        await asyncio.wait_for(self.reader.readuntil(text), SECONDS)

    async def rest(self) -> bytes:
        """Return all that comes until the server closes the connection."""
        found = b""
        try:
            while some := await asyncio.wait_for(self.reader.read(2**16), SECONDS):
                found += some
        except ConnectionError:
            pass
        self.writer.close()
        return found


@pytest.fixture
def polls(jp_serverapp: Any, http_server: Any) -> type[Poll]:
    """Mount the handlers; return the one that waits."""
    events = {"may_answer": asyncio.Event(), "asked": asyncio.Event()}
    poll = type("OnePoll", (Poll,), events)
    handlers = {"own/events": Events, "own/poll": poll}
    found = [(jp_serverapp.base_url + path, each) for path, each in handlers.items()]
    jp_serverapp.web_app.add_handlers(".*$", found)
    return poll


@pytest.fixture
def program(call: Any, jp_serverapp: Any) -> AskingProgram:
    return AskingProgram(call, jp_serverapp)


@pytest.fixture
def connection(jp_serverapp: Any) -> Connection:
    return Connection(jp_serverapp)


async def disconnect(owner: Person, grant_id: str) -> None:
    await owner.click(await owner.open_page("escherpad/"), disconnect=grant_id)


async def test_an_event_stream_ends(
    owner: Person, program: AskingProgram, connection: Connection, polls: type[Poll]
) -> None:
    """It ends as a complete one does: some proxies do not notice that a response was cut off."""
    token = await program.connect(owner, "full")
    await connection.ask("own/events", token)
    await connection.until(b"data: open\n\n\r\n")
    await disconnect(owner, program.grant_of(token))
    assert await connection.rest() == b"0\r\n\r\n"


async def test_a_download_is_cut_off(
    owner: Person,
    program: AskingProgram,
    connection: Connection,
    sockets: LiveSockets,
    jp_root_dir: Path,
) -> None:
    """Its handler has long finished: most of the file is still to be sent."""
    with (jp_root_dir / "large.bin").open("wb") as file:
        file.truncate(LARGE)
    token = await program.connect(owner, "view")
    await connection.ask("files/large.bin", token)
    await connection.until(b"\r\n\r\n")
    await disconnect(owner, program.grant_of(token))
    await until_forgotten(sockets)
    assert len(await connection.rest()) < LARGE


@pytest.fixture
def sockets(jp_serverapp: Any) -> LiveSockets:
    return service_of(jp_serverapp)._grants.sockets


async def until_forgotten(sockets: LiveSockets) -> None:
    """Wait until nothing of any grant is open."""

    async def wait() -> None:
        while sockets.grant_ids():
            await asyncio.sleep(0.05)

    await asyncio.wait_for(wait(), SECONDS)


async def test_what_is_under_way_may_answer(
    owner: Person,
    program: AskingProgram,
    connection: Connection,
    sockets: LiveSockets,
    polls: type[Poll],
) -> None:
    """As the save of a page that connects again. A second later, it is cut off as well."""
    token = await program.connect(owner, "full")
    await connection.ask("own/poll", token)
    await asyncio.wait_for(polls.asked.wait(), SECONDS)
    assert sockets.grant_ids() == [program.grant_of(token)]
    sockets.end(program.grant_of(token), "revoked")
    sockets.sweep(0)
    polls.may_answer.set()
    await connection.until(b"said")
    polls.may_answer.clear()
    connection.writer.close()
    await connection.ask("own/poll", token)
    polls.asked.clear()
    await asyncio.wait_for(polls.asked.wait(), SECONDS)
    sockets.end(program.grant_of(token), "revoked")
    for _ in range(SILENT_SWEEPS):
        sockets.sweep(0)
    assert await connection.rest() == b""
    polls.may_answer.set()


async def test_what_is_answered_leaves_no_trace(
    owner: Person, program: AskingProgram, call: Any, sockets: LiveSockets
) -> None:
    """Nothing is kept of a thousand requests."""
    token = await program.connect(owner, "view")
    for _ in range(1000):
        assert (await call("GET", "api/status", token=token)).code == 200
    assert sum(map(len, sockets._responses.values())) <= 1
    await until_forgotten(sockets)
    assert not sockets._responses
