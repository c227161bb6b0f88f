"""What an app does in rooms of several people: it enters, edits and leaves.

A room passes on what all do. What counts is what came over the app's own socket.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tornado.websocket import WebSocketHandler

from ..grants.activity import EDITED, ENTERED, LEFT, Action
from .path_guard import path_of_room
from .recorded_path import recorded_path, recorded_place
from .room_edits import is_edit
from .socket_record import record_socket

# A page that enters is asked what the room does not have yet, and says that it has nothing.
_NOTHING = frozenset({b"\0\1\2\0\0", b"\0\2\2\0\0"})


def record_room(
    handler: WebSocketHandler,
    action: Action,
    add: Callable[[Action, float], object],
    now: float,
    clock: Callable[[], float],
) -> None:
    """Add that a room is entered; then add each edit that the socket sends, and the end.

    The room goes by the path that its file has when it is entered.
    """
    path = path_of_room(handler)
    target = "" if path is None else recorded_path(f"/api/contents/{recorded_place(path)}")
    action = action._replace(target=target)
    record_socket(handler, action, add, now, clock, opened=ENTERED, closed=LEFT)
    edit = action._replace(method=EDITED, status=0)
    receive: Any = handler.on_message

    def on_message(message: str | bytes) -> Any:
        if is_edit(message) and message not in _NOTHING:
            add(edit, clock())
        return receive(message)

    handler.on_message = on_message  # type: ignore[method-assign]
