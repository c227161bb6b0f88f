"""Just enough of a WebSocket (RFC 6455) to see whether one works."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os

PONG_SECONDS = 1.0
MAX_FRAME_BYTES = 65_536
_MAX_FRAMES = 64
_CLOSE, _PING, _PONG = 0x8, 0x9, 0xA


def handshake() -> tuple[tuple[str, str], ...]:
    """Return the headers of every handshake (section 4.1)."""
    return (
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", base64.b64encode(os.urandom(16)).decode()),
    )


async def answers_ping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Return whether an open socket answers a ping (section 5.5.2) in time, and close it."""
    writer.write(_frame(_PING))
    try:
        return await asyncio.wait_for(_finds_pong(reader), PONG_SECONDS)
    except (asyncio.TimeoutError, asyncio.IncompleteReadError, OSError):
        return False
    finally:
        writer.write(_frame(_CLOSE))
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            await asyncio.wait_for(writer.drain(), PONG_SECONDS)


def _frame(opcode: int) -> bytes:
    """Return an empty frame, masked as those of clients must be (section 5.3)."""
    return bytes([0x80 | opcode, 0x80]) + os.urandom(4)


async def _finds_pong(reader: asyncio.StreamReader) -> bool:
    """Return whether one of the next frames is a pong; events may come first."""
    for _ in range(_MAX_FRAMES):
        first, second = await reader.readexactly(2)
        size = second & 0x7F
        if size in {126, 127}:  # the size follows (section 5.2)
            size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")  # noqa: PLR2004
        if size > MAX_FRAME_BYTES:
            break
        await reader.readexactly(size)
        if first & 0x0F == _PONG:
            return True
    return False
