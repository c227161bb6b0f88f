"""Rooms of jupyter-collaboration for grants for one folder: they end where the file leaves it.

A room goes with its file: the path of a number changes when somebody renames the file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tornado.websocket import WebSocketHandler

from .folder_messages import without_places
from .folder_place import FolderPlace

_CLOSED_BY_POLICY = 1008  # RFC 6455, section 7.4.1
_REASON = "outside_folder"


def keep_room(handler: WebSocketHandler, place: FolderPlace, is_inside: Callable[[], bool]) -> None:
    """Close a room's socket before a message passes, in or out, once its file is outside."""
    receive: Any = handler.on_message
    send, close = handler.write_message, handler.close

    def write_message(*args: Any, **kwargs: Any) -> Any:
        if is_inside():
            return send(*args, **kwargs)
        close(_CLOSED_BY_POLICY, _REASON)
        return _nothing()

    async def on_message(message: str | bytes) -> None:
        if is_inside():
            await receive(message)
        else:
            close(_CLOSED_BY_POLICY, _REASON)

    def close_quietly(code: int | None = None, reason: str | None = None) -> None:
        close(code, None if reason is None else without_places(reason, place.root))

    handler.write_message = write_message  # type: ignore[method-assign]
    handler.on_message = on_message  # type: ignore[method-assign]
    handler.close = close_quietly  # type: ignore[method-assign]


async def _nothing() -> None:
    """Wait for nothing, as for a message that was sent."""
