"""Responses that stay open at a protected path end with the grant, as WebSockets do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from support.connect.browser_user import Person
from support.connect.hostile_requests import set_clock
from support.connect.programs import AskingProgram
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.iostream import StreamClosedError
from tornado.simple_httpclient import HTTPStreamClosedError, SimpleAsyncHTTPClient
from tornado.web import RequestHandler

SECONDS = 40


class Stream(RequestHandler):
    """Sends something, and then waits for ever, as a server that has nothing to say."""

    gone: asyncio.Event

    async def get(self) -> None:
        self.write("data: open\n\n")
        await self.flush()
        await self.gone.wait()

    def on_connection_close(self) -> None:
        self.gone.set()


class Kept(RequestHandler):
    """Answers at once, and is not collected afterwards."""

    handlers: ClassVar[list[RequestHandler]] = []

    def get(self) -> None:
        self.handlers.append(self)
        self.write("short")


class Last(RequestHandler):
    """Goes on when the other stream has ended."""

    gone: asyncio.Event

    async def get(self) -> None:
        self.write("first")
        await self.flush()
        await self.gone.wait()
        self.write("last")


@pytest.fixture
def escherpad_config() -> dict[str, Any]:
    return {"resource_paths": {"/mcp": "mcp"}}


@pytest.fixture
def gone(jp_serverapp: Any, http_server: Any) -> Iterator[asyncio.Event]:
    """Return what is set when the handler hears that its client is gone."""
    event = asyncio.Event()
    handlers = {
        "mcp": type("OneStream", (Stream,), {"gone": event}),
        "mcp/short": Kept,
        "mcp/last": type("OneLast", (Last,), {"gone": event}),
    }
    found = [(jp_serverapp.base_url + path, each) for path, each in handlers.items()]
    jp_serverapp.web_app.add_handlers(".*$", found)
    yield event
    Kept.handlers.clear()


@pytest.fixture
def client(jp_asyncio_loop: Any) -> Iterator[AsyncHTTPClient]:
    """Return a client that keeps no connection between the tests."""
    found = SimpleAsyncHTTPClient(force_instance=True)
    yield found
    found.close()


class Reader:
    """Reads a stream of a server, until it ends."""

    def __init__(self, client: AsyncHTTPClient, serverapp: Any, path: str, token: str) -> None:
        self.opened = asyncio.Event()
        url = f"http://127.0.0.1:{serverapp.port}{serverapp.base_url}{path}"
        request = HTTPRequest(
            url,
            headers={"Authorization": f"Bearer {token}"},
            streaming_callback=lambda _chunk: self.opened.set(),
            request_timeout=0,
        )
        self.response = asyncio.ensure_future(client.fetch(request))

    async def until_opened(self) -> None:
        opened = asyncio.ensure_future(self.opened.wait())
        await asyncio.wait({opened, self.response}, timeout=SECONDS, return_when="FIRST_COMPLETED")
        assert self.opened.is_set(), self.response

    async def until_ended(self) -> None:
        with pytest.raises((HTTPStreamClosedError, StreamClosedError)):
            await asyncio.wait_for(self.response, SECONDS)


@pytest.fixture
def program(call: Any, jp_serverapp: Any) -> AskingProgram:
    return AskingProgram(call, jp_serverapp)


async def test_a_stream_ends_with_its_grant(
    owner: Person, program: AskingProgram, client: Any, jp_serverapp: Any, gone: asyncio.Event
) -> None:
    """The client's side is closed, and the handler hears of it."""
    token = await program.connect(owner, "mcp:execute")
    reader = Reader(client, jp_serverapp, "mcp", token)
    await reader.until_opened()
    assert not gone.is_set()
    await owner.click(await owner.open_page("escherpad/"), disconnect=program.grant_of(token))
    await reader.until_ended()
    await asyncio.wait_for(gone.wait(), SECONDS)


async def test_a_stream_ends_when_the_token_expires(
    owner: Person, program: AskingProgram, client: Any, jp_serverapp: Any, gone: asyncio.Event
) -> None:
    clock = set_clock(jp_serverapp)
    token = await program.connect(owner, "mcp:execute")
    reader = Reader(client, jp_serverapp, "mcp", token)
    await reader.until_opened()
    clock.ahead += 8 * 86400
    await reader.until_ended()


async def test_a_finished_response_is_left_alone(
    owner: Person, program: AskingProgram, client: Any, jp_serverapp: Any, gone: asyncio.Event
) -> None:
    """Its connection may carry another's requests by now, as that of a proxy does."""
    token, other = [await program.connect(owner, "mcp:execute") for _ in range(2)]
    reader, writer = await asyncio.open_connection("127.0.0.1", jp_serverapp.port)
    send(writer, f"{jp_serverapp.base_url}mcp/short", token)
    await asyncio.wait_for(reader.readuntil(b"short"), SECONDS)
    assert Kept.handlers  # so that it is not forgotten
    send(writer, f"{jp_serverapp.base_url}mcp/last", other)
    await asyncio.wait_for(reader.readuntil(b"first"), SECONDS)
    goes = Reader(client, jp_serverapp, "mcp", token)
    await goes.until_opened()
    ended = program.grant_of(token)
    await owner.click(await owner.open_page("escherpad/"), disconnect=ended)
    await goes.until_ended()
    await asyncio.wait_for(gone.wait(), SECONDS)
    await asyncio.wait_for(reader.readuntil(b"last"), SECONDS)
    writer.close()


def send(writer: asyncio.StreamWriter, path: str, token: str) -> None:
    """Send a request on a connection that is kept."""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
    writer.write(head.encode())
