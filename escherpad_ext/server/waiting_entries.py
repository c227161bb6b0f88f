"""What waits to be written to the record. It is bounded, and no app takes the room of others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from ..grants import Grant
from ..grants.activity import Deed
from .activity_entry import Entry
from .missing import Missing

#: What waits, of all grants.
MAX_WAITING = 5000
#: What is new is written at the next tick, twice a second. What is in the file and goes on is
#: written with that, or after so many ticks: outcomes and repeated changes after a second, repeated
#: reads after five.
CHANGES_TICKS, READS_TICKS = 2, 10


class WaitingEntries:
    """Entries in the order in which they came. What is too much is counted for each grant."""

    def __init__(self, clock: Callable[[], float]) -> None:
        #: Called when something waits, and nothing did before.
        self.on_first: Callable[[], object] = lambda: None
        self._entries: dict[Entry, None] = {}
        self._by_grant = defaultdict[str, list[Entry]](list)
        self._missing = Missing(clock)
        self._patience = READS_TICKS
        self._ticks = 0

    def __bool__(self) -> bool:
        return bool(self._entries or self._missing)

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: Entry) -> bool:
        """Have an entry written with the next ones; return whether there is room for it."""
        if entry.is_waiting or not entry.count:  # dropped, and now its outcome is known
            return entry.is_waiting
        own = self._by_grant[entry.grant.id]
        if len(self._entries) >= MAX_WAITING and not self._make_room(len(own)):
            return False
        self._tell_first()
        entry.is_waiting = True
        self._patience = min(self._patience, _patience_with(entry))
        self._entries[entry] = None
        own.append(entry)
        return True

    def _make_room(self, own: int) -> bool:
        """Drop the newest entry of the grant that has most, if a grant with ``own`` has fewer."""
        most = max(self._by_grant.values(), key=len)
        if len(most) <= own + 1:
            return False
        dropped = most.pop()
        del self._entries[dropped]
        dropped.is_waiting = False
        self.miss(dropped.grant, dropped.count - dropped.written)
        dropped.count = dropped.written  # it may be done again
        return True

    def miss(self, grant: Grant, times: int) -> None:
        """Remember that something is missing, and write that, too."""
        self._tell_first()
        self._missing.add(grant, times)

    def _tell_first(self) -> None:
        if not self:
            self.on_first()

    def is_due(self) -> bool:
        """Return whether to write now. Ask once a tick."""
        self._ticks += 1
        return bool(self._missing) or (bool(self) and self._ticks >= self._patience)

    def take(self) -> list[Entry]:
        """Return what is to be written now, and have it wait no more."""
        found = [*self._missing.take(), *self._entries]
        for entry in found:
            entry.is_waiting = False
        self._entries.clear()
        self._by_grant.clear()
        self._patience, self._ticks = READS_TICKS, 0
        return found

    def wrote(self, written: Iterable[tuple[Entry, int, Deed]]) -> None:
        """Take note of entries that were written: of the number of each, and of what it said."""
        for entry, number, deed in written:
            entry.number, entry.written = number, deed.times

    def lost(self, entries: Iterable[Entry]) -> None:
        """Take note that nothing of entries was written."""
        self._tell_first()
        for entry in entries:
            self._missing.keep(entry)

    def forget(self, grant_id: str) -> None:
        """Say nothing of what is missing of a grant."""
        self._missing.forget(grant_id)


def _patience_with(entry: Entry) -> int:
    """Return how many ticks an entry may wait."""
    if not entry.number:
        return 1
    return READS_TICKS if entry.action.is_read else CHANGES_TICKS
