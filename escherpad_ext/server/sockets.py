"""Live WebSockets that a given-away token opened: they end when its grant does."""

from __future__ import annotations

from weakref import WeakSet

from tornado.websocket import WebSocketHandler

from ..grants import Grant

#: "Unauthorized", in the range that the protocol leaves to applications (RFC 6455, section 7.4.2).
CLOSE_CODE = 4401


class LiveSockets:
    """The sockets by grant. Those that end by themselves leave no trace."""

    def __init__(self) -> None:
        self._handlers: dict[str, WeakSet[WebSocketHandler]] = {}
        self._expiry: dict[str, int] = {}

    def watch(self, grant: Grant, handler: WebSocketHandler) -> None:
        """Remember a socket that is about to open."""
        self._handlers.setdefault(grant.id, WeakSet()).add(handler)
        self._expiry[grant.id] = grant.expires

    def grant_ids(self) -> list[str]:
        """Return the grants that have sockets."""
        for grant_id in [known for known, handlers in self._handlers.items() if not handlers]:
            self._forget(grant_id)
        return list(self._handlers)

    def expired(self, now: float) -> list[str]:
        """Return the grants that have sockets and are over by now."""
        return [grant_id for grant_id, expires in self._expiry.items() if expires <= now]

    def close(self, grant_id: str, reason: str) -> None:
        """Close every socket of a grant. One that is still opening is closed the next time."""
        opening = False
        for handler in list(self._handlers.get(grant_id, ())):
            opening = opening or _is_opening(handler)
            handler.close(CLOSE_CODE, reason)
        if not opening:
            self._forget(grant_id)

    def _forget(self, grant_id: str) -> None:
        self._handlers.pop(grant_id, None)
        self._expiry.pop(grant_id, None)


def _is_opening(handler: WebSocketHandler) -> bool:
    return handler.ws_connection is None and handler.close_code is None
