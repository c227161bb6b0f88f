"""Rooms of jupyter-collaboration: who is made to leave is seen to have left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tornado.websocket import WebSocketHandler


def leave_room(handler: WebSocketHandler) -> None:
    """Tell the others in the room, if the handler serves one, that its caller is gone.

    The room tells them only what a client says of itself. They would go on showing somebody who
    cannot say goodbye until that is 30 seconds old (``y-protocols/awareness``).
    """
    awareness = getattr(getattr(handler, "room", None), "awareness", None)
    if awareness is None:
        return
    username = handler.current_user.username
    gone = [client for client, state in awareness.states.items() if _username(state) == username]
    awareness.remove_awareness_states(gone, "local")  # what is not "local", a room tells nobody


def _username(state: Any) -> Any:
    """Return who a client says that it is. Whatever it sent, it is only that."""
    user = state.get("user") if isinstance(state, Mapping) else None
    return user.get("username") if isinstance(user, Mapping) else None
