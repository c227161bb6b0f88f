"""HTTP as it goes over the wire: sent as it is, and what comes back is kept as it is."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from io import BufferedReader

TIMEOUT_SECONDS = 30
_CLOSE = 8  # RFC 6455, section 5.2
_SHORT, _LONG = 126, 127


@dataclass(frozen=True)
class Answer:
    """One response; headers in the order and spelling in which they came."""

    status_line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def status(self) -> int:
        """The status code."""
        return int(self.status_line.split(" ")[1])

    def values(self, name: str) -> list[str]:
        """Return the values of a header, one for each line it had."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def text(self) -> str:
        """Return headers and body as one text."""
        head = "\n".join(f"{name}: {value}" for name, value in self.headers)
        return f"{head}\n\n{self.body.decode('utf-8', 'replace')}"


class Exchange:
    """One connection on which one request is sent."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
        self._stream: BufferedReader = self._socket.makefile("rb")

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self._socket.close()

    def send(
        self, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes | None
    ) -> Answer:
        """Send a request, nothing added but ``Connection`` and ``Content-Length``."""
        sent = list(headers)
        if not any(name == "Connection" for name, _ in sent):
            sent.append(("Connection", "close"))
        if body is not None or method in {"POST", "PUT", "PATCH"}:
            sent.append(("Content-Length", str(len(body or b""))))
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in sent)]
        self._socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))
        return self._receive(bodiless=method == "HEAD")

    def wait_for_close(self) -> tuple[int, str]:
        """Return code and reason of the frame that closes the WebSocket (RFC 6455, 5.5.1)."""
        while True:
            first, length = self._stream.read(2)
            if length == _SHORT:
                (length,) = struct.unpack("!H", self._stream.read(2))
            elif length == _LONG:
                (length,) = struct.unpack("!Q", self._stream.read(8))
            payload = self._stream.read(length)
            if first & 0x0F == _CLOSE:
                return int.from_bytes(payload[:2], "big"), payload[2:].decode()

    def _receive(self, *, bodiless: bool) -> Answer:
        status_line = self._line()
        headers = []
        while line := self._line():
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        answer = Answer(status_line, tuple(headers), b"")
        if bodiless or answer.status in {101, 204, 304}:
            return answer
        return Answer(status_line, tuple(headers), self._body(answer))

    def _line(self) -> str:
        line = self._stream.readline()
        assert line.endswith(b"\r\n"), f"The server hung up within its answer: {line!r}"
        return line[:-2].decode("latin-1")

    def _body(self, answer: Answer) -> bytes:
        if answer.values("Transfer-Encoding") == ["chunked"]:
            return self._chunks()
        (length,) = map(int, answer.values("Content-Length"))
        body = self._stream.read(length)
        assert len(body) == length, "The body is shorter than the server said."
        return body

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self._line(), 16):
            parts.append(self._stream.read(size))
            self._line()
        return b"".join(parts)
