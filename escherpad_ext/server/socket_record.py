"""A WebSocket of an app, in the record: it opens and closes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tornado.websocket import WebSocketHandler

from ..grants.activity import CLOSED, OPENED, Action


def record_socket(
    handler: WebSocketHandler,
    action: Action,
    add: Callable[[Action, float], object],
    now: float,
    clock: Callable[[], float],
    *,
    opened: str = OPENED,
    closed: str = CLOSED,
) -> None:
    """Add that a socket was opened; then add its end. ``opened`` and ``closed`` are its words."""
    add(action._replace(method=opened), now)
    close = handler.on_close

    def on_close() -> Any:
        vars(handler).pop("on_close", None)
        add(action._replace(method=closed, status=handler.close_code or 0), clock())
        return close()

    handler.on_close = on_close  # type: ignore[method-assign]
