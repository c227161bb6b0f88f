"""Whether an open WebSocket answers, whatever the other side sends."""

from __future__ import annotations

import asyncio
import base64

import pytest

from escherpad_ext.check import websocket
from escherpad_ext.check.websocket import MAX_FRAME_BYTES, answers_ping, handshake

PONG = b"\x8a\x00"


def text(size: int) -> bytes:
    """Return a frame of text of this size."""
    if size < 126:
        return bytes([0x81, size]) + b"x" * size
    length = size.to_bytes(2, "big") if size < 65_536 else size.to_bytes(8, "big")
    return bytes([0x81, 126 if size < 65_536 else 127]) + length + b"x" * size


def ask(sent: bytes, *, ends: bool = False) -> tuple[bool, bytes]:
    """Return the result with a server that sends this and then nothing, and what it received.

    If it ``ends``, it says that nothing more will come.
    """
    received = bytearray()
    received_all: asyncio.Event

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        if ends:
            writer.write_eof()
        received.extend(await reader.read())
        writer.close()
        received_all.set()

    async def run() -> bool:
        nonlocal received_all
        received_all = asyncio.Event()
        server = await asyncio.start_server(serve, "127.0.0.1")
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            found = await asyncio.wait_for(answers_ping(reader, writer), 30)
            writer.close()
            await received_all.wait()
            return found

    return asyncio.run(run()), bytes(received)


@pytest.mark.parametrize("before", [b"", text(5), text(125), text(126), text(65_536), text(0) * 60])
def test_a_pong_counts_after_events(before: bytes) -> None:
    """Frames of each form (RFC 6455, 5.2) may come first."""
    assert ask(before + PONG)[0]


@pytest.mark.parametrize(
    "sent",
    [b"", text(5), b"\x8a", text(0) * 64 + PONG, text(MAX_FRAME_BYTES + 1) + PONG, b"\x89\x00"],
    ids=["nothing", "events only", "half a frame", "too many", "too large", "a ping"],
)
def test_anything_else_does_not(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a time that is limited."""
    monkeypatch.setattr(websocket, "PONG_SECONDS", 0.1)
    assert not ask(sent)[0]


def test_a_server_that_closes_does_not() -> None:
    assert not ask(b"\x8a", ends=True)[0]


def test_it_is_closed_as_a_client_closes_it() -> None:
    """Both frames are masked, as servers require (section 5.3)."""
    _, received = ask(PONG)
    assert (received[:2], received[6:8]) == (b"\x89\x80", b"\x88\x80")
    assert len(received) == 12


def test_each_handshake_has_its_own_key() -> None:
    first, second = dict(handshake()), dict(handshake())
    assert len(base64.b64decode(first["Sec-WebSocket-Key"])) == 16
    assert first != second
