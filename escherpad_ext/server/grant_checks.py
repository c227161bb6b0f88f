"""Checks of grant tokens: by the kernel's memory of the files, or in the thread that may wait."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jwt  # noqa: F401 - here, lest its import count as the registry's time

from ..grants import Grant, Issuer
from ..grants.file_watch import Snapshot
from ..grants.recent_checks import RecentChecks
from .registry_thread import RegistryThread
from .uses import Uses


class GrantChecks:
    """What a request needs of the registry. ``issuer`` belongs to the thread."""

    def __init__(
        self, thread: RegistryThread, issuer: Issuer, uses: Uses, clock: Callable[[], float]
    ) -> None:
        self._thread = thread
        self._issuer = issuer
        self._clock = clock
        self._recent = RecentChecks()
        #: Return what :meth:`verify` would, where memory alone says it; else None.
        self.recall = self._recent.recall
        #: Note that a grant was used; return whether this is its first use.
        self.note_use = uses.note

    async def verify(
        self, token: str, *, origin: str | None, fetch_site: str | None = None
    ) -> Grant:
        """Return the grant of a token, by the registry and the clock as they are after this call.

        See :meth:`.grants.issuer.Issuer.verify`. Raises GrantsUnavailable, too, where the registry
        does not answer in time.
        """
        caller = (token, origin, fetch_site)
        grant, snapshot = await self._thread.run_shared(caller, partial(self._check, *caller))
        if snapshot is not None:
            self._recent.remember(token, grant, snapshot)
        return grant

    def _check(
        self, token: str, origin: str | None, fetch_site: str | None
    ) -> tuple[Grant, Snapshot | None]:
        snapshot = self._issuer.snapshot(token)  # before the files are read
        now = self._clock()
        grant = self._issuer.verify(token, origin=origin, now=now, fetch_site=fetch_site)
        return grant, snapshot
