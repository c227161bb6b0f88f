"""Reports grants that expired. The clock ends them, so no change of the registry shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from ..errors import GrantsUnavailable
from ..grants import Registry
from .registry_thread import RegistryThread
from .telemetry import Telemetry

INTERVAL_SECONDS = 30.0


class Expiries:
    """Asks twice a minute what expired since it asked before. ``registry`` is the thread's."""

    def __init__(
        self,
        thread: RegistryThread,
        registry: Registry,
        telemetry: Telemetry,
        clock: Callable[[], float],
    ) -> None:
        self._thread = thread
        self._registry = registry
        self._telemetry = telemetry
        self._clock = clock
        self._since = clock()

    def tick(self) -> Awaitable[None] | None:
        """Look, if it is time. A clock that was set back is followed."""
        if 0 <= self._clock() - self._since < INTERVAL_SECONDS:
            return None
        return self.look()

    async def look(self) -> None:
        """Look once. What could not be read is read the next time."""
        now = self._clock()
        with suppress(GrantsUnavailable):
            found = await self._thread.run(partial(self._registry.expired, self._since, now))
            self._since = now
            for grant in found:
                self._telemetry.expired(grant)
                await asyncio.sleep(0)  # each is sent to every event socket
