"""One timer for all that is done twice a second. Nearly always, nothing is to be done.

A ``PeriodicCallback`` for each, with its coroutines, would take four times as long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Protocol

#: Two intervals and the time to close a socket are well within the promised two seconds.
INTERVAL_SECONDS = 0.5


class Ticking(Protocol):
    """Something that looks twice a second whether it has something to do."""

    def tick(self) -> Awaitable[None] | None:
        """Return what to do now, None if there is nothing. It waits for nothing."""
        ...


class Ticker:
    """Asks its parts, the first one first. One that is not done yet is not asked again."""

    def __init__(self, *parts: Ticking) -> None:
        self._parts = parts
        self._working: dict[Ticking, asyncio.Future[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Ask from now on."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(INTERVAL_SECONDS, self._tick)

    def stop(self) -> None:
        """Ask no more. What has begun goes on."""
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        self.start()  # first, whatever becomes of this one
        for part in self._parts:
            if part in self._working and not self._working[part].done():
                continue
            work = part.tick()
            if work is not None:
                self._working[part] = asyncio.ensure_future(work)
