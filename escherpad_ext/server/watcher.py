"""Looks, twice a second, for what became of grants by the clock or in other processes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from functools import partial

from tornado.ioloop import IOLoop, PeriodicCallback

from ..errors import GrantsUnavailable, TokenRefused
from ..grants import Registry
from ..grants.changes import Mark
from .sockets import LiveSockets
from .telemetry import Telemetry

#: Two intervals and the time to close a socket are well within the promised two seconds.
INTERVAL_SECONDS = 0.5
#: After so many failures in a row, the registry is not just busy: sockets are closed.
PATIENCE = 3
#: Changes of grants that are reported at once. Each one is sent to every event socket, and
#: nothing else runs meanwhile: thousands in a row would delay closing sockets.
TOLD_AT_ONCE = 10


class Watcher:
    """Ends sockets whose grant ended, and reports grants that were made or revoked."""

    def __init__(
        self,
        registry: Registry,
        sockets: LiveSockets,
        telemetry: Telemetry,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._registry = registry
        self._sockets = sockets
        self._telemetry = telemetry
        self._clock = clock
        self._seen: object = None
        self._mark: Mark | None = None
        self._untold: deque[Callable[[], None]] = deque()
        self._failures = 0
        self._callback = PeriodicCallback(self.look, INTERVAL_SECONDS * 1000)

    def start(self) -> None:
        """Look from now on."""
        self._callback.start()

    def stop(self) -> None:
        """Look no more, write what is left to write, and free the file."""
        self._callback.stop()
        while self._untold:
            self._untold.popleft()()
        self._registry.flush(self._clock(), at_once=True)
        self._registry.close()

    def look(self) -> None:
        """Look once."""
        now = self._clock()
        try:
            self._compare(now)
            self._failures = 0
        except GrantsUnavailable as error:
            self._failures += 1
            if self._failures >= PATIENCE:
                self._end_all(error.code)
        self._sockets.sweep(now)

    def _compare(self, now: float) -> None:
        self._registry.flush(now)
        if self._mark is None:
            self._mark = self._registry.mark(now)
        version = self._registry.version()
        if version == self._seen:
            return
        self._end_ended(now)
        self._sockets.sweep(now)  # reporting takes time
        if self._have_told():
            self._seen = version

    def _end_ended(self, now: float) -> None:
        for grant_id in self._sockets.grant_ids():
            try:
                self._registry.check(grant_id, now)
            except TokenRefused as ended:
                self._sockets.end(grant_id, ended.code)

    def _have_told(self) -> bool:
        """Report what changed, and return whether these were all changes."""
        assert self._mark is not None
        if self._untold:
            return False
        changes = self._registry.changes(self._mark)
        self._untold.extend(partial(self._telemetry.created, each) for each in changes.created)
        self._untold.extend(partial(self._telemetry.revoked, each) for each in changes.revoked)
        self._mark = changes.mark
        self._tell()
        return changes.complete

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
