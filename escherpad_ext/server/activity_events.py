"""What apps did, as events of ``jupyter_events``: for logs on other machines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from logging import Logger
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .activity_entry import Entry

if TYPE_CHECKING:
    from jupyter_events import EventLogger

ACTIVITY_SCHEMA = "https://schema.escherpad.com/escherpad_ext/activity/v1"
SCHEMA_FILE = Path(__file__).parent / "event_schemas" / "activity" / "v1.yaml"


class ActivityEvents:
    """Emits what is new. No request waits for it."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger
        self._events: EventLogger | None = None
        self._failed = False

    def set_event_logger(self, events: EventLogger | None) -> None:
        """Emit events to this logger from now on."""
        if events is not None:
            events.register_event_schema(SCHEMA_FILE)
        self._events = events

    async def emit(self, news: Sequence[dict[str, Any]]) -> None:
        """Emit one event after the other; what else the server has to do goes on between them."""
        for each in news if self._events is not None else ():
            self._emit(each)
            await asyncio.sleep(0)

    def _emit(self, data: dict[str, Any]) -> None:
        assert self._events is not None
        try:
            self._events.emit(schema_id=ACTIVITY_SCHEMA, data=data)
        except Exception as error:  # of a handler or a modifier, which are others' code
            if not self._failed:
                self._logger.warning("An event of what an app did could not be emitted: %r", error)
            self._failed = True


def news_of(entry: Entry) -> dict[str, Any]:
    """Return what is new in an entry, and remember that it was told."""
    before, entry.told = entry.told, (entry.count, entry.ok, entry.errors)
    count, ok, errors = (now - then for now, then in zip(entry.told, before, strict=True))
    grant, action = entry.grant, entry.action
    data = {name: getattr(grant, name) for name in ("origin", "program", "name")}
    did = action._asdict()
    detail = did.pop("detail")
    times = {"first": entry.first, "last": entry.last}
    numbers = {"count": count, "ok": ok, "errors": errors}
    return {"grant": grant.id, **data, **did, **times, **numbers, **json.loads(detail or "{}")}
