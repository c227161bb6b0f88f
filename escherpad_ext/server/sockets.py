"""Live WebSockets and streams that a grant token opened: they end when its grant does."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from tornado.ioloop import IOLoop
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from ..grants import Grant
from .collaboration import leave_room

#: "Unauthorized", in the range that the protocol leaves to applications (RFC 6455, section 7.4.2).
CLOSE_CODE = 4401
#: How long the other side may take to say goodbye (RFC 6455, section 7.1.2).
GOODBYE_SECONDS = 0.5


class LiveSockets:
    """The sockets and streams by grant. Those that end by themselves leave no trace."""

    def __init__(self) -> None:
        self._handlers: dict[str, WeakSet[RequestHandler]] = {}
        self._expiry: dict[str, int] = {}
        self._ended: dict[str, str] = {}

    def watch(self, grant: Grant, handler: RequestHandler) -> None:
        """Remember a socket that is about to open, or a response that may take long."""
        self._handlers.setdefault(grant.id, WeakSet()).add(handler)
        self._expiry[grant.id] = grant.expires

    def grant_ids(self) -> list[str]:
        """Return the grants that have sockets or responses."""
        for grant_id in [known for known, handlers in self._handlers.items() if not handlers]:
            self._forget(grant_id)
        return list(self._handlers)

    def counts(self) -> dict[str, int]:
        """Return how many open sockets each grant has."""
        return {
            grant_id: sum(map(_is_open_socket, handlers))
            for grant_id, handlers in self._handlers.items()
        }

    def end(self, grant_id: str, reason: str) -> None:
        """Close every socket and response of a grant, by :meth:`sweep`."""
        self._ended[grant_id] = reason

    def sweep(self, now: float) -> None:
        """Close what has ended, by then also what was still opening the last time."""
        for grant_id, expires in self._expiry.items():
            if expires <= now:
                self._ended.setdefault(grant_id, "expired")
        for grant_id, reason in list(self._ended.items()):
            handlers = self._handlers.get(grant_id, WeakSet[RequestHandler]())
            for handler in list(handlers):
                if not _is_opening(handler):
                    _end(handler, reason)
                    handlers.discard(handler)
            if not handlers:
                self._forget(grant_id)

    def _forget(self, grant_id: str) -> None:
        for known in (self._handlers, self._expiry, self._ended):
            known.pop(grant_id, None)


def _is_open_socket(handler: RequestHandler) -> bool:
    return isinstance(handler, WebSocketHandler) and handler.ws_connection is not None


def _is_opening(handler: RequestHandler) -> bool:
    if not isinstance(handler, WebSocketHandler):
        return False
    return handler.ws_connection is None and handler.close_code is None


def _end(handler: RequestHandler, reason: str) -> None:
    if isinstance(handler, WebSocketHandler):
        _end_socket(handler, reason)
    elif not handler._finished:  # later, its connection may have another's request
        _cut_off(handler)


def _cut_off(handler: RequestHandler) -> None:
    """Close the connection of a response, as if its client had gone: the handler hears of it."""
    stream: Any = getattr(handler.request.connection, "stream", None)
    if stream is not None:
        stream.close()


def _end_socket(handler: WebSocketHandler, reason: str) -> None:
    """Close a socket, and hear no more of it: the other side may go on talking meanwhile."""
    connection: Any = handler.ws_connection  # closing makes the handler forget it
    handler.on_message = _ignore  # type: ignore[method-assign]
    handler.close(CLOSE_CODE, reason)
    loop = IOLoop.current()
    if connection is not None:
        loop.call_later(GOODBYE_SECONDS, connection.stream.close)
    loop.add_callback(leave_room, handler)  # whatever a room makes of it, all sockets are closed


def _ignore(message: str | bytes) -> None:
    del message
