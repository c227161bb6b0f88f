"""When each grant was last used: noted at once, written at most once a minute."""

from __future__ import annotations

from itertools import islice
from threading import Lock

from ..errors import GrantsUnavailable
from . import rows
from .database import Database
from .grant import Grant

#: Last use is written at most this often.
TOUCH_SECONDS = 60
_MAX_PENDING = 1000


class LastUse:
    """The uses that are not written yet. Any thread may note; the file's thread writes.

    It never waits and never fails: a request is not refused because its use can't be written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()  # held while memory changes, never while the file is written
        self._pending: dict[str, int] = {}
        self._used: set[str] = set()
        self._write_after = float("-inf")

    def note(self, grant: Grant, now: float) -> bool:
        """Note that a grant was used; return whether this is its first use."""
        when = int(now)
        if self._pending.get(grant.id) == when:
            return False  # noted in this second
        with self._lock:
            first = grant.last_used is None and grant.id not in self._used
            if len(self._used) >= _MAX_PENDING:
                self._used.clear()
            self._used.add(grant.id)
            if grant.id in self._pending or len(self._pending) < _MAX_PENDING:
                self._pending[grant.id] = when
        return first

    def is_due(self, now: float) -> bool:
        """Return whether :meth:`write` has something to write, and a minute has passed."""
        # A clock that was set back must not stop this until it catches up.
        waiting = self._write_after - TOUCH_SECONDS <= now < self._write_after
        return bool(self._pending) and not waiting

    def write(self, now: float, *, at_once: bool = False) -> None:
        """Write what was noted, if a minute has passed since the last time, or ``at_once``."""
        if not (self.is_due(now) or (at_once and self._pending)):
            return
        self._write_after = now + TOUCH_SECONDS
        with self._lock:
            pending, self._pending = self._pending, {}
        used = [(when, grant_id, when) for grant_id, when in pending.items()]
        try:
            with self._database.writing(wait=at_once) as connection:
                connection.executemany(rows.TOUCH, used)
        except GrantsUnavailable:
            self._keep(pending)

    def _keep(self, unwritten: dict[str, int]) -> None:
        """Try again the next time, with what was noted since."""
        with self._lock:
            together = {**unwritten, **self._pending}
            self._pending = dict(islice(together.items(), _MAX_PENDING))
