"""Looks, twice a second, for what became of grants by the clock or in other processes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

from tornado.ioloop import IOLoop

from ..errors import GrantsUnavailable
from ..grants import Registry
from ..grants.file_watch import MAX_AGE_SECONDS, Snapshot
from ..grants.look import Found, Seen, look
from ..grants.place_watch import QUIET_SECONDS, PlaceWatch
from .registry_thread import RegistryThread
from .sockets import LiveSockets
from .telemetry import Telemetry

#: A registry that cannot be read may be busy: another process commits, or this machine has much to
#: do. After so long, and so many tries, it is not just busy, and sockets are closed.
PATIENCE_SECONDS = 1.0
LEAST_TRIES = 3
PAUSE_SECONDS = 0.05
#: Changes of grants that are reported at once. Each one is sent to every event socket, and
#: nothing else runs meanwhile: thousands in a row would delay closing sockets.
TOLD_AT_ONCE = 10


class Watcher:
    """Ends sockets whose grant ended, and reports grants that were made or revoked.

    ``registry`` and ``places`` belong to the thread.
    """

    def __init__(
        self,
        thread: RegistryThread,
        registry: Registry,
        places: PlaceWatch,
        sockets: LiveSockets,
        telemetry: Telemetry,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._thread = thread
        self._registry = registry
        self._places = places
        self._sockets = sockets
        self._telemetry = telemetry
        self._clock = clock
        self._seen = Seen()
        self._snapshot: Snapshot | None = None
        self._untold: deque[Callable[[], None]] = deque()
        self._looking = asyncio.Lock()
        self._finished = False

    async def finish(self) -> None:
        """Report what is left to report. A look that goes on tries no more."""
        self._finished = True
        async with self._looking:
            pass
        while self._untold:
            self._untold.popleft()()

    def tick(self) -> Awaitable[None] | None:
        """Look, unless the kernel says that nothing has changed. Grants also end by the clock."""
        if not self._knows_all():
            return self.look()
        self._sockets.sweep(self._clock())
        return None

    def may_rest(self) -> bool:
        """Return whether only a change of the files gives it something to do."""
        return not self._sockets.grant_ids() and self._knows_all()

    def _knows_all(self) -> bool:
        """Return whether a look would find nothing. In doubt, it would find something."""
        snapshot, seen = self._snapshot, self._seen
        if snapshot is None or seen.version is None or self._untold:
            return False
        return seen.live.issuperset(self._sockets.grant_ids()) and snapshot.holds()

    async def look(self) -> None:
        """Look once, each time from where the last look came to."""
        async with self._looking:
            end, tries = time.monotonic() + PATIENCE_SECONDS, 1
            while not self._finished and (error := await self._try(self._clock())):
                if tries >= LEAST_TRIES and time.monotonic() >= end:
                    self._end_all(error.code)
                    return
                tries += 1
                await asyncio.sleep(PAUSE_SECONDS)

    async def _try(self, now: float) -> GrantsUnavailable | None:
        """Look, if the registry can be read; else return why not."""
        try:
            found, self._snapshot = await self._thread.run(self._task(now))
        except GrantsUnavailable as error:
            self._sockets.sweep(now)
            return error
        self._take(found, now)
        return None

    def _task(self, now: float) -> Callable[[], tuple[Found, Snapshot | None]]:
        """Return the work of a look. What it finds counts only if it comes in time."""
        ids, changes = self._sockets.grant_ids(), not self._untold
        work = partial(look, self._registry, self._seen, ids, now, changes=changes)
        return partial(self._look_in_thread, work, MAX_AGE_SECONDS if ids else QUIET_SECONDS)

    def _look_in_thread(
        self, work: Callable[[], Found], seconds: float
    ) -> tuple[Found, Snapshot | None]:
        # While this process commits, the look finds nothing: it must come again.
        snapshot = None if self._registry.commits else self._places.snapshot(seconds)
        return work(), snapshot

    def _take(self, found: Found, now: float) -> None:
        self._seen = found.seen
        self._sockets.set_ends(found.expires)
        for grant_id, reason in found.ended.items():
            self._sockets.end(grant_id, reason)
        self._sockets.sweep(now)  # reporting takes time
        if not found.created and not found.revoked:
            return
        self._untold.extend(partial(self._telemetry.created, each) for each in found.created)
        self._untold.extend(partial(self._telemetry.revoked, each) for each in found.revoked)
        self._tell()

    def _tell(self) -> None:
        """Report some changes now, and the others after other callbacks of the event loop."""
        some = [self._untold.popleft() for _ in range(min(TOLD_AT_ONCE, len(self._untold)))]
        if self._untold:
            IOLoop.current().add_callback(self._tell)
        for tell in some:
            tell()

    def _end_all(self, reason: str) -> None:
        for grant_id in self._sockets.grant_ids():
            self._sockets.end(grant_id, reason)
        self._sockets.sweep(self._clock())
