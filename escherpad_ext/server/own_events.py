"""Events of this extension: no grant token receives them, and none is taken from a grant token.

They say what apps did. An app that received them would watch the others, and one that could send
them would write another's record.
"""

from __future__ import annotations

import json
from typing import Any

from jupyter_server.services.events.handlers import SubscribeWebsocket
from tornado.web import RequestHandler

#: How the id of every schema of this extension begins.
OWN_SCHEMAS = "https://schema.escherpad.com/escherpad_ext/"
#: How the scopes of handlers of events begin.
SCOPES = ("events:",)


def keep_own_events(handler: RequestHandler) -> bool:
    """Return whether a request with a grant token, to a handler of events, may go on.

    A socket that may will receive no event of these schemas.
    """
    if isinstance(handler, SubscribeWebsocket):
        _leave_out_own(handler)
        return True
    return not _is_own(_schema_id(handler.request.body))


def _leave_out_own(handler: SubscribeWebsocket) -> None:
    listen = handler.event_listener

    async def event_listener(logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        if not _is_own(schema_id):
            await listen(logger, schema_id, data)

    # The handler adds and removes what it finds at this name.
    handler.event_listener = event_listener  # type: ignore[method-assign]


def _is_own(schema_id: object) -> bool:
    return isinstance(schema_id, str) and schema_id.startswith(OWN_SCHEMAS)


def _schema_id(body: bytes) -> object:
    """Return the schema that an event names, read as Jupyter Server reads it."""
    try:
        payload = json.loads(body.strip().decode("utf-8"))
    except (ValueError, RecursionError):
        return None  # Jupyter Server refuses it
    return payload.get("schema_id") if isinstance(payload, dict) else None
