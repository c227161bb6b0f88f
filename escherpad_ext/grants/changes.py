"""Values that describe how grants changed since the last look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .grant import Grant

#: How many changes are read at once.
MAX_CHANGES = 500


class Version(NamedTuple):
    """Differs whenever something in a file may have changed. Use it only to compare."""

    generation: int
    others: int
    own: int


class Mark(NamedTuple):
    """How far changes were read: the newest row, the last second, the grants revoked in it."""

    number: int
    second: int
    revoked: frozenset[str] = frozenset()

    def after(self, revoked: Sequence[Grant]) -> Mark:
        """Return the mark after these were read, the oldest first.

        The last second is read again, because it may not be over. The exception is a second with
        more changes than are read at once.
        """
        if not revoked:
            return self
        second = revoked[-1].revoked or self.second
        if len(revoked) == MAX_CHANGES and revoked[0].revoked == second:
            return Mark(self.number, second + 1)
        return Mark(self.number, second, frozenset(g.id for g in revoked if g.revoked == second))


class Changes(NamedTuple):
    """Grants that were made and revoked since a mark, and the mark for the next read.

    Unless ``complete``, more changes are waiting to be read.
    """

    created: Sequence[Grant]
    revoked: Sequence[Grant]
    mark: Mark
    complete: bool
