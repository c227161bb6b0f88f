"""What happened to grants since somebody looked: values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .grant import Grant

#: How many changes are read at once.
MAX_CHANGES = 500


class Mark(NamedTuple):
    """Up to where changes are known: the newest row, the last second, who was revoked in it."""

    number: int
    second: int
    revoked: frozenset[str] = frozenset()

    def after(self, revoked: Sequence[Grant]) -> Mark:
        """Return the mark after these were read, the oldest first.

        The last second is asked for once more, as it may not be over; unless it alone is more
        than is read at once.
        """
        if not revoked:
            return self
        second = revoked[-1].revoked or self.second
        if len(revoked) == MAX_CHANGES and revoked[0].revoked == second:
            return Mark(self.number, second + 1)
        return Mark(self.number, second, frozenset(g.id for g in revoked if g.revoked == second))


class Changes(NamedTuple):
    """Grants that were made and revoked since a mark, and the mark to ask with the next time.

    Unless ``complete``, there is more to read at once.
    """

    created: Sequence[Grant]
    revoked: Sequence[Grant]
    mark: Mark
    complete: bool
