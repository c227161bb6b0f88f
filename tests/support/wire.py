"""HTTP as it goes over the wire: sent as it is, and what comes back is shown as it is."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

#: What every client of a WebSocket sends (RFC 6455, section 4.1).
HANDSHAKE = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", base64.b64encode(b"sixteen bytes ok").decode()),
)
HEADER_END = b"\r\n\r\n"

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """One response; headers in the order and spelling in which they came."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Return the values of a header, one per line it had."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        """Return the value of a header; None without one. A header twice is a failure."""
        values = self.all(name)
        assert len(values) < 2, (name, values)
        return values[0] if values else None

    def starting(self, prefix: str) -> list[str]:
        """Return the names of the headers that start so."""
        return [key for key, _ in self.headers if key.lower().startswith(prefix.lower())]

    def vary(self) -> set[str]:
        """Return the names in ``Vary``."""
        return {name.strip() for value in self.all("Vary") for name in value.split(",")}

    def json(self) -> Any:
        """Return what the body says."""
        return json.loads(self.body)

    def refusal(self) -> tuple[str, str] | None:
        """Return (error, reason) if this is a refusal in the extension's form, else None."""
        if not (self.get("Content-Type") or "").startswith("application/json"):
            return None
        try:
            answer = self.json()
        except ValueError:
            return None
        if not isinstance(answer, dict) or not {"error", "reason", "message"} <= set(answer):
            return None
        return answer["error"], answer["reason"]


async def ask(
    port: int,
    method: str,
    target: str,
    headers: Headers = (),
    body: bytes | None = None,
    *,
    host: str | None = None,
) -> Answer:
    """Send one request, nothing added but ``Host``, ``Content-Length``, ``Connection: close``."""
    sent = [("Host", host or f"localhost:{port}"), *headers]
    if not any(name == "Connection" for name, _ in sent):
        sent.append(("Connection", "close"))
    if body is not None or method in {"POST", "PUT", "PATCH"}:
        sent.append(("Content-Length", str(len(body or b""))))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in sent)]
    head = "\r\n".join(lines).encode("utf-8", "surrogateescape") + HEADER_END
    return await exchange(port, head + (body or b""), bodiless=method == "HEAD")


async def shake_hands(port: int, target: str, headers: Headers = ()) -> Answer:
    """Ask for a WebSocket; an open one is closed at once."""
    return await ask(port, "GET", target, [*headers, *HANDSHAKE])


async def exchange(port: int, raw: bytes, *, bodiless: bool = False) -> Answer:
    """Send these bytes on a connection of their own, and return the answer.

    Raises ``IncompleteReadError`` where the server closes the connection without one.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    try:
        writer.write(raw)
        return await asyncio.wait_for(_read(reader, bodiless), 45)
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader, bodiless: bool) -> Answer:
    head = (await reader.readuntil(HEADER_END)).decode("latin-1").split("\r\n")
    _version, status, reason = head[0].split(" ", 2)
    headers = tuple(_split(line) for line in head[1:] if line)
    if bodiless or status in {"101", "204", "304"}:
        return Answer(int(status), reason, headers, b"")
    sizes = [int(value) for name, value in headers if name == "Content-Length"]
    if sizes:
        body = await reader.readexactly(sizes[0])
    elif ("Transfer-Encoding", "chunked") in headers:
        body = await _read_chunks(reader)
    else:
        body = await reader.read()
    return Answer(int(status), reason, headers, body)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    return b"".join(parts)


def _split(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.strip()


async def talk(port: int, raw: bytes) -> bytes:
    """Send these bytes and return everything that comes back until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    try:
        writer.write(raw)
        return await asyncio.wait_for(reader.read(), 30)
    except ConnectionResetError:  # it hung up while bytes were still under way
        return b""
    finally:
        writer.close()
