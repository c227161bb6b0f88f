"""The origins that the owner approved on the connect page, in memory.

A request of a stranger is decided by these alone, so it never touches the disk. They may be half a
second old. That is harmless: such an origin's grant token is checked with the registry at each
request, and no other token of it counts. Only who presents a grant token makes the server look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from ..errors import GrantsUnavailable
from ..grants import Issuer
from ..grants.changes import Version
from .registry_thread import RegistryThread


class _Found(NamedTuple):
    version: Version
    until: Mapping[str, int]


class ApprovedOrigins:
    """Known since the last look. ``issuer`` belongs to the thread."""

    def __init__(self, thread: RegistryThread, issuer: Issuer, clock: Callable[[], float]) -> None:
        self._thread = thread
        self._issuer = issuer
        self._clock = clock
        self._version: Version | None = None
        self._until: Mapping[str, int] = {}

    def has(self, origin: str) -> bool:
        """Return whether an origin has a live grant from the connect page."""
        return self._until.get(origin, 0) > self._clock()

    async def look(self, before: Callable[[], object] = lambda: None) -> bool:
        """See what changed by now; return False where the registry cannot be read.

        All is then as before. The thread does ``before`` first: asking it twice would take twice as
        long.
        """
        read = partial(self._read, self._version, self._clock())
        try:
            found = await self._thread.run(lambda: (before(), read())[1])
        except GrantsUnavailable:
            return False
        if found is not None:
            self._version, self._until = found
        return True

    def _read(self, seen: Version | None, now: float) -> _Found | None:
        """Return what is new, None where nothing is. It runs in the thread."""
        version = self._issuer.registry.version()
        if version == seen:
            return None
        return _Found(version, self._issuer.registry.live_origins(self._issuer.server_id(), now))
