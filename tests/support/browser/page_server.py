"""Web servers for the pages: each is an origin of its own, over https or http."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

T = TypeVar("T", bound="WebServer")

HTML = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>
<script src="/page.js"></script><body><h1>A page on another origin</h1></body></html>"""


class WebServer:
    """An origin of its own; use it as a context manager."""

    def __init__(
        self, handler: Callable[..., BaseHTTPRequestHandler], host: str, tls: ssl.SSLContext | None
    ) -> None:
        self._server = _QuietServer(("127.0.0.1", 0), handler)
        if tls is not None:
            # Handshakes happen in the request's thread: browsers open sockets that they never use.
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        scheme = "http" if tls is None else "https"
        self.origin = f"{scheme}://{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    def __enter__(self: T) -> T:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class PageServer(WebServer):
    """Serves one page and its script."""

    def __init__(self, script: bytes, host: str, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(_handler(script), host, tls)


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: browsers drop sockets as they like."""


def _handler(script: bytes) -> type[BaseHTTPRequestHandler]:
    files = {"/": (HTML, "text/html"), "/page.js": (script, "text/javascript")}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, kind = files.get(self.path.partition("?")[0], (b"", ""))
            self.send_response(200 if kind else 404)
            self.send_header("Content-Type", f"{kind or 'text/plain'}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler
