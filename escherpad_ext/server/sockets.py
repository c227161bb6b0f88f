"""Live WebSockets and responses of grant tokens: they end when the grant does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakSet, ref

from tornado.ioloop import IOLoop
from tornado.web import RequestHandler
from tornado.websocket import WebSocketHandler

from ..grants import Grant
from .collaboration import leave_room
from .open_responses import Responses, cut_off, unfinished

#: "Unauthorized", in the range that the protocol leaves to applications (RFC 6455, section 7.4.2).
CLOSE_CODE = 4401
#: How long the other side may take to say goodbye (RFC 6455, section 7.1.2).
GOODBYE_SECONDS = 0.5
#: At which sweep a response ends that has sent nothing yet: within the promised two seconds.
SILENT_SWEEPS = 3


class LiveSockets:
    """The sockets and responses by grant. Those that end by themselves leave no trace."""

    def __init__(self) -> None:
        #: Called when there is one to watch, and none was before.
        self.on_first: Callable[[], object] = lambda: None
        self._sockets: dict[str, WeakSet[WebSocketHandler]] = {}
        self._responses: dict[str, Responses] = {}
        self._expiry: dict[str, int] = {}
        self._ended: dict[str, str] = {}
        self._sweeps: dict[str, int] = {}

    def watch(self, grant: Grant, handler: RequestHandler) -> None:
        """Remember a socket that is about to open, or a response that may take long."""
        if not self._expiry:
            self.on_first()
        self._expiry[grant.id] = grant.expires
        if isinstance(handler, WebSocketHandler):
            self._sockets.setdefault(grant.id, WeakSet()).add(handler)
            return
        responses = self._responses.get(grant.id)
        if responses is None:
            responses = self._responses[grant.id] = {}
        connection = handler.request.connection
        if connection is not None:
            responses[ref(connection, responses.pop)] = ref(handler)

    def grant_ids(self) -> list[str]:
        """Return the grants that have sockets or unfinished responses."""
        for grant_id in list(self._expiry):
            self._forget_if_empty(grant_id)
        return list(self._expiry)

    def counts(self) -> dict[str, int]:
        """Return how many open sockets each grant has."""
        return {
            grant_id: sum(map(_is_open, sockets)) for grant_id, sockets in self._sockets.items()
        }

    def kernels(self) -> dict[str, set[str]]:
        """Return to which kernels each grant has an open socket, by their ids."""
        return {
            grant_id: {
                each.path_kwargs["kernel_id"]
                for each in sockets
                if _is_open(each) and "kernel_id" in each.path_kwargs
            }
            for grant_id, sockets in self._sockets.items()
        }

    def set_ends(self, expires: Mapping[str, int]) -> None:
        """Go by these ends of grants, which their owner may have shortened."""
        self._expiry.update((each, end) for each, end in expires.items() if each in self._expiry)

    def end(self, grant_id: str, reason: str) -> None:
        """Close every socket and response of a grant, by :meth:`sweep`."""
        self._ended[grant_id] = reason

    def sweep(self, now: float) -> None:
        """Close what has ended, by then also what was still opening the last time."""
        for grant_id, expires in self._expiry.items():
            if expires <= now:
                self._ended.setdefault(grant_id, "expired")
        for grant_id, reason in list(self._ended.items()):
            self._end_sockets(grant_id, reason)
            self._end_responses(grant_id)
            self._forget_if_empty(grant_id)

    def _end_sockets(self, grant_id: str, reason: str) -> None:
        sockets = self._sockets.get(grant_id, WeakSet[WebSocketHandler]())
        for socket in list(sockets):
            if not _is_opening(socket):
                _end_socket(socket, reason)
                sockets.discard(socket)

    def _end_responses(self, grant_id: str) -> None:
        """Cut off what is being sent. What is under way may still answer, for a second."""
        sweeps = self._sweeps[grant_id] = self._sweeps.get(grant_id, 0) + 1
        cut_off(self._responses.get(grant_id, {}), also_silent=sweeps >= SILENT_SWEEPS)

    def _forget_if_empty(self, grant_id: str) -> None:
        if self._sockets.get(grant_id) or unfinished(self._responses.get(grant_id, {})):
            return
        everything = self._sockets, self._responses, self._expiry, self._ended, self._sweeps
        for known in everything:
            known.pop(grant_id, None)


def _is_open(handler: WebSocketHandler) -> bool:
    return handler.ws_connection is not None


def _is_opening(handler: WebSocketHandler) -> bool:
    return handler.ws_connection is None and handler.close_code is None


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
