"""When grants are used: noted by requests, written by a thread that no request waits for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from ..errors import GrantsUnavailable
from ..grants import Registry
from .registry_thread import RegistryThread


class Uses:
    """Writes last use once a minute. ``registry`` belongs to the thread."""

    def __init__(
        self, thread: RegistryThread, registry: Registry, clock: Callable[[], float]
    ) -> None:
        self._thread = thread
        self._registry = registry
        self._clock = clock
        #: Note that a grant was used; return whether this is its first use.
        self.note = registry.touch

    def tick(self) -> Awaitable[None] | None:
        """Write, if it is time."""
        return self.write() if self._registry.is_flush_due(self._clock()) else None

    async def write(self) -> None:
        """Write what was noted, if it is time."""
        now = self._clock()
        if self._registry.is_flush_due(now):
            with suppress(GrantsUnavailable):
                await self._thread.run(partial(self._registry.flush, now))
