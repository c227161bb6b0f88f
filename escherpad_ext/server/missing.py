"""What the record lacks: it says so with the next thing that is written."""

from __future__ import annotations

from collections.abc import Callable

from ..grants import Grant
from ..grants.activity import LOST, Action
from .activity_entry import Entry

_LOST = Action("", LOST, "", 0, "")


class Missing:
    """How much of each grant was not recorded, and is not told yet."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: dict[str, Entry] = {}

    def __bool__(self) -> bool:
        return bool(self._entries)

    def add(self, grant: Grant, times: int) -> None:
        """Remember that something of a grant is missing, if it is."""
        if not times:
            return
        now = self._clock()
        entry = self._entries.setdefault(grant.id, Entry(grant, _LOST, now))
        entry.last = now
        entry.count += times

    def keep(self, entry: Entry) -> None:
        """Remember what could not be written. Events were told of it, and are not told again."""
        if entry.action is not _LOST:
            self.add(entry.grant, entry.count - entry.written)
            return
        later = self._entries.get(entry.grant.id)
        if later is not None:
            entry.last, entry.count = later.last, entry.count + later.count
        self._entries[entry.grant.id] = entry

    def forget(self, grant_id: str) -> None:
        """Forget what is missing of a grant."""
        self._entries.pop(grant_id, None)

    def take(self) -> list[Entry]:
        """Return what is to be told, and forget it."""
        entries, self._entries = self._entries, {}
        return list(entries.values())
