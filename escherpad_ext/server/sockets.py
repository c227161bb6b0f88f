"""Live WebSockets that a grant token opened: they end when its grant does."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from tornado.ioloop import IOLoop
from tornado.websocket import WebSocketHandler

from ..grants import Grant
from .collaboration import leave_room

#: "Unauthorized", in the range that the protocol leaves to applications (RFC 6455, section 7.4.2).
CLOSE_CODE = 4401
#: How long the other side may take to say goodbye (RFC 6455, section 7.1.2).
GOODBYE_SECONDS = 0.5


class LiveSockets:
    """The sockets by grant. Those that end by themselves leave no trace."""

    def __init__(self) -> None:
        self._handlers: dict[str, WeakSet[WebSocketHandler]] = {}
        self._expiry: dict[str, int] = {}
        self._ended: dict[str, str] = {}

    def watch(self, grant: Grant, handler: WebSocketHandler) -> None:
        """Remember a socket that is about to open."""
        self._handlers.setdefault(grant.id, WeakSet()).add(handler)
        self._expiry[grant.id] = grant.expires

    def grant_ids(self) -> list[str]:
        """Return the grants that have sockets."""
        for grant_id in [known for known, handlers in self._handlers.items() if not handlers]:
            self._forget(grant_id)
        return list(self._handlers)

    def counts(self) -> dict[str, int]:
        """Return how many open sockets each grant has."""
        return {
            grant_id: sum(handler.ws_connection is not None for handler in handlers)
            for grant_id, handlers in self._handlers.items()
        }

    def end(self, grant_id: str, reason: str) -> None:
        """Close every socket of a grant, by :meth:`sweep`."""
        self._ended[grant_id] = reason

    def sweep(self, now: float) -> None:
        """Close what has ended, by then also what was still opening the last time."""
        for grant_id, expires in self._expiry.items():
            if expires <= now:
                self._ended.setdefault(grant_id, "expired")
        for grant_id, reason in list(self._ended.items()):
            handlers = self._handlers.get(grant_id, WeakSet())
            for handler in list(handlers):
                if not _is_opening(handler):
                    _end(handler, reason)
                    handlers.discard(handler)
            if not handlers:
                self._forget(grant_id)

    def _forget(self, grant_id: str) -> None:
        for known in (self._handlers, self._expiry, self._ended):
            known.pop(grant_id, None)


def _is_opening(handler: WebSocketHandler) -> bool:
    return handler.ws_connection is None and handler.close_code is None


def _end(handler: WebSocketHandler, reason: str) -> None:
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
