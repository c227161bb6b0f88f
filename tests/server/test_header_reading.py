"""The end of a request's headers is found where tornado finds it."""

from __future__ import annotations

import asyncio
import itertools
import re
from contextlib import suppress

import pytest
from support.constants import ALLOWED
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from escherpad_ext.server.header_reading import _AS_FAST, read_fast

LONGEST = 9
MAX_HEADER_SIZE = 1000

FIRST = b"GET /first HTTP/1.1\r\nHost: a\r\n\r\n"
REQUESTS = {
    "as browsers send it": b"GET /a HTTP/1.1\r\nHost: a\r\nX-Said: one\r\n\r\n",
    "line feeds only": b"GET /a HTTP/1.1\nHost: a\nX-Said: one\n\n",
    "mixed": b"GET /a HTTP/1.1\r\nHost: a\nX-Said: one\r\n\n",
    "mixed, the other way": b"GET /a HTTP/1.1\nHost: a\r\nX-Said: one\n\r\n",
    "a carriage return alone": b"GET /a HTTP/1.1\r\nHost: a\r\nX-Said: one\r\r\n\r\n",
    "two at once": 2 * b"GET /a HTTP/1.1\r\nHost: a\r\nX-Said: one\r\n\r\n",
    "a body that looks like an end": (
        b"POST /a HTTP/1.1\r\nHost: a\r\nX-Said: one\r\nContent-Length: 6\r\n\r\n\n\r\n\r\n\n"
    ),
    "chunks": (
        b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\n\n\r\n0\r\n\r\n"
    ),
    "no headers": b"GET /a HTTP/1.0\r\n\r\n",
    "empty lines before": b"\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n",
    "too long": b"GET /a HTTP/1.1\r\nHost: a\r\nX-Said: " + MAX_HEADER_SIZE * b"x" + b"\r\n\r\n",
    "no end": b"GET /a HTTP/1.1\r\nHost: a\r\n",
    "no request": b"\x16\x03\x01\r\n\r\n",
}


class Says(RequestHandler):
    """Answers with what it was sent."""

    def initialize(self, is_fast: bool) -> None:
        """Read the next requests of this connection fast, or not."""
        if is_fast:
            read_fast(self.request.connection)

    def _say(self) -> None:
        self.finish({"said": self.request.headers.get("X-Said"), "body": repr(self.request.body)})

    get = post = _say


@pytest.fixture
def servers():
    """Return the ports of a server of tornado's and one that reads fast."""
    ports = []
    made = []
    for is_fast in (False, True):
        application = Application([(".*", Says, {"is_fast": is_fast})])
        server = HTTPServer(application, max_header_size=MAX_HEADER_SIZE)
        sock, port = bind_unused_port()
        server.add_socket(sock)
        ports.append(port)
        made.append(server)
    yield ports
    for server in made:
        server.stop()


def test_each_text_has_the_same_end():
    """Whatever a text of these letters is, both patterns end at the same place, or not at all."""
    for tornados, ours in _AS_FAST.items():
        known, fast = re.compile(tornados), re.compile(ours)
        for length in range(LONGEST + 1):
            for letters in itertools.product(b"\r\nx", repeat=length):
                text = bytes(letters)
                ends = [
                    found and found.end() for found in map(re.search, (known, fast), 2 * [text])
                ]
                assert ends[0] == ends[1], text


@pytest.mark.parametrize("step", [1, 7, 10_000])
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
async def test_the_same_answer(servers, request_, step):
    """However a request is written and cut, both servers answer the same."""
    tornados, ours = await asyncio.gather(*(answer(port, request_, step) for port in servers))
    assert ours == tornados


async def answer(port, request, step):
    """Return all that a server answers to what comes in such steps, without the time.

    The first request is a good one: after that, it may read fast.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(FIRST)
    assert await reader.readuntil(b"}")
    with suppress(ConnectionError):
        for start in range(0, len(request), step):
            writer.write(request[start : start + step])
            await writer.drain()
            await asyncio.sleep(0)
        writer.write_eof()
    found = b""
    with suppress(ConnectionError):
        found = await reader.read()
    writer.close()
    return re.sub(rb"\r\nDate: [^\r]*", b"", found)


@pytest.fixture
def patterns(monkeypatch):
    """Return a list that gets each pattern that a stream is asked to look for."""
    found = []
    read = IOStream.read_until_regex

    def read_until_regex(stream, regex, max_bytes=None):
        found.append(regex)
        return read(stream, regex, max_bytes)

    monkeypatch.setattr(IOStream, "read_until_regex", read_until_regex)
    return found


async def test_tornado_asks_for_the_pattern(servers, patterns):
    """Where tornado reads in another way, nothing would be faster."""
    for port in servers:
        await answer(port, REQUESTS["as browsers send it"], 10_000)
    assert set(patterns) == {*_AS_FAST, *_AS_FAST.values()}


async def test_a_connection_of_an_app_reads_fast(give, http_server, jp_http_port, patterns):
    """From its second request on. Those of others stay as they are."""
    _, token = give("view")
    tornados = next(iter(_AS_FAST))
    for sent, expected in ((token, _AS_FAST[tornados]), ("wrong", tornados)):
        request = (
            f"GET /a%40b/api/status HTTP/1.1\r\nHost: 127.0.0.1:{jp_http_port}\r\n"
            f"Origin: {ALLOWED}\r\nAuthorization: Bearer {sent}\r\n\r\n"
        )
        patterns.clear()
        reader, writer = await asyncio.open_connection("127.0.0.1", jp_http_port)
        for _ in range(2):
            writer.write(request.encode())
            assert await reader.readuntil(b"}")
        writer.close()
        assert patterns[:2] == [tornados, expected]
