"""Looks, twice a second, for what became of grants by the clock or in other processes."""

from __future__ import annotations

import time
from collections.abc import Callable

from tornado.ioloop import PeriodicCallback

from ..errors import GrantsUnavailable, TokenRefused
from ..grants import Registry
from ..grants.changes import Mark
from .accounting import Accounting
from .sockets import LiveSockets

#: Twice, and a little for closing, is well within the two seconds that are promised.
INTERVAL_SECONDS = 0.5
#: A registry that cannot be asked so often in a row is not merely busy: sockets end.
PATIENCE = 3


class Watcher:
    """Ends sockets whose grant ended, and tells of grants that were made or revoked."""

    def __init__(
        self,
        registry: Registry,
        sockets: LiveSockets,
        accounting: Accounting,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._registry = registry
        self._sockets = sockets
        self._accounting = accounting
        self._clock = clock
        self._seen: object = None
        self._mark: Mark | None = None
        self._failures = 0
        self._callback = PeriodicCallback(self.look, INTERVAL_SECONDS * 1000)

    def start(self) -> None:
        """Look from now on."""
        self._callback.start()

    def stop(self) -> None:
        """Look no more, write what is left to write, and free the file."""
        self._callback.stop()
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
        if self._tell():
            self._seen = version

    def _end_ended(self, now: float) -> None:
        for grant_id in self._sockets.grant_ids():
            try:
                self._registry.check(grant_id, now)
            except GrantsUnavailable:
                raise
            except TokenRefused as ended:
                self._sockets.end(grant_id, ended.code)

    def _tell(self) -> bool:
        """Tell of what changed; return whether that was all of it."""
        assert self._mark is not None
        changes = self._registry.changes(self._mark)
        for grant in changes.created:
            self._accounting.created(grant)
        for grant in changes.revoked:
            self._accounting.revoked(grant)
        self._mark = changes.mark
        return changes.complete

    def _end_all(self, reason: str) -> None:
        for grant_id in self._sockets.grant_ids():
            self._sockets.end(grant_id, reason)
