"""A request whose handler is found after something that takes a moment, off the event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)


class DelayedDelegate(HTTPMessageDelegate):
    """Waits for ``before``, and hands the request to what ``find`` returns.

    Tornado reads no more of the request until ``headers_received`` is done.
    """

    def __init__(
        self, before: Callable[[], Awaitable[object]], find: Callable[[], HTTPMessageDelegate]
    ) -> None:
        self._before = before
        self._find = find
        self._found: HTTPMessageDelegate | None = None

    async def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        """Find what handles the request, and hand it on."""
        await self._before()
        self._found = self._find()
        received = self._found.headers_received(start_line, headers)
        if received is not None:
            await received

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Hand on a part of the body."""
        assert self._found is not None
        return self._found.data_received(chunk)

    def finish(self) -> None:
        """Hand on that the request is complete."""
        assert self._found is not None
        self._found.finish()

    def on_connection_close(self) -> None:
        """Hand on that the other side hung up, unless nobody would know of it."""
        if self._found is not None:
            self._found.on_connection_close()
