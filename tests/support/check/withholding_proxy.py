"""A bad proxy: once a WebSocket is open it keeps what the server says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress


class Held:
    """One connection through the proxy."""

    def __init__(self, client: socket.socket, port: int) -> None:
        server = socket.create_connection(("127.0.0.1", port))
        self._is_open = threading.Event()
        for source, target, held in ((client, server, False), (server, client, True)):
            thread = threading.Thread(
                target=self._forward, args=(source, target, held), daemon=True
            )
            thread.start()

    def _forward(self, source: socket.socket, target: socket.socket, held: bool) -> None:
        with closing(source), closing(target), suppress(OSError):
            while part := source.recv(65536):
                if not (held and self._is_open.is_set()):
                    target.sendall(part)
                if held and part.startswith(b"HTTP/1.1 101"):
                    self._is_open.set()


@contextmanager
def holding_back(port: int) -> Iterator[int]:
    """Forward to a port until the end; yield the port of the proxy."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                Held(listener.accept()[0], port)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
