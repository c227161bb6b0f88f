"""Entries that what an app does next may be counted in. No app ends what is merged of others."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from ..grants import Grant
from ..grants.activity import CLOSED, LEFT, Action
from .activity_entry import Entry

#: What is remembered, of all grants.
MAX_KNOWN = 2000
#: The slot of changes: the same change twice is one entry if nothing else was changed meanwhile.
CHANGE = "change"
#: What is the same for requests of a grant that are one entry: scope, method, path, status.
Slot = tuple[str, str | None, str, int]


def slot_of(action: Action) -> Hashable:
    """Return the slot of an action. Each read has its own."""
    return action if action.is_read else CHANGE


class MergedEntries:
    """The entries of each grant, by what is the same for all that one entry counts."""

    def __init__(self) -> None:
        self._by_grant: dict[str, dict[Hashable, Entry]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def get(self, grant_id: str, slot: Hashable) -> Entry | None:
        """Return the entry of a slot, None if there is none."""
        own = self._by_grant.get(grant_id)
        return None if own is None else own.get(slot)

    def entry_of(self, grant: Grant, action: Action, now: float) -> Entry:
        """Return the entry in which an action counts, a new one if need be."""
        slot = slot_of(action)
        entry = self.get(grant.id, slot)
        if entry is None or entry.action != action or not entry.is_recent(now):
            entry = Entry(grant, action, now)
            self.keep(slot, entry)
        return entry

    def keep(self, slot: Hashable, entry: Entry) -> None:
        """Count in this entry what is done next in its slot. The busiest grant makes room."""
        if self._count >= MAX_KNOWN:
            self.forget(max(self._by_grant, key=lambda each: len(self._by_grant[each])))
        own = self._by_grant.setdefault(entry.grant.id, {})
        self._count += slot not in own
        own[slot] = entry

    def drop(self, grant_id: str, slot: Hashable) -> None:
        """Count nothing more in the entry of a slot."""
        own = self._by_grant.get(grant_id, {})
        self._count -= own.pop(slot, None) is not None
        if not own:
            self.forget(grant_id)

    def written(self, entries: Iterable[Entry]) -> None:
        """Forget sockets that closed: for most grants, that is the last thing."""
        for entry in entries:
            place = entry.grant.id, slot_of(entry.action)
            if entry.action.method in {CLOSED, LEFT} and self.get(*place) is entry:
                self.drop(*place)

    def forget(self, grant_id: str) -> None:
        """Count nothing more in what a grant has."""
        self._count -= len(self._by_grant.pop(grant_id, {}))

    def clear(self) -> None:
        """Count nothing more in anything."""
        self._by_grant.clear()
        self._count = 0
