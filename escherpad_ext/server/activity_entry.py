"""An entry of the record, as long as it may be counted further."""

from __future__ import annotations

from ..grants import Grant
from ..grants.activity import Action, Client, Deed

#: The same thing is one entry for so long: reads and refusals always, changes if nothing else
#: was changed meanwhile.
MERGED_SECONDS = 600.0


class Entry:
    """An action of a grant, as often as it was done."""

    __slots__ = (
        "action",
        "count",
        "errors",
        "first",
        "grant",
        "is_waiting",
        "last",
        "number",
        "ok",
        "told",
        "written",
    )

    def __init__(self, grant: Grant, action: Action, now: float) -> None:
        self.grant, self.action = grant, action
        self.first = self.last = now
        #: How often it was done, and how often of these are in the file.
        self.count = self.written = 0
        #: Of code: how often it ended well, and with an error.
        self.ok = self.errors = 0
        #: What events said of these three.
        self.told = (0, 0, 0)
        #: Its number in the file, 0 before it has one.
        self.number = 0
        self.is_waiting = False

    @property
    def has_news(self) -> bool:
        """Return whether there is more to say than events said."""
        return self.told != (self.count, self.ok, self.errors)

    def is_recent(self, now: float) -> bool:
        """Return whether the same may be merged into this: not after a clock was set back."""
        return 0 <= now - self.first < MERGED_SECONDS

    def deed(self) -> Deed:
        """Return what it says now."""
        grant, times = self.grant, (self.first, self.last, self.count)
        client = Client(grant.id, grant.origin, grant.program, grant.name)
        return Deed(self.number, client, *times, self.action, self.ok, self.errors)
