"""One timer for all that is done twice a second, while there is something to do.

A ``PeriodicCallback`` for each, with its coroutines, would take four times as long. Nearly always
there is nothing: then it rests, and a computer that nobody uses can sleep.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

#: Two intervals and the time to close a socket are well within the promised two seconds.
INTERVAL_SECONDS = 0.5
#: Some changes cause no event. A look at least this often finds them.
REST_SECONDS = 30.0
#: Has a function called when there may be something to do again, and returns what cancels that;
#: None where nobody would call it.
CallOnChange = Callable[[Callable[[], object]], Callable[[], object] | None]


class Ticking(Protocol):
    """Something that looks twice a second whether it has something to do."""

    def tick(self) -> Awaitable[None] | None:
        """Return what to do now, None if there is nothing. It waits for nothing."""
        ...


class Ticker:
    """Asks its parts, the first one first. One that is not done yet is not asked again.

    Where ``call_on_change`` returns None, it does not rest.
    """

    def __init__(self, *parts: Ticking, call_on_change: CallOnChange) -> None:
        self._parts = parts
        self._call_on_change = call_on_change
        self._working: dict[Ticking, asyncio.Future[None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._cancel: Callable[[], object] | None = None

    @property
    def rests(self) -> bool:
        """Return whether it asks nobody until :meth:`resume`, or for half a minute."""
        return self._cancel is not None

    def start(self) -> None:
        """Ask from now on."""
        self._loop = asyncio.get_running_loop()
        self._ask_after(INTERVAL_SECONDS)

    def stop(self) -> None:
        """Ask no more. What has begun goes on."""
        if self._timer is not None:
            self._timer.cancel()
        cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel()

    def resume(self) -> None:
        """Rest no more. Any thread may call it."""
        if self.rests and self._loop is not None:
            with suppress(RuntimeError):  # the event loop was closed
                self._loop.call_soon_threadsafe(self._resume)

    def _resume(self) -> None:
        if self.rests:
            self.start()

    def _ask_after(self, seconds: float) -> None:
        timer = asyncio.get_running_loop().call_later(seconds, self._tick)
        try:
            self.stop()
        finally:
            self._timer = timer  # whatever fails, it goes on

    def _tick(self) -> None:
        self.start()  # first, whatever becomes of this one
        for part in self._parts:
            if part in self._working and not self._working[part].done():
                continue
            work = part.tick()
            if work is not None:
                self._working[part] = asyncio.ensure_future(work)
        if all(work.done() for work in self._working.values()):
            self._rest()

    def _rest(self) -> None:
        cancel = self._call_on_change(self.resume)
        if cancel is not None:
            self._ask_after(REST_SECONDS)
            self._cancel = cancel
