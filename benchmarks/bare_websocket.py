"""A client's end of a WebSocket (RFC 6455) over a bare stream, which costs next to nothing."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping, Sequence

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
_FINAL = _MASKED = 0x80
_HEADER_END = b"\r\n\r\n"
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",  # section 1.3; whose answer nobody checks
}


class BareWebSocket:
    """An open socket. Servers of tornado send whole messages, so that fragments are not known."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(
        cls, port: int, path: str, headers: Mapping[str, str], protocols: Sequence[str] = ()
    ) -> BareWebSocket:
        """Shake hands; raises RuntimeError where the server refuses."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        sent = {"Host": f"localhost:{port}", **HANDSHAKE, **headers}
        if protocols:
            sent["Sec-WebSocket-Protocol"] = ", ".join(protocols)
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
        writer.write("\r\n".join(lines).encode("latin-1") + _HEADER_END)
        head = await reader.readuntil(_HEADER_END)
        if b" 101 " not in head:
            writer.close()
            raise RuntimeError(f"{path} was refused: {head.decode('latin-1')}")
        return cls(reader, writer)

    async def receive(self) -> tuple[int, bytes] | None:
        """Return the opcode and the payload of the next frame, None where the server hung up."""
        try:
            opcode, length = await self._reader.readexactly(2)
            if length == 126:
                (length,) = struct.unpack(">H", await self._reader.readexactly(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", await self._reader.readexactly(8))
            return opcode & 0x0F, await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    def send(self, opcode: int, payload: bytes = b"") -> None:
        """Send a frame, masked with zeros, which change nothing."""
        if len(payload) < 126:
            head = struct.pack(">BB", _FINAL | opcode, _MASKED | len(payload))
        else:
            head = struct.pack(">BBH", _FINAL | opcode, _MASKED | 126, len(payload))
        self._writer.write(head + b"\0\0\0\0" + payload)

    def hang_up(self) -> None:
        """Close the connection."""
        self._writer.close()
