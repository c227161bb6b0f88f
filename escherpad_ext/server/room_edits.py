"""Edits in rooms of jupyter-collaboration by grants without code execution: nothing is trusted.

Others in the room see an edit at once, and JupyterLab runs the outputs of a cell that is marked as
trusted. So an edit is tried on a copy of the notebook, and only what is harmless goes on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from tornado.websocket import WebSocketHandler

from ..errors import GrantsUnavailable
from .room_authors import Authors, announced, others_present
from .room_copy import RoomCopy

# The protocol of rooms (https://github.com/yjs/y-protocols/blob/master/PROTOCOL.md).
_SYNC, _AWARENESS = 0, 1
_CARRIES_UPDATE = frozenset({1, 2})
_CLOSED_BY_POLICY = 1008  # RFC 6455, section 7.4.1
#: To make a copy takes as long as the notebook is large, so each room has one for all edits.
_copies = WeakKeyDictionary[Any, RoomCopy]()


def check_edits(
    handler: WebSocketHandler, note: Callable[[], Awaitable[None]], authors: Authors
) -> None:
    """Call ``note`` before each edit that a socket sends, and let what is harmless pass.

    ``note`` raises GrantsUnavailable where the edit cannot be noted, and the socket is closed.
    ``authors`` are those of the app.
    """
    receive: Any = handler.on_message

    async def on_message(message: str | bytes) -> None:
        if not is_edit(message):
            _note_authors(handler, message, authors)
            await receive(message)
            return
        try:
            await note()
        except GrantsUnavailable as error:
            handler.close(_CLOSED_BY_POLICY, error.code)
            return
        if _is_notebook(getattr(handler, "room", None)):
            await _edit(handler, bytes(message), authors)  # type: ignore[arg-type]
        else:
            await receive(message)

    handler.on_message = on_message  # type: ignore[method-assign]


def is_edit(message: str | bytes) -> bool:
    """Return whether a message to a room carries a change of the document, maybe an empty one."""
    return (
        isinstance(message, bytes)
        and message[:1] == bytes([_SYNC])
        and message[1:2] != b""
        and message[1] in _CARRIES_UPDATE
    )


def _note_authors(handler: WebSocketHandler, message: str | bytes, authors: Authors) -> None:
    room: Any = getattr(handler, "room", None)
    if room is not None and isinstance(message, bytes) and message[:1] == bytes([_AWARENESS]):
        authors.announce(announced(message[1:]), room)


def _is_notebook(room: Any) -> bool:
    """Return whether a room may be of a notebook: a copy of one does not say what it is of."""
    return getattr(room, "file_type", "notebook") == "notebook"


async def _edit(handler: WebSocketHandler, message: bytes, authors: Authors) -> None:
    """Apply an edit at once: the document must not change between the look and the edit."""
    from pycrdt import Decoder  # noqa: PLC0415 - where there are rooms, it is installed

    room: Any = getattr(handler, "room", None)
    if room is None or not getattr(room, "ready", True):
        return  # the client was not told yet what the document has
    try:
        update = Decoder(message[2:]).read_message() or b""
        apply_harmless(room.ydoc, update, authors, others_present(room))
    except Exception as error:
        complain = getattr(room, "on_message_error", None)
        if complain is not None:
            await complain(error, message, handler)


def apply_harmless(
    document: Any, update: bytes, authors: Authors, present: Collection[int] = ()
) -> None:
    """Apply what is harmless of an app's update, and nothing of one in another's name.

    Raises what ``pycrdt`` does for an update that it cannot apply.
    """
    copy = _copies.pop(document, None) or RoomCopy()
    judge = partial(authors.may_have_written, present)
    if copy.edit(document, update, judge):
        _copies[document] = copy
