"""Edits in rooms of jupyter-collaboration by grants without code execution: nothing is trusted.

Others in the room see an edit at once, and JupyterLab runs the outputs of a cell that is marked as
trusted. So an edit is applied to a copy of the document first, and only what is harmless goes on.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from tornado.websocket import WebSocketHandler

from ..errors import GrantsUnavailable

# The protocol of rooms (https://github.com/yjs/y-protocols/blob/master/PROTOCOL.md).
_SYNC = 0
_CARRIES_UPDATE = frozenset({1, 2})
_CLOSED_BY_POLICY = 1008  # RFC 6455, section 7.4.1


def check_edits(handler: WebSocketHandler, note: Callable[[], Awaitable[None]]) -> None:
    """Call ``note`` before each edit that a socket sends, and take its trusted marks away.

    ``note`` raises GrantsUnavailable where the edit cannot be noted, and the socket is closed.
    """
    receive: Any = handler.on_message

    async def on_message(message: str | bytes) -> None:
        if not _is_edit(message):
            await receive(message)
            return
        try:
            await note()
        except GrantsUnavailable as error:
            handler.close(_CLOSED_BY_POLICY, error.code)
            return
        await _edit(handler, bytes(message))  # type: ignore[arg-type]

    handler.on_message = on_message  # type: ignore[method-assign]


def _is_edit(message: str | bytes) -> bool:
    return (
        isinstance(message, bytes)
        and message[:1] == bytes([_SYNC])
        and message[1:2] != b""
        and message[1] in _CARRIES_UPDATE
    )


async def _edit(handler: WebSocketHandler, message: bytes) -> None:
    """Apply an edit at once: the document must not change between the look and the edit."""
    from pycrdt import Decoder  # noqa: PLC0415 - where there are rooms, it is installed

    room: Any = getattr(handler, "room", None)
    if room is None or not getattr(room, "ready", True):
        return  # the client was not told yet what the document has
    try:
        update = without_trust(room.ydoc, Decoder(message[2:]).read_message() or b"")
    except Exception as error:
        complain = getattr(room, "on_message_error", None)
        if complain is not None:
            await complain(error, message, handler)
        return
    room.ydoc.apply_update(update)


def without_trust(document: Any, update: bytes) -> bytes:
    """Return an update without the trust that it gives.

    A cell stays trusted only with outputs that a trusted cell had before. Raises what ``pycrdt``
    does for an update that cannot be applied.
    """
    from pycrdt import Doc  # noqa: PLC0415

    copy = Doc[Any]()
    copy.apply_update(document.get_update())
    before = {_outputs(cell) for cell in _trusted_cells(copy)}
    copy.apply_update(update)
    for cell in list(_trusted_cells(copy)):
        if _outputs(cell) not in before:
            _distrust(cell)
    return bytes(copy.get_update(document.get_state()))


def _trusted_cells(document: Any) -> Iterator[Any]:
    from pycrdt import Array, Map  # noqa: PLC0415

    for cell in document.get("cells", type=Array):
        metadata = cell.get("metadata") if isinstance(cell, Map) else None
        if isinstance(metadata, (Map, dict)) and metadata.get("trusted"):
            yield cell


def _distrust(cell: Any) -> None:
    metadata = cell["metadata"]
    if isinstance(metadata, dict):
        cell["metadata"] = {**metadata, "trusted": False}
    else:
        metadata["trusted"] = False


def _outputs(cell: Any) -> str:
    outputs = cell.to_py().get("outputs")
    return json.dumps(outputs, sort_keys=True, default=str)
