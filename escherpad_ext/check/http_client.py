"""Send one HTTP request to a server that may be any program.

Time, headers and body are bounded. Redirects, cookies and the environment's proxies are ignored.

This is not tornado's client: that one cannot connect to a chosen IP address, and reads ``1xx``
answers without end. It also looks up names in a thread that the process waits for.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
import threading
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from .address import Address
from .facts import Answer, NoResponse, Outcome
from .websocket import answers_ping

CONNECT_SECONDS = 1.5
ANSWER_SECONDS = 2.0
MAX_HEAD_BYTES = 65_536
MAX_BODY_BYTES = 65_536
_MAX_INFORMATIONAL = 5
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_STATUS_LINE = re.compile(r"HTTP/1\.[01] (?P<status>[1-5][0-9]{2})(?: .*)?")
_BODILESS = frozenset({101, 204, 304})

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Endpoint:
    """An IP address and port to connect to, with the settings of TLS."""

    ip: str
    port: int
    tls: ssl.SSLContext | None = None
    server_name: str | None = None


class _NotHttp(Exception):  # noqa: N818 - never leaves this module
    pass


class _Endless(Exception):  # noqa: N818
    pass


async def resolve(host: str, port: int) -> list[str] | NoResponse:
    """Return the IP addresses of a host in the order to try them, or why there are none.

    Runs in a daemon thread, because a resolver may hang for half a minute.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[str] | NoResponse] = loop.create_future()

    def tell(found: list[str] | NoResponse) -> None:
        if not future.done():
            future.set_result(found)

    def look_up() -> None:
        try:
            found: list[str] | NoResponse = _addresses(host, port)
        except (OSError, UnicodeError) as error:
            found = NoResponse("unknown_host", str(error))
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(tell, found)

    threading.Thread(target=look_up, daemon=True).start()
    try:
        return await asyncio.wait_for(future, CONNECT_SECONDS)
    except asyncio.TimeoutError:
        return NoResponse("unknown_host", "the name server does not answer")


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))[:4]


async def send(
    endpoint: Endpoint, address: Address, method: str, path: str, headers: Headers = ()
) -> Outcome:
    """Send one request and return the outcome. Never raises.

    ``path`` begins with a slash. A WebSocket that opens gets a ping and is closed at once.
    """
    try:
        reader, writer = await asyncio.wait_for(_connect(endpoint), CONNECT_SECONDS)
    except ssl.SSLCertVerificationError as error:
        return NoResponse("untrusted", error.verify_message)
    except ssl.SSLError as error:
        return NoResponse("tls", error.reason or "")
    except asyncio.TimeoutError:
        # The port accepts connections, as checked before, so TLS hangs.
        return NoResponse("timeout" if endpoint.tls else "refused", "no connection in time")
    except OSError as error:
        return NoResponse("closed" if endpoint.tls else "refused", error.strerror or "")
    try:
        return await _exchange(reader, writer, _request(address, method, path, headers))
    finally:
        # `close` would wait for the end of TLS.
        transport: Any = writer.transport
        transport.abort()


async def listens(ip: str, port: int) -> NoResponse | None:
    """Return None if the port accepts connections, else why not."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(ip, port), CONNECT_SECONDS)
    except asyncio.TimeoutError:
        return NoResponse("refused", "no connection in time")
    except OSError as error:
        return NoResponse("refused", error.strerror or "")
    writer.transport.abort()
    return None


async def _connect(endpoint: Endpoint) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(
        endpoint.ip,
        endpoint.port,
        ssl=endpoint.tls,
        server_hostname=endpoint.server_name if endpoint.tls else None,
        limit=MAX_HEAD_BYTES,
    )


def _request(address: Address, method: str, path: str, headers: Headers) -> bytes:
    named = list(headers)
    sent = [] if any(name == "Host" for name, _ in named) else [("Host", address.netloc)]
    sent += named
    if not any(name == "Connection" for name, _ in named):
        sent.append(("Connection", "close"))
    if not any(name == "User-Agent" for name, _ in named):
        sent.append(("User-Agent", "escherpad-ext-check"))
    sent.append(("Accept", "*/*"))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> Outcome:
    head: list[Answer] = []
    try:
        writer.write(request)
        answer = await asyncio.wait_for(_read(reader, head), ANSWER_SECONDS)
        if answer.status == HTTPStatus.SWITCHING_PROTOCOLS:
            return answer if await answers_ping(reader, writer) else NoResponse("socket", "no pong")
    except asyncio.TimeoutError:
        return NoResponse("endless" if head else "timeout", "")
    except (_Endless, asyncio.LimitOverrunError):
        return NoResponse("endless", "")
    except _NotHttp:
        return NoResponse("not_http", "")
    except (asyncio.IncompleteReadError, OSError, ValueError):
        return NoResponse("closed", "")
    return answer


async def _read(reader: asyncio.StreamReader, head: list[Answer]) -> Answer:
    """Return an answer; ``head`` receives it without its body."""
    for _ in range(_MAX_INFORMATIONAL):
        answer = await _read_head(reader)
        informational = answer.status < HTTPStatus.OK  # RFC 9110, 15.2
        if not informational or answer.status == HTTPStatus.SWITCHING_PROTOCOLS:
            break
    else:
        raise _Endless
    head.append(answer)
    if answer.status in _BODILESS:
        return answer
    body = _decoded(await _read_body(reader, answer), answer.get("Content-Encoding"))
    return Answer(answer.status, answer.headers, body)


def _decoded(body: bytes, encoding: str) -> bytes:
    """Return the beginning of a body that a proxy compresses without being asked to."""
    if encoding.lower() not in {"gzip", "x-gzip", "deflate"}:
        return body
    try:
        return zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body, MAX_BODY_BYTES)
    except zlib.error:
        return body


async def _read_head(reader: asyncio.StreamReader) -> Answer:
    start = await reader.readexactly(5)
    if start != b"HTTP/":
        raise _NotHttp
    rest = await reader.readuntil(b"\r\n\r\n")
    first, *lines = (start + rest).decode("latin-1").split("\r\n")
    line = _STATUS_LINE.fullmatch(first)
    if line is None:
        raise _NotHttp
    pairs = (each.partition(":") for each in lines if each)
    headers = tuple((name.strip(), value.strip()) for name, _, value in pairs)
    return Answer(int(line["status"]), headers)


async def _read_body(reader: asyncio.StreamReader, head: Answer) -> bytes:
    """Return the beginning of the body; raise _Endless if it is too long."""
    if "chunked" in head.get("Transfer-Encoding").lower():
        return await _read_chunks(reader)
    length = head.get("Content-Length")
    if length:
        if not length.isascii() or not length.isdigit():
            raise _NotHttp
        return await reader.readexactly(min(int(length), MAX_BODY_BYTES))
    body = await _read_at_most(reader, MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise _Endless
    return body


async def _read_at_most(reader: asyncio.StreamReader, limit: int) -> bytes:
    body = b""
    while len(body) < limit and (part := await reader.read(limit - len(body))):
        body += part
    return body


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        if size < 0 or len(body) + size > MAX_BODY_BYTES:
            raise _Endless
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    return body
