"""When each grant was last used: noted at once, written at most once a minute."""

from __future__ import annotations

from ..errors import GrantsUnavailable
from . import rows
from .database import Database
from .grant import Grant

#: Last use is written at most this often.
TOUCH_SECONDS = 60
_MAX_PENDING = 1000


class LastUse:
    """The uses that are not written yet.

    It never waits and never fails: a request is not refused because its use can't be written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pending: dict[str, int] = {}
        self._used: set[str] = set()
        self._write_after = float("-inf")

    def note(self, grant: Grant, now: float) -> bool:
        """Note that a grant was used; return whether this is its first use."""
        first = grant.last_used is None and grant.id not in self._used
        if len(self._used) >= _MAX_PENDING:
            self._used.clear()
        self._used.add(grant.id)
        if grant.id in self._pending or len(self._pending) < _MAX_PENDING:
            self._pending[grant.id] = int(now)
        self.write(now)
        return first

    def write(self, now: float, *, at_once: bool = False) -> None:
        """Write what was noted, if a minute has passed since the last time, or ``at_once``."""
        # A clock that was set back must not stop this until it catches up.
        waiting = self._write_after - TOUCH_SECONDS <= now < self._write_after
        if not self._pending or (waiting and not at_once):
            return
        self._write_after = now + TOUCH_SECONDS
        used = [(when, grant_id, when) for grant_id, when in self._pending.items()]
        try:
            with self._database.writing(wait=at_once) as connection:
                connection.executemany(rows.TOUCH, used)
        except GrantsUnavailable:
            return
        self._pending.clear()
