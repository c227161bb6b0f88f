"""Responses that go on, or never end, are in the record once, from their beginning."""

from __future__ import annotations

import asyncio
from contextlib import closing

import pytest
from support.constants import ALLOWED
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.web import FallbackHandler, HTTPError, RequestHandler
from tornado.wsgi import WSGIContainer

from escherpad_ext.grants.activity import ActivityFile
from escherpad_ext.grants.latest_activity import latest

RESOURCES = {"/mcp": "mcp"}


class GoesOn(RequestHandler):
    """Answers as event streams do, and does not notice that nobody listens any more."""

    over: asyncio.Event

    def check_xsrf_cookie(self) -> None:
        """Ask for none, as what no browser uses."""

    async def post(self, how: str) -> None:
        if how == "away":
            stream = self.detach()
            await stream.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            return
        self.set_status(202)
        self.write("begun")
        await self.flush()
        await self.over.wait()


@pytest.fixture
def escherpad_config():
    return {"allowed_origins": [ALLOWED], "resource_paths": RESOURCES}


@pytest.fixture
def over(jp_serverapp, http_server):
    """Mount the handler; return what lets it end."""
    place = f"{jp_serverapp.base_url}mcp/(.*)"
    GoesOn.over = asyncio.Event()
    jp_serverapp.web_app.add_handlers(".*$", [(place, GoesOn)])
    return GoesOn.over


@pytest.fixture
def begin(over, give, jp_http_port, jp_base_url):
    """Yield a grant, and a function: send a request, and return when its response has begun."""
    scopes = frozenset({"mcp:execute"})
    grant, token = give("view", origin="none", program="agent", scopes=scopes)
    started = []

    async def send(how):
        begun = asyncio.Event()
        request = HTTPRequest(
            f"http://127.0.0.1:{jp_http_port}{jp_base_url}mcp/{how}",
            method="POST",
            body="",
            headers={"Authorization": f"Bearer {token}"},
            streaming_callback=lambda _: begun.set(),
        )
        client = AsyncHTTPClient(force_instance=True)
        answer = asyncio.ensure_future(client.fetch(request))
        started.append((answer, client))
        waits = asyncio.ensure_future(begun.wait())
        await asyncio.wait((answer, waits), return_when=asyncio.FIRST_COMPLETED)
        waits.cancel()
        return answer, client

    yield grant, send
    over.set()
    for answer, client in started:
        answer.cancel()
        client.close()


async def recorded(recorder, grant):
    """Return what is in the file once there is something."""
    while not (found := await recorder.ask(lambda file: latest(file, grant.id, 10))):
        await asyncio.sleep(0.02)
    return [(a.method, a.path, a.status, d.times) for d in found for a in (d.action,)]


def answer(environ, start_response):
    """Answer as a WSGI application."""
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]


class OwnFlush(RequestHandler):
    """Sends in a way of its own, and fails."""

    def get(self) -> None:
        self.finish("text")

    def flush(self, *, include_footers: bool = False):
        if self.get_status() == 200:
            raise HTTPError(418)
        return super().flush(include_footers=include_footers)


class AsksTwice(RequestHandler):
    """Asks once more who the caller is, in the middle of its answer."""

    async def get(self) -> None:
        self.write("begun")
        await self.flush()
        await self.settings["identity_provider"].get_user(self)
        self.finish("over")


@pytest.mark.parametrize(
    ("handler", "status"),
    [
        ((FallbackHandler, {"fallback": WSGIContainer(answer)}), 200),
        ((OwnFlush,), 418),
        ((AsksTwice,), 200),
    ],
    ids=["a WSGI application", "a flush of its own", "one that asks twice"],
)
async def test_a_handler_that_sends_in_its_own_way(
    jp_serverapp, call, give, recorder, handler, status
):
    """However it answers, it is recorded once, with what was sent."""
    place = f"{jp_serverapp.base_url}mcp/own"
    jp_serverapp.web_app.add_handlers(".*$", [(place, *handler)])
    grant, token = give("view", origin="none", program="agent", scopes=frozenset({"mcp:execute"}))
    assert (await call("GET", "mcp/own", token=token)).code == status
    assert await recorded(recorder, grant) == [("GET", "/mcp/own", status, 1)]


@pytest.mark.parametrize("is_left", [False, True])
async def test_a_response_that_goes_on(begin, recorder, over, is_left):
    """It is recorded when it begins, and not once more when it ends."""
    grant, send = begin
    answer, client = await send("on")
    if is_left:
        client.close()
    once = [("POST", "/mcp/on", 202, 1)]
    assert await recorded(recorder, grant) == once
    over.set()
    if not is_left:
        await answer
    await asyncio.sleep(0)
    assert await recorded(recorder, grant) == once


async def test_a_connection_that_the_handler_gave_away(begin, recorder):
    """Nobody is told that such a response ends."""
    grant, send = begin
    await (await send("away"))[0]
    assert await recorded(recorder, grant) == [("POST", "/mcp/away", 200, 1)]


async def test_a_server_that_stops(begin, recorder):
    """What has begun is in the record, also if that was a moment ago."""
    grant, send = begin
    await send("on")
    await recorder.stop()
    with closing(ActivityFile(recorder._file.path.parents[1])) as file:
        assert [each.action.path for each in file.read(grant=grant.id)] == ["/mcp/on"]
