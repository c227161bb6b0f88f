"""Rooms of several people: the others see when a caller was removed.

They are jupyter-collaboration's, or jupyter-server-documents'.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tornado.websocket import WebSocketHandler


def leave_room(handler: WebSocketHandler) -> None:
    """Notify the others in the room, if the handler serves one, that its caller has left.

    The room passes on only what clients report about themselves. A client that was removed cannot
    report that it left, and would be shown for 30 more seconds (``y-protocols/awareness``).
    """
    awareness = _awareness_of(handler)
    if awareness is None:
        return
    username = handler.current_user.username
    gone = [client for client, state in awareness.states.items() if _username(state) == username]
    awareness.remove_awareness_states(gone, "local")  # a room passes on only "local" changes


def _awareness_of(handler: WebSocketHandler) -> Any:
    """Return what the handler's room knows of who is there, None where there is no room."""
    of_documents = getattr(getattr(handler, "yroom", None), "get_awareness", None)
    if of_documents is not None:
        return of_documents()
    return getattr(getattr(handler, "room", None), "awareness", None)


def _username(state: Any) -> Any:
    """Return the username that a client reports, whatever the type of its data."""
    user = state.get("user") if isinstance(state, Mapping) else None
    return user.get("username") if isinstance(user, Mapping) else None
