"""Deletes what is recorded of apps, 30 days after their grants end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from ..errors import GrantsUnavailable
from ..grants.activity import ActivityFile
from ..grants.ended_records import delete_ended
from .patient_thread import PatientThread

#: When it looks first. Until then, a server has just started and has other things to do.
FIRST_SECONDS = 60.0
INTERVAL_SECONDS = 3600.0


class EndedGrants:
    """Looks once an hour, in the thread of the record, also for what ended without a server."""

    def __init__(
        self, thread: PatientThread, file: ActivityFile, folder: Path, clock: Callable[[], float]
    ) -> None:
        self._thread = thread
        self._file = file
        self._folder = folder
        self._clock = clock
        self._due = clock() + FIRST_SECONDS

    def tick(self) -> Awaitable[None] | None:
        """Look, if it is time. A clock that was set back is followed."""
        now = self._clock()
        if self._due - INTERVAL_SECONDS <= now < self._due:
            return None
        self._due = now + INTERVAL_SECONDS
        return self._look(now)

    async def _look(self, now: float) -> None:
        with suppress(GrantsUnavailable):  # the log says so
            await self._thread.run(partial(delete_ended, self._file, self._folder, now))
